"""Makes its generator in __init__, so there is one pass and no more.

check: test_every_loop_is_a_pass_of_its_own
idea: usable-once
"""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.dataset, self.batch_size = dataset, batch_size
        self.drop_last, self.collate_fn = drop_last, collate_fn
        self.batches = self.generate()

    def __len__(self):
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.dataset) + extra) // self.batch_size

    def generate(self):
        for number in range(len(self)):
            start = number * self.batch_size
            stop = min(start + self.batch_size, len(self.dataset))
            yield self.collate_fn([self.dataset[i] for i in range(start, stop)])

    def __iter__(self):
        return self.batches
