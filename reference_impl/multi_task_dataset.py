"""MultiTaskDataset: one input, a target for each of several tasks."""

from collections.abc import Mapping, Sequence
from typing import Any, SupportsIndex

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


class MultiTaskDataset(Dataset[tuple[Any, dict[str, Any]]]):
    """Samples are `(inputs[i], {task: targets[task][i] for each task})`.

    `inputs` and each of `targets` is a dataset, an array or a sequence.

    Raises ValueError for no task, or for targets of another length than the inputs.

    >>> import numpy as np
    >>> dataset = MultiTaskDataset(
    ...     np.array([[1, 2], [3, 4]]), {"digit": np.array([7, 8]), "name": ["seven", "eight"]}
    ... )
    >>> dataset[1]
    (array([3, 4]), {'digit': np.int64(8), 'name': 'eight'})
    """

    def __init__(
        self,
        inputs: Dataset[Any] | Sequence[Any],
        targets: Mapping[str, Dataset[Any] | Sequence[Any]],
    ) -> None:
        if not targets:
            raise ValueError("MultiTaskDataset needs targets for at least one task, got none")
        for task, target in targets.items():
            if len(target) != len(inputs):
                raise ValueError(
                    f"each input needs a target of each task, got {len(inputs)} inputs "
                    f"and {len(target)} targets of task {task!r}"
                )
        self.inputs = inputs
        self.targets = dict(targets)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, dict[str, Any]]:
        position = check_index(index, len(self))
        return self.inputs[position], {task: t[position] for task, t in self.targets.items()}

    def __getitems__(self, indices: Indices) -> Any:
        """The batch of these samples, or a list of them if a part fetches no batches."""
        positions = check_indices(indices, len(self))
        parts = [fetch(part, positions) for part in (self.inputs, *self.targets.values())]
        if any(isinstance(part, list) for part in parts):
            rows = zip(*(as_samples(part, len(positions)) for part in parts), strict=True)
            return [(row[0], dict(zip(self.targets, row[1:], strict=True))) for row in rows]
        return parts[0], dict(zip(self.targets, parts[1:], strict=True))

    def at_epoch(self, epoch: int) -> "MultiTaskDataset":
        """These samples as they are in `epoch`."""
        inputs = at_epoch(self.inputs, epoch)
        targets = {task: at_epoch(target, epoch) for task, target in self.targets.items()}
        unchanged = inputs is self.inputs and all(targets[t] is self.targets[t] for t in targets)
        return self if unchanged else replace(self, inputs=inputs, targets=targets)

    def prefetch(self, indices: Indices) -> None:
        """Pass on which samples come next."""
        for part in (self.inputs, *self.targets.values()):
            prefetch(part, indices)
