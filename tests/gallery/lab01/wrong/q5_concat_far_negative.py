"""Adds the length to a negative index and trusts what comes out.

check: test_parts_that_are_not_there_raise
idea: index-out-of-range
"""


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

    def __len__(self):
        return sum(map(len, self.datasets))

    def __getitem__(self, index):
        if index < 0:
            index += len(self)
        for dataset in self.datasets:
            if index < len(dataset):
                return dataset[index]
            index -= len(dataset)
        raise IndexError("index out of range")


class MultiTaskDataset:
    def __init__(self, inputs, targets):
        for task, values in targets.items():
            if len(values) != len(inputs):
                raise ValueError(f"{task}: {len(values)} targets, {len(inputs)} inputs")
        self.inputs = inputs
        self.targets = targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], {task: values[index] for task, values in self.targets.items()}
