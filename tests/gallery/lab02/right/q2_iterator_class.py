"""Has an iterator of its own, a class with __next__, new for every pass."""


class Pass:
    def __init__(self, loader):
        self.loader = loader
        self.numbers = iter(range(len(loader)))

    def __iter__(self):
        return self

    def __next__(self):
        return self.loader.batch(next(self.numbers))


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if not batch_size >= 1:
            raise ValueError(f"got batch_size={batch_size}; it must be positive")
        self.dataset, self.size = dataset, batch_size
        self.drop, self.collate = drop_last, collate_fn

    def __len__(self):
        rounding = np.floor if self.drop else np.ceil
        return int(rounding(len(self.dataset) / self.size))

    def batch(self, number):
        indices = range(len(self.dataset))[number * self.size : (number + 1) * self.size]
        return self.collate([self.dataset[index] for index in indices])

    def __iter__(self):
        return Pass(self)
