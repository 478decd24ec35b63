"""Calls __getitems__ once for each sample.

check: test_a_batch_is_one_call_of_getitems
idea: loop-per-sample
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

    def fetch(self, index):
        if hasattr(self.dataset, "__getitems__"):
            return self.dataset.__getitems__([index])
        return self.dataset[index]

    def __iter__(self):
        size = len(self.dataset)
        for start in range(0, size, self.batch_size):
            samples = [self.fetch(i) for i in range(start, min(start + self.batch_size, size))]
            if not hasattr(self.dataset, "__getitems__"):
                yield stack(samples)
            elif isinstance(samples[0], tuple):
                yield tuple(np.concatenate(field) for field in zip(*samples))
            else:
                yield np.concatenate(samples)
