"""Returns an iterator object; the dataset turns ranges into slices."""


def stack(samples):
    return tuple(np.stack(field) for field in zip(*samples))


class TensorDataset:
    def __init__(self, *arrays):
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)

    def __getitems__(self, indices):
        if isinstance(indices, range):
            rows = slice(indices.start, indices.stop, indices.step)
            return self[rows]
        return self[list(indices)]


class BatchIterator:
    def __init__(self, dataset, batch_size):
        self.dataset, self.batch_size, self.at = dataset, batch_size, 0

    def __iter__(self):
        return self

    def __next__(self):
        indices = range(len(self.dataset))[self.at : self.at + self.batch_size]
        if not indices:
            raise StopIteration
        self.at += self.batch_size
        if "__getitems__" in dir(type(self.dataset)):
            return self.dataset.__getitems__(indices)
        return stack([self.dataset[i] for i in indices])


class BatchedLoader:
    def __init__(self, dataset, batch_size):
        self.arguments = dataset, batch_size

    def __iter__(self):
        return BatchIterator(*self.arguments)
