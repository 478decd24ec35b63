"""Remembers one sample under two indices.

check: test_an_index_from_the_end_is_the_same_sample
idea: two-names-one-sample
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
        if index in self.samples:
            self.samples.move_to_end(index)
            return self.samples[index]
        sample = self.dataset[index]
        if len(self.samples) == self.capacity:
            self.samples.popitem(last=False)
        self.samples[index] = sample
        return sample
