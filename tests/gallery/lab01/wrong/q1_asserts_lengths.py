"""Checks lengths with assert, which raises another error and can be switched off.

check: test_lengths_that_differ_are_refused
idea: lengths-differ
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        assert len(set(lengths)) == 1, f"lengths differ: {lengths}"
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
