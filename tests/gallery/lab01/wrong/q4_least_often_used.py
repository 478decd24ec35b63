"""Drops the sample with the fewest hits, not the one used longest ago.

check: test_the_least_recently_used_goes_first
idea: forgets-the-wrong-one
"""


class CachedDataset:
    def __init__(self, dataset, capacity):
        self.dataset = dataset
        self.capacity = capacity
        self.samples = {}
        self.uses = {}

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        index %= len(self)
        self.uses[index] = self.uses.get(index, 0) + 1
        if index in self.samples:
            return self.samples[index]
        sample = self.dataset[index]
        if len(self.samples) == self.capacity:
            del self.samples[min(self.samples, key=self.uses.get)]
        self.samples[index] = sample
        return sample
