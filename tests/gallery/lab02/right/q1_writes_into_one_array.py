"""Has a helper class; arrays are written into one that is allocated once."""


class Collator:
    def __init__(self, key=None):
        self.key = key

    def __call__(self, samples):
        first = samples[0]
        if hasattr(first, "keys"):
            return {key: Collator(key)([s[key] for s in samples]) for key in first.keys()}
        if type(first) in (tuple, list):
            return type(first)(self(list(column)) for column in zip(*samples))
        if type(first) is str:
            return [*samples]
        return self.arrays(samples)

    def arrays(self, samples):
        example = np.asarray(samples[0])
        batch = np.empty((len(samples),) + example.shape, np.result_type(*map(np.asarray, samples)))
        for row, sample in enumerate(samples):
            if np.shape(sample) != example.shape:
                wanted, got = example.shape, np.shape(sample)
                raise ValueError(f"{self.key}: sample {row} is {got}, the first is {wanted}")
            batch[row] = sample
        return batch


collate = Collator()
