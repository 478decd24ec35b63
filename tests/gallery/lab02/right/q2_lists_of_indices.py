"""Plans the lists of indices first; map() fetches when a batch is asked for."""


class DataLoader:
    def __init__(self, dataset, batch_size, drop_last=False, collate_fn=list):
        if batch_size < 1:
            raise ValueError(f"batch_size: wanted 1 or more, got {batch_size}")
        order = list(range(len(dataset)))
        plan = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
        if drop_last and plan and len(plan[-1]) < batch_size:
            plan.pop()
        self.plan = plan
        self.fetch = lambda indices: collate_fn([dataset[np.int64(i)] for i in indices])

    def __len__(self):
        return len(self.plan)

    def __iter__(self):
        return map(self.fetch, self.plan)
