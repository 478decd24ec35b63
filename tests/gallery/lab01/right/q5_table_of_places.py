"""Writes down for each index of a concatenation where it is, in NumPy arrays."""


class Subset:
    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = np.array(indices)

    def __len__(self):
        return self.indices.size

    def __getitem__(self, index):
        return self.dataset[int(self.indices[index])]


class ConcatDataset:
    def __init__(self, datasets):
        self.datasets = list(datasets)
        lengths = [len(dataset) for dataset in self.datasets]
        self.part = np.repeat(np.arange(len(lengths)), lengths)
        self.place = np.concatenate([np.arange(length) for length in lengths])

    def __len__(self):
        return len(self.part)

    def __getitem__(self, index):
        return self.datasets[self.part[index]][int(self.place[index])]


class MultiTaskDataset:
    def __init__(self, inputs, targets):
        wrong = [task for task in targets if len(targets[task]) != len(inputs)]
        if wrong:
            lengths = [len(targets[task]) for task in wrong]
            raise ValueError(f"want {len(inputs)} targets; tasks {wrong} have {lengths}")
        self.tasks = dict(targets)
        self.inputs = inputs

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        sample = {}
        for task in self.tasks:
            sample[task] = self.tasks[task][index]
        return [self.inputs[index], sample]
