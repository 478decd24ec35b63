"""The loading stack of machine learning in NumPy, to be read in one sitting.

Names and meanings follow `torch.utils.data`. A good order to read in:

- `dataset`: where samples come from; `csv_dataset`, `image_folder` and `digits` are examples
- `sampler`: in which order they are visited
- `collate`: how samples become a batch
- `loader`: the `DataLoader` that puts these together
- `worker`, `threads`, `processes`, `ring`: how it loads ahead; `measure`: what that is worth
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reference_impl.cached_dataset import CachedDataset
from reference_impl.collate import default_collate, pad_collate
from reference_impl.dataset import (
    ConcatDataset,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)
from reference_impl.loader import DataLoader
from reference_impl.measure import autotune_workers, measure_loop, peak_memory
from reference_impl.mixing import CutMix, Mixup
from reference_impl.multi_task_dataset import MultiTaskDataset
from reference_impl.normalizer import Normalizer
from reference_impl.sampler import (
    BatchSampler,
    BlockShuffleSampler,
    ClassBalancedBatchSampler,
    DistributedSampler,
    LazyRandomSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
)
from reference_impl.sequence_dataset import SequenceDataset
from reference_impl.stream import ShuffleBuffer, SplitByWorker, Unbatched
from reference_impl.transformed_dataset import TransformedDataset
from reference_impl.transforms import (
    CenterCrop,
    ColorJitter,
    Compose,
    Lambda,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    Transform,
)
from reference_impl.worker import WorkerInfo, get_worker_info

if TYPE_CHECKING:
    from reference_impl.cifar10 import CIFAR10
    from reference_impl.csv_dataset import CSVDataset
    from reference_impl.digits import Digits
    from reference_impl.image_folder import ImageFolder
    from reference_impl.memmap_dataset import MemmapDataset
    from reference_impl.tar_shards import TarShards, TarStream

__all__ = [
    "CIFAR10",
    "BatchSampler",
    "BlockShuffleSampler",
    "CSVDataset",
    "CachedDataset",
    "CenterCrop",
    "ClassBalancedBatchSampler",
    "ColorJitter",
    "Compose",
    "ConcatDataset",
    "CutMix",
    "DataLoader",
    "Dataset",
    "Digits",
    "DistributedSampler",
    "ImageFolder",
    "IterableDataset",
    "Lambda",
    "LazyRandomSampler",
    "MemmapDataset",
    "Mixup",
    "MultiTaskDataset",
    "Normalize",
    "Normalizer",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomSampler",
    "Sampler",
    "SequenceDataset",
    "SequentialSampler",
    "ShuffleBuffer",
    "SplitByWorker",
    "Subset",
    "TarShards",
    "TarStream",
    "TensorDataset",
    "Transform",
    "TransformedDataset",
    "Unbatched",
    "WeightedRandomSampler",
    "WorkerInfo",
    "autotune_workers",
    "default_collate",
    "get_worker_info",
    "measure_loop",
    "pad_collate",
    "peak_memory",
    "random_split",
]

# What reads files is imported when it is first asked for, so that the package is imported fast.
_MODULES = {
    "CIFAR10": "cifar10",
    "CSVDataset": "csv_dataset",
    "Digits": "digits",
    "ImageFolder": "image_folder",
    "MemmapDataset": "memmap_dataset",
    "TarShards": "tar_shards",
    "TarStream": "tar_shards",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
