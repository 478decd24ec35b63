"""The third promise: nothing hangs and nothing leaks, whatever goes wrong and wherever."""

import gc
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pytest
import worker_datasets as samples
from left_behind import GUARD, alive, children, held, nothing_left

from reference_impl import DataLoader

pytestmark = [
    pytest.mark.usefixtures("spawns"),
    pytest.mark.skipif(sys.platform != "linux", reason="counts what is held by way of /proc"),
]
every_kind = pytest.mark.parametrize("kind", ["thread", "process"])


def loader_of(dataset, kind, **options):
    return DataLoader(dataset, 3, num_workers=2, worker_type=kind, **options)


def fault(loader):
    """The error that an epoch ends in, printed as Python prints it."""
    try:
        for _ in loader:
            pass
    except BaseException as error:
        return type(error), "".join(traceback.format_exception(error))
    raise AssertionError("the epoch ended without an error")


@every_kind
@pytest.mark.parametrize(
    ("dataset", "options", "expected", "named"),
    [
        (samples.Faulty("raises"), {}, ValueError, "while loading sample 5"),
        (samples.FaultyAtOnce("raises"), {}, ValueError, "while loading samples 3, 4, 5"),
        (
            samples.Images(40),
            {"collate_fn": samples.fail_to_collate},
            ValueError,
            "while loading samples 3, 4, 5",
        ),
        (samples.Growing(40), {}, ValueError, "while loading samples 0, 1, 2"),
        (samples.Faulty("exits"), {}, SystemExit, "while loading sample 5"),
        (samples.FaultyStream(), {}, ValueError, "while loading the next batch of the stream"),
    ],
)
def test_an_error_names_worker_and_sample_and_shows_where_it_was_raised(
    kind, dataset, options, expected, named
):
    with nothing_left():
        found, text = fault(loader_of(dataset, kind, **options))
        assert found is expected
        assert named in text
        assert re.search(rf"in worker [01] \({kind}", text)
        if type(dataset) is not samples.Growing:
            assert "worker_datasets.py" in text


@every_kind
def test_an_error_in_a_transform_names_worker_and_sample(kind):
    from reference_impl.transformed_dataset import TransformedDataset

    with nothing_left():
        dataset = TransformedDataset(samples.Growing(9), samples.fail_to_transform)
        found, text = fault(loader_of(dataset, kind))
        assert found is ZeroDivisionError
        assert re.search(rf"in worker [01] \({kind}", text) and "while loading sample" in text
        assert "in fail_to_transform" in text


@every_kind
def test_an_error_in_worker_init_fn_comes_through(kind):
    with nothing_left():
        before = held()["threads"]
        loader = loader_of(samples.Images(9), kind, worker_init_fn=samples.fail_to_start)
        with pytest.raises(ValueError):
            list(loader)
        assert not children() and held()["threads"] == before
        found, text = fault(loader)
        assert found is ValueError and "no good start" in text and "in worker 1" in text


def test_an_error_that_cannot_be_pickled_is_told_in_words():
    with nothing_left():
        found, text = fault(loader_of(samples.Faulty("raises_hard"), "process"))
        assert found is RuntimeError
        assert "RuntimeError: Hard: 1 and 2\nwhile loading sample 5\nin worker 1" in text


@pytest.mark.parametrize(
    ("name", "how"), [("killed", "was killed by SIGKILL"), ("crashes", "exited with 4")]
)
def test_a_worker_that_dies_is_named_with_its_samples(name, how):
    with nothing_left():
        found, text = fault(loader_of(samples.Faulty(name), "process"))
        assert found is RuntimeError
        assert re.search(rf"worker 1 \(process \d+\) {how} while loading samples 3, 4, 5; ", text)


def test_a_worker_killed_from_outside_while_it_idles_is_noticed():
    with nothing_left():
        loader = loader_of(samples.Images(60), "process", persistent_workers=True)
        assert len(list(loader)) == 20
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        found, text = fault(loader)
        assert found is RuntimeError and "was killed by SIGKILL" in text
        assert len(list(loader)) == 20
        del loader


def test_a_process_that_takes_too_long_is_named_and_killed():
    with nothing_left():
        found, text = fault(loader_of(samples.Faulty("sleeps"), "process", timeout=0.2))
        assert found is TimeoutError
        assert re.search(r"worker 1 \(process \d+\) has not finished samples 3, 4, 5 in t", text)


def test_a_thread_that_takes_too_long_is_named_and_ends_with_its_sample():
    with nothing_left():
        samples.RELEASE.clear()
        found, text = fault(loader_of(samples.Faulty("waits"), "thread", timeout=0.2))
        assert found is TimeoutError
        assert "worker 1 (thread) has not finished samples 3, 4, 5 in timeout=0.2 seconds" in text
        samples.RELEASE.set()


