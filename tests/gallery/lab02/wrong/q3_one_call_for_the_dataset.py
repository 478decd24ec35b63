"""Fetches the whole dataset in one call and cuts it into batches.

check: test_batches_are_fetched_one_at_a_time
idea: eager-loader
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
        indices = list(indices)
        return tuple(array[indices] for array in self.arrays)


class BatchedLoader:
    def __init__(self, dataset, batch_size):
        self.dataset = dataset
        self.batch_size = batch_size

    def __iter__(self):
        size = len(self.dataset)
        if hasattr(self.dataset, "__getitems__"):
            everything = self.dataset.__getitems__(range(size))
        else:
            everything = stack([self.dataset[i] for i in range(size)])
        for start in range(0, size, self.batch_size):
            rows = slice(start, start + self.batch_size)
            if isinstance(everything, tuple):
                yield tuple(field[rows] for field in everything)
            else:
                yield everything[rows]
