"""Catches AttributeError around the call, and so those raised inside of it.

check: test_an_error_in_getitems_reaches_the_caller
idea: optional-protocol
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
        for start in range(0, size, self.batch_size):
            indices = range(start, min(start + self.batch_size, size))
            try:
                batch = self.dataset.__getitems__(indices)
            except AttributeError:
                batch = stack([self.dataset[i] for i in indices])
            yield batch
