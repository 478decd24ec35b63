"""Workers: what they are told, when they start and end, and how far ahead they load."""

import threading
import time

import numpy as np
import pytest
import worker_datasets as samples

from reference_impl import DataLoader, Dataset, TensorDataset, get_worker_info
from reference_impl.threads import ThreadWorkers
from reference_impl.worker import Fetcher, Setup, as_list

pytestmark = pytest.mark.usefixtures("spawns")
every_kind = pytest.mark.parametrize("kind", ["thread", "process"])


class Gated(Dataset):
    """Counts what is being loaded; nothing is finished while the gate is closed."""

    def __init__(self, length):
        self.length = length
        self.gate = threading.Event()
        self.started = []
        self.finished = []

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.started.append(index)
        assert self.gate.wait(60)
        self.finished.append(index)
        return index


def eventually(condition):
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


@every_kind
def test_a_worker_knows_which_it_is(kind):
    assert get_worker_info() is None
    loader = DataLoader(samples.Where(), 4, num_workers=2, worker_type=kind, seed=100)
    ids, counts, seeds, processes, threads = (
        np.concatenate(column) for column in zip(*loader, strict=True)
    )
    assert set(ids) <= {0, 1} and set(counts) == {2}
    assert (seeds == 100 + ids).all()
    assert get_worker_info() is None
    if kind == "process":
        assert ids.tolist() == ([0] * 4 + [1] * 4) * 5
        assert len(set(processes)) == 2
    else:
        assert len(set(processes)) == 1 and threading.get_ident() not in threads


@every_kind
def test_worker_init_fn_runs_first_in_each_worker(kind):
    loader = DataLoader(
        samples.Prepared(), 2, num_workers=2, worker_type=kind, worker_init_fn=samples.prepare
    )
    assert [batch.tolist() for batch in loader] == [[10, 10], [10, 10]]


@every_kind
@pytest.mark.parametrize("persistent", [False, True])
def test_workers_stay_for_the_next_epoch_when_they_are_persistent(kind, persistent):
    loader = DataLoader(
        samples.Where(), 4, num_workers=1, worker_type=kind, persistent_workers=persistent
    )
    own = 3 if kind == "process" else 4
    with_thread = [{int(batch[own][0]) for batch in loader} for _ in range(2)]
    if persistent:
        assert with_thread[0] == with_thread[1]
    elif kind == "process":
        assert with_thread[0] != with_thread[1]


def test_samples_of_one_batch_are_loaded_by_several_threads_at_once():
    dataset = Gated(8)
    batches = iter(DataLoader(dataset, 4, num_workers=4, prefetch_factor=1))
    first = []
    consumer = threading.Thread(target=lambda: first.extend(next(batches)))
    consumer.start()
    assert eventually(lambda: sorted(dataset.started) == [0, 1, 2, 3])
    assert dataset.finished == []
    dataset.gate.set()
    consumer.join(60)
    assert first == [0, 1, 2, 3]
    assert [batch.tolist() for batch in batches] == [[4, 5, 6, 7]]


@pytest.mark.parametrize(("workers", "prefetch"), [(1, 1), (2, 3)])
def test_no_more_batches_are_loaded_than_prefetch_factor_allows(workers, prefetch):
    dataset = Gated(100)
    dataset.gate.set()
    batches = iter(DataLoader(dataset, 2, num_workers=workers, prefetch_factor=prefetch))
    for taken in (1, 2, 3):
        next(batches)
        ahead = workers * prefetch
        assert eventually(lambda n=2 * (taken + ahead): len(dataset.finished) == n)
        time.sleep(0.02)
        assert len(dataset.finished) == 2 * (taken + ahead)


def test_threads_load_while_the_loop_computes():
    dataset = Gated(8)
    dataset.gate.set()
    for number, _ in enumerate(DataLoader(dataset, 2, num_workers=1, prefetch_factor=1)):
        if number < 3:
            assert eventually(lambda n=2 * (number + 2): len(dataset.finished) >= n)


def test_what_threads_have_not_begun_is_dropped_when_they_are_stopped():
    dataset = Gated(40)
    workers = ThreadWorkers(Setup(Fetcher(dataset, None, 4, False, True), 2, 0, None, 0, 2))
    workers.start(epoch=0)
    for first in range(0, 40, 4):
        workers.submit(0, range(first, first + 4))
    assert eventually(lambda: len(dataset.started) == 2)
    workers.close()
    dataset.gate.set()
    assert eventually(lambda: not any("worker" in t.name for t in threading.enumerate()))
    assert sorted(dataset.finished) == [0, 1]


def test_a_dataset_is_indexed_with_python_integers_in_threads():
    dataset = Gated(6)
    dataset.gate.set()
    list(DataLoader(dataset, 2, shuffle=True, num_workers=2))
    assert {type(index) for index in dataset.started} == {int}


@every_kind
def test_the_training_loop_sees_the_workers_memory_without_a_copy(kind):
    rows = np.arange(600, dtype=np.float32).reshape(60, 10)
    loader = DataLoader(TensorDataset(rows), 2, num_workers=1, worker_type=kind)
    seen = []
    for (batch,) in loader:
        seen.append(batch.__array_interface__["data"][0])
        assert batch.tolist() == rows[2 * len(seen) - 2 : 2 * len(seen)].tolist()
    if kind == "process":
        assert len(set(seen)) <= 4, "four slots serve all batches"


@pytest.mark.parametrize("workers", [1, 3])
def test_an_empty_batch_is_refused_as_without_workers(workers):
    with pytest.raises(ValueError, match="cannot collate an empty batch"):
        list(DataLoader([1, 2], batch_sampler=[[0], []], num_workers=workers))


@every_kind
def test_a_dataset_without_samples_has_no_batches(kind):
    loader = DataLoader(samples.Images(0), 2, num_workers=1, worker_type=kind)
    assert list(loader) == []


def test_a_stream_that_is_not_split_comes_from_every_worker():
    loader = DataLoader(samples.Repeated(), None, num_workers=2)
    assert list(loader) == [0, 0, 1, 1]


def test_an_endless_stream_can_be_left():
    loader = DataLoader(samples.Endless(), 2, num_workers=2)
    for number, batch in enumerate(loader):
        assert batch.tolist() == [number // 2 * 2, number // 2 * 2 + 1]
        if number == 9:
            break


class ReadsAhead(Gated):
    def __init__(self, length):
        super().__init__(length)
        self.gate.set()
        self.announced = []

    def prefetch(self, indices):
        self.announced.append((len(self.started), as_list(indices)))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_dataset_that_can_read_ahead_is_told_every_batch_before_it_is_loaded(workers):
    dataset = ReadsAhead(20)
    order = [batch.tolist() for batch in DataLoader(dataset, 2, shuffle=True, num_workers=workers)]
    assert [indices for _, indices in dataset.announced] == order
    assert all(loaded <= 2 * number for number, (loaded, _) in enumerate(dataset.announced))
    assert dataset.announced[3][0] == 0 or workers
