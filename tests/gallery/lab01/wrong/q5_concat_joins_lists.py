"""Fetches all the samples of all the datasets into a list.

check: test_nothing_is_fetched_until_it_is_asked_for
idea: composes-by-copying
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
        self.samples = []
        for dataset in datasets:
            for index in range(len(dataset)):
                self.samples.append(dataset[index])

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


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
