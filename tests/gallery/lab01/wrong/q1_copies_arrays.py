"""Copies the arrays it is given.

check: test_arrays_are_not_copied
idea: copies-data
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) != 1:
            raise ValueError(f"lengths differ: {lengths}")
        self.arrays = [np.array(array) for array in arrays]

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
