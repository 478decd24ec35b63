"""Stamps each sample with a counter and drops the one with the lowest."""


class CachedDataset:
    def __init__(self, dataset, capacity):
        self.dataset, self.capacity = dataset, capacity
        self.samples, self.stamps, self.now = {}, {}, 0

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        size = len(self.dataset)
        if index < -size or index >= size:
            raise IndexError(f"no sample {index} among {size}")
        key = index + size if index < 0 else index
        if key not in self.samples:
            sample = self.dataset[index]
            if len(self.samples) == self.capacity:
                oldest = min(self.stamps, key=self.stamps.get)
                del self.samples[oldest], self.stamps[oldest]
            self.samples[key] = sample
        self.now += 1
        self.stamps[key] = self.now
        return self.samples[key]
