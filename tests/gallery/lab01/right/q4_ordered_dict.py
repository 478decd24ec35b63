"""Moves a hit to the end of an OrderedDict and drops from its front."""

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
        try:
            self.samples.move_to_end(index)
        except KeyError:
            while len(self.samples) >= self.capacity:
                self.samples.popitem(last=False)
            self.samples[index] = self.dataset[index]
        return self.samples[index]
