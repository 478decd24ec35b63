"""Trusts the lengths of the targets.

check: test_every_task_belongs_to_its_input
idea: lengths-differ
"""

from bisect import bisect_right
from itertools import accumulate


class Subset:
    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = indices

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]


class ConcatDataset:
    def __init__(self, datasets):
        self.datasets = datasets
        self.ends = list(accumulate(map(len, datasets)))

    def __len__(self):
        return self.ends[-1]

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        index %= len(self)
        part = bisect_right(self.ends, index)
        start = self.ends[part - 1] if part > 0 else 0
        return self.datasets[part][index - start]


class MultiTaskDataset:
    def __init__(self, inputs, targets):
        self.inputs = inputs
        self.targets = targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], {task: values[index] for task, values in self.targets.items()}
