"""Makes the dict in a default argument, so that all caches share it.

check: test_a_sample_asked_for_again_is_not_fetched_again
idea: shared-cache
"""

from collections import OrderedDict


class CachedDataset:
    def __init__(self, dataset, capacity, samples=OrderedDict()):
        self.dataset = dataset
        self.capacity = capacity
        self.samples = samples

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
            self.samples.popitem(last=False)
        self.samples[index] = sample
        return sample
