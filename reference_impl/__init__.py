"""The loading stack of machine learning in NumPy, to be read in one sitting.

Names and meanings follow `torch.utils.data`. A good order to read in:

- `dataset`: where samples come from; `csv_dataset`, `image_folder` and `digits` are examples
- `sampler`: in which order they are visited
- `collate`: how samples become a batch
- `loader`: the `DataLoader` that puts these together
"""

from reference_impl.collate import default_collate, pad_collate
from reference_impl.csv_dataset import CSVDataset
from reference_impl.dataset import (
    ConcatDataset,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)
from reference_impl.digits import Digits
from reference_impl.image_folder import ImageFolder
from reference_impl.loader import DataLoader
from reference_impl.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "BatchSampler",
    "CSVDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Digits",
    "ImageFolder",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Subset",
    "TensorDataset",
    "default_collate",
    "pad_collate",
    "random_split",
]
