"""W1, W1b, W2: arrays in memory, shuffled; the third one augmented."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads import augmentation, peers
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, TensorDataset

Arrays = tuple[NDArray[Any], NDArray[np.int64]]


def pictures(setting: Setting) -> Iterator[Workload]:
    """CIFAR-like images, as bytes and as floats."""
    images, labels = _images(setting)
    yield Workload(
        "W1 uint8",
        "50,000 images 3 x 32 x 32 of uint8 in memory, shuffled, batches of 128",
        _in_memory((images, labels), 128),
        [Target("ours", 7)],
    )
    yield Workload(
        "W1 float32",
        "50,000 images 3 x 32 x 32 of float32 in memory, shuffled, batches of 128",
        _in_memory((images.astype(np.float32), labels), 128),
        [Target("ours", 3), Target("ours", 0.75, of="contiguous copy")],
    )


def table(setting: Setting) -> Iterator[Workload]:
    """Rows of a table."""
    count = setting.size(400_000, least=1024)
    rows = np.random.default_rng(0).random((count, 16), dtype=np.float32)
    yield Workload(
        "W1b",
        "400,000 rows of 16 float32 in memory, shuffled, batches of 256",
        _in_memory((rows, np.arange(count)), 256),
        [Target("ours", 30)],
    )


def augmented(setting: Setting) -> Iterator[Workload]:
    """The images of W1, with a random crop and flip and normalised."""
    arrays = _images(setting)
    yield Workload(
        "W2",
        "the images of W1: random crop with padding 4, random flip, normalised to float32",
        [
            Contestant("torch", lambda: augmentation.torch_samples(*arrays), needs="torch"),
            Contestant("ours", lambda: augmentation.ours(*arrays)),
            Contestant("naive loop", lambda: Epochs(lambda: augmentation.loop(*arrays))),
            Contestant("grain", lambda: augmentation.grain_samples(*arrays), needs="grain"),
            Contestant(
                "gather and normalise, no augmentation",
                lambda: Epochs(lambda: augmentation.gather_and_normalise(*arrays)),
                limit=True,
            ),
        ],
        [Target("ours", 14)],
        identify=lambda batch: _identify_augmented(batch, arrays[0]),
    )


def _images(setting: Setting) -> Arrays:
    count = setting.size(50_000, least=512)
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8), np.arange(count)


def _in_memory(arrays: Arrays, batch_size: int) -> list[Contestant]:
    return [
        Contestant("torch", lambda: peers.torch_default(arrays, batch_size), needs="torch"),
        Contestant(
            "ours", lambda: DataLoader(TensorDataset(*arrays), batch_size, shuffle=True, seed=0)
        ),
        Contestant(
            "torch, BatchSampler and batch_size=None",
            lambda: peers.torch_batch_sampler(arrays, batch_size),
            needs="torch",
        ),
        Contestant(
            "torch, __getitems__", lambda: peers.torch_getitems(arrays, batch_size), needs="torch"
        ),
        Contestant("naive loop", lambda: Epochs(lambda: _naive(arrays, batch_size))),
        Contestant("grain", lambda: peers.grain_default(arrays, batch_size), needs="grain"),
        Contestant(
            "contiguous copy", lambda: Epochs(lambda: _copies(arrays, batch_size)), limit=True
        ),
        Contestant(
            "random rows into one buffer",
            lambda: Epochs(lambda: _gathers(arrays, batch_size)),
            limit=True,
        ),
    ]


def _naive(arrays: Arrays, batch_size: int) -> Iterator[Arrays]:
    images, labels = arrays
    order = np.random.default_rng(0).permutation(len(images)).tolist()
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        yield np.stack([images[i] for i in batch]), np.stack([labels[i] for i in batch])


def _copies(arrays: Arrays, batch_size: int) -> Iterator[Arrays]:
    images, labels = arrays
    for start in range(0, len(images), batch_size):
        stop = start + batch_size
        yield images[start:stop].copy(), labels[start:stop].copy()


def _gathers(arrays: Arrays, batch_size: int) -> Iterator[Arrays]:
    """What shuffling costs the memory, without allocating a batch."""
    order = np.random.default_rng(0).permutation(len(arrays[0]))
    buffers = [np.empty((batch_size, *array.shape[1:]), array.dtype) for array in arrays]
    for start in range(0, len(order) - batch_size + 1, batch_size):
        batch = order[start : start + batch_size]
        for array, buffer in zip(arrays, buffers, strict=True):
            array.take(batch, axis=0, out=buffer, mode="clip")
        yield buffers[0], buffers[1]


def _identify_augmented(batch: Any, images: NDArray[np.uint8]) -> list[Hashable]:
    """Labels of the batch; the first image must be a crop of the one that its label names."""
    pictures, labels = (np.asarray(part) for part in batch)
    if pictures.dtype != np.float32 or pictures.shape[1:] != images.shape[1:]:
        return [f"{pictures.dtype} of shape {pictures.shape[1:]}"]
    if not augmentation.is_crop_of(pictures[0], images[labels[0]]):
        return [f"sample {labels[0]} is not an augmented image {labels[0]}"]
    return list(labels.tolist())
