"""Refuses lengths that differ and does not say which they are.

check: test_lengths_that_differ_are_refused
idea: lengths-differ
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) != 1:
            raise ValueError("all arrays must have the same length")
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
