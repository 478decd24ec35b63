"""Remembers every sample.

check: test_no_more_than_capacity_is_remembered
idea: unbounded-cache
"""

from collections import OrderedDict


class CachedDataset:
    def __init__(self, dataset, capacity):
        self.dataset = dataset
        self.capacity = capacity
        self.samples = OrderedDict()

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        index %= len(self)
        if index in self.samples:
            self.samples.move_to_end(index)
            return self.samples[index]
        sample = self.dataset[index]
        self.samples[index] = sample
        return sample
