"""Compares the first array with the last and none in between.

check: test_lengths_that_differ_are_refused
idea: lengths-differ
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if lengths[0] != lengths[-1]:
            raise ValueError(f"lengths differ: {lengths}")
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
