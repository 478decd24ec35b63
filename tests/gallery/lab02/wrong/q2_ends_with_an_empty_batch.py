"""Hands out what is left at the end, also when nothing is.

check: test_every_sample_is_in_one_batch_unless_the_last_is_dropped
idea: last-batch
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
        samples = []
        for i in range(len(self.dataset)):
            samples.append(self.dataset[i])
            if len(samples) == self.batch_size:
                yield self.collate_fn(samples)
                samples = []
        if not self.drop_last:
            yield self.collate_fn(samples)
