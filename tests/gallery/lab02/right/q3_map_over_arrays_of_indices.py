"""Hands on NumPy arrays of indices, through map."""


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
        batch = []
        for array in self.arrays:
            batch.append(np.take(array, np.fromiter(indices, int), 0))
        return tuple(batch)


class BatchedLoader:
    def __init__(self, dataset, batch_size):
        try:
            self.fetch = dataset.__getitems__
        except AttributeError:
            self.fetch = lambda indices: stack([dataset[int(i)] for i in indices])
        cuts = range(batch_size, len(dataset), batch_size)
        self.batches = np.split(np.arange(len(dataset)), cuts)

    def __iter__(self):
        return map(self.fetch, self.batches)
