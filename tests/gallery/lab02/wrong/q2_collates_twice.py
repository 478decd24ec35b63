"""Calls collate_fn once to look at the batch and once to hand it out.

check: test_collate_fn_makes_the_batch
idea: collate-fn-ignored
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
        for number in range(len(self)):
            start = number * self.batch_size
            stop = min(start + self.batch_size, len(self.dataset))
            samples = [self.dataset[i] for i in range(start, stop)]
            if self.collate_fn(samples) is not None:
                yield self.collate_fn(samples)
