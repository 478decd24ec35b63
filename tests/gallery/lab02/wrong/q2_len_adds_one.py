"""Adds a batch to the floor, also where the division leaves nothing.

check: test_len_is_the_number_of_batches
idea: len-rounds-wrong
"""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.dataset, self.batch_size = dataset, batch_size
        self.drop_last, self.collate_fn = drop_last, collate_fn

    def __len__(self):
        full = len(self.dataset) // self.batch_size
        return full if self.drop_last else full + 1

    def __iter__(self):
        for start in range(0, len(self.dataset), self.batch_size):
            stop = min(start + self.batch_size, len(self.dataset))
            if self.drop_last and stop - start < self.batch_size:
                return
            yield self.collate_fn([self.dataset[i] for i in range(start, stop)])
