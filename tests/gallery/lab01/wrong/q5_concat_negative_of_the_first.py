"""Looks for a negative index in the first part.

check: test_a_concatenation_crosses_its_boundaries
idea: boundary
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
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        for dataset in self.datasets:
            if index < len(dataset):
                return dataset[index % len(dataset)]
            index -= len(dataset)


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
