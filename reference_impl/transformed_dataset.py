"""TransformedDataset: a dataset seen through a transform, with random numbers of its own.

The numbers of a sample are a function of (seed, epoch, index). Who loads it, when, and in which
batch makes no difference.
"""

from collections.abc import Callable, Mapping
from typing import Any, SupportsIndex

import numpy as np

from reference_impl.dataset import (
    Dataset,
    Indices,
    as_samples,
    at_epoch,
    check_index,
    check_indices,
    fetch,
    prefetch,
    replace,
)
from reference_impl.randomness import uniforms
from reference_impl.sampler import make_seed
from reference_impl.transforms import Transform


class TransformedDataset(Dataset[Any]):
    """The samples of `dataset` with `transform` applied to one field.

    `field` is a position in a tuple or list, or a key of a dict; a sample that is an array is
    transformed itself. `transform` is a `Transform` or a plain function of one image. A batch is
    fetched and transformed in one go, with the same result. `at_epoch(e)` is the same dataset in
    epoch `e`, which the loader asks for; on its own the dataset is in epoch 0.

    To evaluate, wrap the dataset in transforms without randomness. Nested TransformedDatasets
    need different seeds, for the same seed means the same numbers.

    >>> from reference_impl import Digits, RandomHorizontalFlip
    >>> flipped = TransformedDataset(Digits(), RandomHorizontalFlip(p=1))
    >>> bool((flipped[0][0] == Digits()[0][0][:, :, ::-1]).all())
    True
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        transform: Transform | Callable[[Any], Any],
        seed: int | None = 0,
        field: int | str = 0,
    ) -> None:
        self.dataset = dataset
        self.transform = transform
        self.seed = make_seed(seed)
        self.field = field
        self.epoch = 0

    def at_epoch(self, epoch: int) -> "TransformedDataset":
        """These samples as they are in `epoch`."""
        view: TransformedDataset = replace(self, dataset=at_epoch(self.dataset, epoch), epoch=epoch)
        return view

    def prefetch(self, indices: Indices) -> None:
        """Pass on which samples come next."""
        prefetch(self.dataset, indices)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: SupportsIndex) -> Any:
        position = check_index(index, len(self))
        return self._apply(self.dataset[position], self._random(np.array([position]))[0])

    def __getitems__(self, indices: Indices) -> Any:
        """The transformed batch, or a list of samples where dataset or transform knows only one."""
        positions = check_indices(indices, len(self))
        batch, random = fetch(self.dataset, positions), self._random(positions)
        if isinstance(self.transform, Transform) and not isinstance(batch, list):
            return self._apply(batch, random)
        samples = as_samples(batch, len(positions))
        return [self._apply(sample, row) for sample, row in zip(samples, random, strict=True)]

    def _random(self, positions: Indices) -> Any:
        draws = getattr(self.transform, "draws", 0)
        return uniforms(self.seed, self.epoch, positions, draws)

    def _apply(self, sample: Any, random: Any) -> Any:
        """The sample, or the batch, with its field transformed."""
        arguments = [random] if isinstance(self.transform, Transform) else []
        if isinstance(sample, np.ndarray):
            return self.transform(sample, *arguments)
        image = self.transform(sample[self.field], *arguments)
        if isinstance(sample, Mapping):
            return {**sample, self.field: image}
        fields: Any = list(sample)
        fields[self.field] = image
        return type(sample)(*fields) if hasattr(sample, "_fields") else type(sample)(fields)
