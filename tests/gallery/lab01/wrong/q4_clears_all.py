"""Empties the whole cache when it is full.

check: test_the_least_recently_used_goes_first
idea: forgets-the-wrong-one
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
        if len(self.samples) == self.capacity:
            self.samples.clear()
        self.samples[index] = sample
        return sample
