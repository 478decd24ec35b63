"""Drops an index from the order of use, but keeps its sample.

check: test_no_more_than_capacity_is_remembered
idea: unbounded-cache
"""


class CachedDataset:
    def __init__(self, dataset, capacity):
        self.dataset = dataset
        self.capacity = capacity
        self.samples = {}
        self.order = []

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        index %= len(self)
        if index in self.order:
            self.order.remove(index)
            self.order.append(index)
            return self.samples[index]
        sample = self.dataset[index]
        if len(self.order) == self.capacity:
            del self.order[0]
        self.order.append(index)
        self.samples[index] = sample
        return sample
