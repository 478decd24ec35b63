"""W6: a stream of records, shuffled on the way through a buffer."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, IterableDataset
from reference_impl.stream import ShuffleBuffer, Unbatched

BATCH_SIZE = 128
RECORD = 1024
BLOCK = 1024
Records = NDArray[np.uint8]


def shuffled(setting: Setting) -> Iterator[Workload]:
    """Records of 1 KiB that come one after another."""
    count, buffer = setting.size(100_000, least=2_000), setting.size(10_000, least=200)
    records = np.random.default_rng(0).integers(0, 256, (count, RECORD), dtype=np.uint8)
    yield Workload(
        "W6",
        "a stream of 100,000 records of 1 KiB through a shuffle buffer of 10,000, batches of 128",
        [
            Contestant("torch", lambda: _torch(records, buffer), needs="torch"),
            Contestant("ours", lambda: _ours(records, buffer)),
            Contestant("ours, record by record", lambda: _ours_singly(records, buffer)),
            Contestant("webdataset", lambda: _webdataset(records, buffer), needs="webdataset"),
            Contestant("grain", lambda: _grain(records, buffer), needs="grain"),
            Contestant("naive loop", lambda: Epochs(lambda: _naive(records, buffer))),
            Contestant("gather in memory", lambda: Epochs(lambda: _gather(records)), limit=True),
        ],
        [Target("ours", 5)],
    )


def _ours(records: Records, buffer: int) -> DataLoader:
    """The stream arrives in blocks, as a file does that is read a megabyte at a time."""
    blocks = [records[start : start + BLOCK] for start in range(0, len(records), BLOCK)]
    return DataLoader(ShuffleBuffer(Unbatched(blocks), buffer, seed=0), BATCH_SIZE)


def _ours_singly(records: Records, buffer: int) -> DataLoader:
    return DataLoader(ShuffleBuffer(RecordStream(records), buffer, seed=0), BATCH_SIZE)


class RecordStream(IterableDataset[Records]):
    """The same stream, one record after another."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def __iter__(self) -> Iterator[Records]:
        return iter(self.records)


def reservoir(samples: Iterable[Any], size: int) -> Iterator[Any]:
    """The usual buffer: a list, from which a random place is yielded and filled again."""
    held: list[Any] = []
    for sample in samples:
        if len(held) < size:
            held.append(sample)
            continue
        place = random.randrange(size)
        yield held[place]
        held[place] = sample
    random.shuffle(held)
    yield from held


def _torch(records: Records, buffer: int) -> Any:
    import torch
    from torch.utils.data import DataLoader, IterableDataset

    rows = torch.from_numpy(records)

    class Stream(IterableDataset):  # type: ignore[misc, unused-ignore]
        def __iter__(self) -> Iterator[Any]:
            return reservoir(rows, buffer)

    return DataLoader(Stream(), BATCH_SIZE)


def _webdataset(records: Records, buffer: int) -> Any:
    import webdataset

    return webdataset.DataPipeline(
        lambda: iter(records),
        webdataset.shuffle(buffer, initial=buffer),
        webdataset.batched(BATCH_SIZE, collation_fn=np.stack),
    )


def _grain(records: Records, buffer: int) -> Any:
    import grain

    # grain's 16 threads a stream would fight over records this small.
    options = grain.ReadOptions(num_threads=0, prefetch_buffer_size=0)
    stream = grain.MapDataset.source(records).to_iter_dataset(options)
    shuffled = grain.experimental.WindowShuffleIterDataset(stream, window_size=buffer, seed=0)
    return shuffled.batch(BATCH_SIZE)


def _naive(records: Records, buffer: int) -> Iterator[Records]:
    batch = []
    for record in reservoir(records, buffer):
        batch.append(record)
        if len(batch) == BATCH_SIZE:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def _gather(records: Records) -> Iterator[Records]:
    order = np.random.default_rng(0).permutation(len(records))
    for start in range(0, len(order), BATCH_SIZE):
        yield records.take(order[start : start + BATCH_SIZE], axis=0)
