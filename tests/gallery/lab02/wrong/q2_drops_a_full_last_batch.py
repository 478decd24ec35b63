"""With drop_last leaves out the last batch, short or not.

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
        starts = list(range(0, len(self.dataset), self.batch_size))
        if self.drop_last:
            starts = starts[:-1]
        for start in starts:
            stop = min(start + self.batch_size, len(self.dataset))
            yield self.collate_fn([self.dataset[i] for i in range(start, stop)])
