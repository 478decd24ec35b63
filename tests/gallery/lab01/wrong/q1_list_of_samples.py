"""Makes all the samples at the start and keeps them in a list.

check: test_arrays_are_not_copied
idea: copies-data
"""


class TensorDataset:
    def __init__(self, *arrays):
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) != 1:
            raise ValueError(f"lengths differ: {lengths}")
        self.samples = list(zip(*arrays, strict=True))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]
