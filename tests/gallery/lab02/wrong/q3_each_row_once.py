"""Drops repeated indices with np.unique.

check: test_getitems_gives_the_rows_of_its_indices
idea: order-of-indices
"""


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
        rows, first = np.unique(np.asarray(indices), return_index=True)
        rows = rows[np.argsort(first)]
        return tuple(array[rows] for array in self.arrays)


class BatchedLoader:
    def __init__(self, dataset, batch_size):
        self.dataset = dataset
        self.batch_size = batch_size

    def __iter__(self):
        size = len(self.dataset)
        for start in range(0, size, self.batch_size):
            indices = range(start, min(start + self.batch_size, size))
            if hasattr(self.dataset, "__getitems__"):
                yield self.dataset.__getitems__(indices)
            else:
                yield stack([self.dataset[i] for i in indices])
