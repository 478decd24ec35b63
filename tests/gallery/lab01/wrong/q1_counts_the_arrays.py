"""Takes the number of arrays for the number of samples.

check: test_every_field_comes_from_the_same_row
idea: pairs-torn
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) != 1:
            raise ValueError(f"lengths differ: {lengths}")
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays)

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
