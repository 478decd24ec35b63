"""Makes all batches when it is made, and iterates over the list.

check: test_a_batch_is_fetched_when_it_is_asked_for
idea: eager-loader
"""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.batches = []
        for start in range(0, len(dataset), batch_size):
            indices = range(start, min(start + batch_size, len(dataset)))
            if len(indices) == batch_size or not drop_last:
                self.batches.append(collate_fn([dataset[i] for i in indices]))

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return iter(self.batches)
