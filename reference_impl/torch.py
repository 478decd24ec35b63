"""Batches for PyTorch: the same memory, seen as tensors.

`as_tensors(loader)` takes the place of the loader in a training loop. Nothing is copied: a tensor
holds on to its array, and so to the slot of shared memory that the array may lie in. torch is
imported when the first batch is handed over.
"""

from collections.abc import Iterable, Iterator, Sized
from typing import Any, cast

import numpy as np


class TensorLoader:
    """Iterates over `loader` and hands on its batches as tensors; see `as_tensors`."""

    def __init__(self, loader: Iterable[Any]) -> None:
        self.loader = loader

    def __len__(self) -> int:
        return len(cast(Sized, self.loader))

    def __iter__(self) -> Iterator[Any]:
        return map(to_tensors, self.loader)


def as_tensors(loader: Iterable[Any]) -> TensorLoader:
    """The batches of `loader` as tensors, each time it is iterated.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> from reference_impl import DataLoader, Digits
    >>> images, labels = next(iter(as_tensors(DataLoader(Digits(), batch_size=8))))
    >>> images.shape, labels.dtype
    (torch.Size([8, 1, 8, 8]), torch.int64)
    """
    return TensorLoader(loader)


def to_tensors(batch: Any) -> Any:
    """`batch` with every numeric array in its tuples, lists and dicts replaced by a tensor.

    A tensor shares the memory of its array. Arrays that torch cannot write to or see as they are
    (read-only, negative strides, the other byte order) are copied. Text and the like stay.
    """
    if isinstance(batch, np.ndarray):
        if batch.dtype.kind not in "biufc":
            return batch
        if not (
            batch.flags.writeable and batch.dtype.isnative and min(batch.strides, default=0) >= 0
        ):
            batch = batch.astype(batch.dtype.newbyteorder("="), order="C")
        import torch

        return torch.from_numpy(batch)
    if isinstance(batch, dict):
        return {key: to_tensors(value) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*map(to_tensors, batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(map(to_tensors, batch))
    return batch
