"""The second promise: an iteration that was broken off goes on with the very next sample."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker_datasets import Images, Numbers

from reference_impl import DataLoader, RandomSampler

pytestmark = pytest.mark.usefixtures("spawns")


def labels(loader, count=None):
    found = []
    for batch in loader:
        found.append((batch[1] if isinstance(batch, tuple) else batch).tolist())
        if len(found) == count:
            break
    return found


@given(st.integers(1, 20), st.integers(1, 6), st.data())
def test_what_is_left_of_the_epoch_comes_next_whatever_the_workers(length, batch_size, data):
    def loader(workers, seed):
        return DataLoader(Images(length), batch_size, shuffle=True, seed=seed, num_workers=workers)

    whole = loader(0, seed=4)
    first, second, third = labels(whole), labels(whole), labels(whole)
    assert len({str(epoch) for epoch in (first, second, third)}) > 1 or length < 4
    done = data.draw(st.integers(1, len(second)))
    saved = loader(data.draw(st.integers(0, 3)), seed=4)
    labels(saved)
    assert labels(saved, done) == second[:done]
    resumed = loader(data.draw(st.integers(0, 3)), seed=None)
    resumed.load_state_dict(json.loads(json.dumps(saved.state_dict())))
    assert labels(resumed) == second[done:]
    assert labels(resumed) == third


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_batches_that_workers_hold_ready_do_not_count_as_seen(kind):
    loader = DataLoader(Images(24), 2, num_workers=2, worker_type=kind, prefetch_factor=4)
    assert labels(loader, 3) == [[0, 1], [2, 3], [4, 5]]
    assert loader.state_dict()["batches"] == 3


def test_the_samples_of_the_epoch_are_augmented_as_they_would_have_been():
    loader = DataLoader(Images(8), 2, seed=0)
    list(loader)
    epoch = [image for image, _ in loader]
    loader.set_epoch(1)
    next(iter(loader))
    other = DataLoader(Images(8), 2, seed=0)
    other.load_state_dict(loader.state_dict())
    assert all(np.array_equal(a, b) for a, (b, _) in zip(epoch[1:], other, strict=True))


def test_another_process_goes_on():
    loader = DataLoader(Images(20), 3, shuffle=True, seed=9, num_workers=2)
    start = labels(loader, 4)
    script = (
        "import json, sys\n"
        "from worker_datasets import Images\n"
        "from reference_impl import DataLoader\n"
        "loader = DataLoader(Images(20), 3, shuffle=True, num_workers=1)\n"
        "loader.load_state_dict(json.load(sys.stdin))\n"
        "print(json.dumps([label.tolist() for _, label in loader]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(loader.state_dict()),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        timeout=120,
    )
    rest = json.loads(ended.stdout)
    assert start + rest == labels(DataLoader(Images(20), 3, shuffle=True, seed=9))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_goes_on_after_the_batches_that_were_seen(workers):
    def loader():
        return DataLoader(Numbers(20), 3, num_workers=workers)

    whole, saved, resumed = labels(loader()), loader(), loader()
    labels(saved, 4)
    resumed.load_state_dict(saved.state_dict())
    assert labels(resumed) == whole[4:]
    assert labels(resumed) == whole


def test_states_between_epochs_and_before_the_first():
    loader = DataLoader(Images(4), 2, shuffle=True, seed=1)
    state = {"seed": 1, "batch_size": 2, "drop_last": False}
    assert loader.state_dict() == {**state, "epoch": 0, "batches": 0}
    batches = iter(loader)
    assert loader.state_dict() == {**state, "epoch": 0, "batches": 0}
    next(batches), next(batches)
    assert loader.state_dict() == {**state, "epoch": 0, "batches": 2}
    assert list(batches) == []
    assert loader.state_dict() == {**state, "epoch": 1, "batches": 0}
    loader.load_state_dict({**state, "epoch": 3, "batches": 1})
    assert loader.state_dict() == {**state, "epoch": 3, "batches": 1}


def test_setting_the_epoch_that_was_saved_keeps_the_place_and_another_leaves_it():
    state = {"seed": 1, "batch_size": 2, "drop_last": False, "epoch": 3, "batches": 2}
    for epoch, left in ((3, 3), (4, 5)):
        loader = DataLoader(Images(10), 2, seed=1)
        loader.load_state_dict(state)
        loader.set_epoch(epoch)
        assert len(labels(loader)) == left


def test_the_epoch_of_a_sampler_given_by_the_user_is_kept():
    def loader():
        return DataLoader(Images(10), 2, sampler=RandomSampler(range(10), seed=8))

    saved, resumed = loader(), loader()
    labels(saved), labels(saved, 2)
    resumed.load_state_dict(saved.state_dict())
    assert resumed.state_dict()["epoch"] == 1
    whole = loader()
    labels(whole)
    assert labels(resumed) == labels(whole)[2:]


def test_a_loader_of_other_make_is_refused():
    state = DataLoader(Images(10), 2).state_dict()
    with pytest.raises(ValueError) as caught:
        DataLoader(Images(10), 3).load_state_dict(state)
    assert str(caught.value) == (
        "the state was saved with batch_size=2, and this loader has batch_size=3; "
        "make it with batch_size=2"
    )
    with pytest.raises(ValueError, match="num_workers=1, and this loader has num_workers=2"):
        DataLoader(Numbers(9), num_workers=2).load_state_dict(
            DataLoader(Numbers(9), num_workers=1).state_dict()
        )
