"""Fetches a sample before it looks whether it is there.

check: test_a_sample_asked_for_again_is_not_fetched_again
idea: caches-nothing
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
        sample = self.dataset[index]
        if index in self.samples:
            self.samples.move_to_end(index)
            return self.samples[index]
        if len(self.samples) == self.capacity:
            self.samples.popitem(last=False)
        self.samples[index] = sample
        return sample
