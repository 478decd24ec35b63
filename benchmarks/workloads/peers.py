"""Peers on arrays in memory: torch as most use it, torch tuned, grain."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], ...]


def torch_default(arrays: Arrays, batch_size: int) -> Any:
    """torch's loader over its TensorDataset, as in its tutorials."""
    from torch.utils.data import DataLoader

    return DataLoader(_tensors(arrays), batch_size, shuffle=True)


def torch_batch_sampler(arrays: Arrays, batch_size: int) -> Any:
    """torch tuned: the sampler yields whole batches, and automatic batching is off."""
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler

    dataset = _tensors(arrays)
    batches = BatchSampler(RandomSampler(dataset), batch_size, drop_last=False)
    return DataLoader(dataset, batch_size=None, sampler=batches)


def torch_getitems(arrays: Arrays, batch_size: int) -> Any:
    """torch tuned: the dataset fetches a batch in one call, and the batch is not collated."""
    from torch.utils.data import DataLoader, TensorDataset

    class Batched(TensorDataset):  # type: ignore[misc, unused-ignore]
        def __getitems__(self, indices: list[int]) -> Any:
            return self[indices]

    dataset = Batched(*_tensors(arrays).tensors)
    return DataLoader(dataset, batch_size, shuffle=True, collate_fn=lambda batch: batch)


def grain_default(arrays: Arrays, batch_size: int) -> Any:
    """grain over a source of samples, shuffled, batched, read by its threads."""
    return grain_batches(Rows(arrays), batch_size, shuffle=True)


def grain_batches(source: Any, batch_size: int, shuffle: bool = False, threads: int = 16) -> Any:
    """Batches of what `source` holds; 16 threads are grain's default."""
    import grain

    samples = grain.MapDataset.source(source)
    if shuffle:
        samples = samples.shuffle(seed=0)
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=max(500, threads))
    return samples.batch(batch_size).to_iter_dataset(options)


class Rows:
    """Arrays as samples: sample `i` is a tuple of row `i` of each."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.arrays)


def _tensors(arrays: Arrays) -> Any:
    import torch
    from torch.utils.data import TensorDataset

    return TensorDataset(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
