"""Keeps no arrays, only a function for each that fetches from it."""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = tuple(map(len, arrays))
        if min(lengths) < max(lengths):
            raise ValueError(f"need equal lengths, got {lengths}")
        self.length = lengths[0]
        self.fetchers = [array.__getitem__ for array in arrays]

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return tuple(fetch(index) for fetch in self.fetchers)
