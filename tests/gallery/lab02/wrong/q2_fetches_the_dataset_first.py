"""Fetches every sample when the first batch is asked for.

check: test_a_batch_is_fetched_when_it_is_asked_for
idea: eager-loader
"""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.dataset, self.batch_size = dataset, batch_size
        self.drop_last, self.collate_fn = drop_last, collate_fn

    def __len__(self):
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.dataset) + extra) // self.batch_size

    def __iter__(self):
        samples = [self.dataset[i] for i in range(len(self.dataset))]
        for number in range(len(self)):
            start = number * self.batch_size
            yield self.collate_fn(samples[start : start + self.batch_size])
