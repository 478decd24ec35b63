"""Uses take, and hands on lists of Python ints."""


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
        return tuple(array.take(indices, axis=0) for array in self.arrays)


class BatchedLoader:
    def __init__(self, dataset, batch_size):
        self.dataset = dataset
        self.batch_size = batch_size
        self.fetch = getattr(dataset, "__getitems__", self.one_by_one)

    def one_by_one(self, indices):
        return stack([self.dataset[i] for i in indices])

    def __iter__(self):
        everything = list(range(len(self.dataset)))
        while everything:
            indices, everything = everything[: self.batch_size], everything[self.batch_size :]
            yield self.fetch(indices)
