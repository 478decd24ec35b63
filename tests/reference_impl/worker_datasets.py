"""Datasets and functions for tests of workers, in a module that their processes can import."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from reference_impl import Dataset, IterableDataset
from reference_impl.worker import get_worker_info


class Images(Dataset[tuple[Any, int]]):
    """(2, 3) float32 images and labels, read one by one; `at_epoch` changes the pixels."""

    def __init__(self, length: int, epoch: int = 0) -> None:
        self.length = length
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def at_epoch(self, epoch: int) -> "Images":
        return type(self)(self.length, epoch)

    def __getitem__(self, index: Any) -> tuple[Any, int]:
        random = np.random.default_rng([7, self.epoch, index])
        return random.random((2, 3), dtype=np.float32), index


class ImagesAtOnce(Images):
    def __getitems__(self, indices: Any) -> Any:
        samples = [self[int(index)] for index in indices]
        return np.stack([image for image, _ in samples]), np.array([label for _, label in samples])


class Numbers(IterableDataset[int]):
    """0, 1, 2, ... below `length`, dealt out to the workers."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __iter__(self) -> Iterator[int]:
        info = get_worker_info()
        return iter(range(self.length)[info.id :: info.num_workers] if info else range(self.length))


class Mixed(Dataset[Any]):
    """Samples of many kinds: some fit a slot, some do not, some are no arrays."""

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: Any) -> Any:
        return {
            "array": np.full(1000 if index in (6, 7) else 3, index),
            "promoted": np.array([index], np.int32 if index == 9 else np.int16),
            "text": "word" * index,
            "pair": (np.float32(index), [np.array(index), np.zeros((0, 2))]),
            "fortran": np.asfortranarray(np.full((2, 3), index)),
            "date": np.array(["2020-01-01"], "datetime64[D]") + index,
        }


class Growing(Dataset[Any]):
    """Sample i has (i + 1) * step rows."""

    def __init__(self, length: int, step: int = 1) -> None:
        self.length = length
        self.step = step

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> Any:
        return np.full((index + 1) * self.step, index)


class Where(Dataset[Any]):
    """Says in which worker it is loaded."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: Any) -> Any:
        info = get_worker_info()
        assert info is not None and isinstance(info.dataset, Where)
        return info.id, info.num_workers, info.seed, os.getpid(), threading.get_ident()


class Hard(Exception):
    """An error that pickle cannot make again."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


class Faulty(Dataset[Any]):
    """Sample 5 goes wrong in the way that `fault` names."""

    def __init__(self, fault: str, length: int = 40) -> None:
        self.fault = fault
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> Any:
        if index == 5:
            getattr(self, self.fault)()
        return np.full(10, index)

    def raises(self) -> None:
        raise ValueError("this sample is broken")

    def raises_hard(self) -> None:
        raise Hard(1, 2)

    def exits(self) -> None:
        raise SystemExit(3)

    def crashes(self) -> None:
        os._exit(4)

    def killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def sleeps(self) -> None:
        time.sleep(600)

    def waits(self) -> None:
        assert RELEASE.wait(60)


RELEASE = threading.Event()


class FaultyStream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        yield from range(5)
        raise ValueError("the stream is broken")


class FaultyAtOnce(Faulty):
    def __getitems__(self, indices: Any) -> Any:
        return np.stack([self[int(index)] for index in indices])


class Slow(Dataset[Any]):
    """Each sample takes 0.05 s."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: Any) -> Any:
        time.sleep(0.05)
        return np.full(100, index)


class Unpicklable(Dataset[int]):
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: Any) -> int:
        with self.lock:
            return int(index)


class Unloadable(Images):
    """It can be pickled, but not unpickled."""

    def __setstate__(self, state: Any) -> None:
        raise RuntimeError("cannot be made again")


def fail_to_collate(samples: list[Any]) -> Any:
    if any(label == 5 for _, label in samples):
        raise ValueError("these cannot be collated")
    return len(samples)


def fail_to_start(worker: int) -> None:
    if worker == 1:
        raise ValueError("no good start")


def no_room_for_a_ring(worker: int) -> None:
    """Files may hold one byte, as if the memory that processes share were full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def double(sample: Any) -> Any:
    return sample * 2


def fail_to_transform(sample: Any) -> Any:
    return 1 // 0


class Prepared(Dataset[int]):
    """Its samples are what `prepare` has set in this worker."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: Any) -> int:
        return int(PREPARED.value)


PREPARED = threading.local()


def prepare(worker: int) -> None:
    assert worker in (0, 1)
    PREPARED.value = 10


class Repeated(IterableDataset[int]):
    """The same stream in every worker."""

    def __iter__(self) -> Iterator[int]:
        return iter([0, 1])


class Endless(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()
