"""Goes through the dataset with a for loop and hands out a list when it is full."""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size must not be {batch_size}")
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.collate_fn = collate_fn

    def __len__(self):
        n = len(self.dataset)
        return len(range(0, n - self.batch_size + 1 if self.drop_last else n, self.batch_size))

    def __iter__(self):
        waiting = []
        for sample in self.dataset:
            waiting.append(sample)
            if len(waiting) == self.batch_size:
                yield self.collate_fn(waiting)
                waiting = []
        if waiting and not self.drop_last:
            yield self.collate_fn(waiting)
