"""Keeps the columns in a dict and checks the index itself."""


class TensorDataset:
    def __init__(self, *arrays):
        sizes = {len(array) for array in arrays}
        if len(sizes) > 1:
            raise ValueError("lengths are " + " and ".join(map(str, sorted(sizes))))
        self.size = sizes.pop()
        self.columns = dict(enumerate(arrays))

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        if not -self.size <= index < self.size:
            raise IndexError(index)
        sample = []
        for number in range(len(self.columns)):
            sample.append(self.columns[number][index])
        return tuple(sample)
