"""Shares length and index checks in a base class; each dataset only says where to look."""

from functools import reduce


class Composed:
    size = 0

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return self.sample(range(self.size)[index])


class Subset(Composed):
    def __init__(self, dataset, indices):
        self.size = len(indices)
        self.sample = lambda index: dataset[indices[index]]


class Pair(Composed):
    def __init__(self, first, second):
        self.first, self.second = first, second
        self.size = len(first) + len(second)

    def sample(self, index):
        cut = len(self.first)
        return self.first[index] if index < cut else self.second[index - cut]


def ConcatDataset(datasets):
    return reduce(Pair, datasets)


class MultiTaskDataset(Composed):
    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets
        self.size = len(inputs)
        for task in targets:
            if len(targets[task]) != self.size:
                raise ValueError(f"{self.size} inputs, but {len(targets[task])} of {task}")

    def sample(self, index):
        return self.inputs[index], {task: self.targets[task][index] for task in self.targets}
