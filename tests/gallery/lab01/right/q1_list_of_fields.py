"""Makes views with asarray, and a sample that is a list."""


class TensorDataset:
    def __init__(self, first, *others):
        self.arrays = [np.asarray(array) for array in (first, *others)]
        for array in self.arrays:
            if array.shape[0] != self.arrays[0].shape[0]:
                raise ValueError(
                    f"{array.shape[0]} samples do not go with {self.arrays[0].shape[0]}"
                )

    def __len__(self):
        return self.arrays[0].shape[0]

    def __getitem__(self, index):
        return [array[index] for array in self.arrays]
