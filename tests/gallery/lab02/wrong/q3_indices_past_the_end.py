"""Fills the last list of indices with the last sample, so that every call is of one size.

check: test_a_batch_is_one_call_of_getitems
idea: last-batch
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
        last = len(self.dataset) - 1
        for start in range(0, len(self.dataset), self.batch_size):
            indices = [min(i, last) for i in range(start, start + self.batch_size)]
            if hasattr(self.dataset, "__getitems__"):
                yield self.dataset.__getitems__(indices)
            else:
                rows = range(start, min(start + self.batch_size, last + 1))
                yield stack([self.dataset[i] for i in rows])
