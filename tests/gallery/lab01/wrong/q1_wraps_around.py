"""Takes any index modulo the length.

check: test_indices_that_are_not_there_raise
idea: index-out-of-range
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) != 1:
            raise ValueError(f"lengths differ: {lengths}")
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index % len(self)] for array in self.arrays)
