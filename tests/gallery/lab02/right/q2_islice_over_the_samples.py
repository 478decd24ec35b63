"""Takes batch_size samples at a time from a generator over the dataset."""

import itertools
import math


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size <= 0:
            raise ValueError("batch_size is %d, and should be 1 or more" % batch_size)
        self.__dict__.update(locals())

    def __len__(self):
        batches = len(self.dataset) / self.batch_size
        return math.floor(batches) if self.drop_last else math.ceil(batches)

    def __iter__(self):
        samples = (self.dataset[i] for i in range(len(self.dataset)))
        while batch := list(itertools.islice(samples, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                break
            yield self.collate_fn(batch)
