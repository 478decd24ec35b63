"""Takes the shortest array for the length and forgets the rest.

check: test_lengths_that_differ_are_refused
idea: lengths-differ
"""


class TensorDataset:
    def __init__(self, *arrays):
        shortest = min(len(array) for array in arrays)
        self.arrays = [array[:shortest] for array in arrays]

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, index):
        return tuple(array[index] for array in self.arrays)
