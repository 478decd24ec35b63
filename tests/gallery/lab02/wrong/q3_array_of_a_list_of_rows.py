"""Collects the rows of each array in a list, and makes an array of the list.

check: test_a_pass_costs_a_quarter_of_a_python_loop
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
        return tuple(np.array([array[i] for i in indices]) for array in self.arrays)


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