@every_kind
@pytest.mark.parametrize("persistent", [False, True])
def test_break_leaves_nothing(kind, persistent):
    with nothing_left():
        loader = loader_of(samples.Images(600), kind, persistent_workers=persistent)
        for number, _ in enumerate(loader):
            if number == 3:
                break
        if not persistent:
            assert not children()
        del loader, _


@every_kind
def test_an_exception_in_the_loop_leaves_nothing_even_while_it_is_handled(kind):
    with nothing_left():
        before = held()["threads"]
        try:
            for batch in loader_of(samples.Images(600), kind):
                raise KeyError(len(batch))
        except KeyError:
            assert not children() and held()["threads"] == before
        del batch


@every_kind
def test_a_half_used_iterator_that_is_dropped_leaves_nothing(kind):
    with nothing_left():
        batches = iter(loader_of(samples.Images(600), kind))
        next(batches)
        cycle = [batches]
        cycle.append(cycle)
        del batches, cycle
        gc.collect()


@every_kind
def test_an_iterator_that_was_never_used_starts_nothing(kind):
    with nothing_left():
        batches = iter(loader_of(samples.Images(600), kind))
        assert not children()
        del batches


@every_kind
def test_a_whole_epoch_leaves_nothing_and_kept_batches_keep_what_they_hold(kind):
    with nothing_left():
        kept = list(loader_of(samples.Images(30), kind))
        assert not children()
        assert [label.tolist() for _, label in kept] == np.arange(30).reshape(-1, 3).tolist()
        del kept


def test_where_there_is_no_room_to_share_batches_travel_all_the_same():
    options = {"worker_init_fn": samples.no_room_for_a_ring}
    with nothing_left():
        found = list(
            DataLoader(samples.Mixed(), 2, num_workers=1, worker_type="process", **options)
        )
        assert str(found) == str(list(DataLoader(samples.Mixed(), 2)))
        assert held()["shared memory"] == 0


def test_a_batch_lives_in_shared_memory_and_frees_it():
    with nothing_left():
        batches = iter(loader_of(samples.Images(30), "process"))
        image, _ = next(batches)
        view = image[1:, ::2]
        del image, _
        expected = view.copy()
        del batches
        assert held()["shared memory"] == 1
        assert np.array_equal(view, expected)
        del view


@pytest.mark.parametrize(
    ("dataset", "options", "named"),
    [
        (samples.Unpicklable(), {}, "dataset Unpicklable cannot be pickled"),
        (samples.Images(3), {"collate_fn": lambda batch: batch}, "collate_fn .*<lambda> cannot"),
        (samples.Images(3), {"worker_init_fn": lambda worker: None}, "worker_init_fn .* cannot be"),
    ],
)
def test_what_cannot_be_pickled_is_named_and_threads_are_offered(dataset, options, named):
    with nothing_left():
        found, text = fault(loader_of(dataset, "process", **options))
        assert found is TypeError
        assert re.search(named, text) and "use worker_type='thread'" in text


def test_what_cannot_be_unpickled_says_so_in_one_error():
    with nothing_left():
        found, text = fault(loader_of(samples.Unloadable(9), "process"))
        assert found is RuntimeError and "cannot be made again" in text and "in worker 0" in text


TRAINING = """
import sys, time
import worker_datasets as samples
from reference_impl import DataLoader
from left_behind import children, held

def train(kind, dataset):
    for number, _ in enumerate(DataLoader(dataset, 2, num_workers=2, worker_type=kind)):
        if number == 0:
            print(*children() or ["none"], flush=True)
        time.sleep(0.01)

if __name__ == "__main__":
    try:
        train(sys.argv[1], samples.Slow() if sys.argv[2] == "slow" else samples.Faulty("sleeps"))
    except KeyboardInterrupt:
        print(*children() or ["none"], *held()["threads"], flush=True)
        raise
"""


@pytest.fixture
def training(tmp_path):
    """Start a training script in its own process group; killed with all of it at the end."""
    started = []

    def start(*arguments):
        script = tmp_path / "training.py"
        script.write_text(TRAINING)
        process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        started.append(process)
        workers = process.stdout.readline().split()
        return process, [int(pid) for pid in workers if pid != "none"]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@every_kind
@pytest.mark.parametrize("work", ["slow", "stuck"])
def test_ctrl_c_ends_the_training_quietly_but_for_its_own_traceback(training, kind, work):
    process, workers = training(kind, work)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=GUARD)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1 and errors.endswith("KeyboardInterrupt\n")
    if (kind, work) != ("thread", "stuck"):
        assert output == "none MainThread\n"
    assert not any(alive(pid) for pid in workers)


@pytest.mark.parametrize("work", ["slow", "stuck"])
def test_workers_are_gone_when_the_training_process_is_killed(training, work):
    process, workers = training("process", work)
    assert len(workers) == 2 and all(alive(pid) for pid in workers)
    os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + GUARD
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(alive(pid) for pid in workers)
