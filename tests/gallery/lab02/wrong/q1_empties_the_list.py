"""Takes the samples out of their list, one by one.

check: test_the_samples_are_as_they_were
idea: mutates-samples
"""


def collate(samples, field="sample"):
    if isinstance(samples[0], dict):
        batch = {key: [] for key in samples[0]}
        while samples:
            sample = samples.pop(0)
            for key in batch:
                batch[key].append(sample[key])
        return {key: collate(values, key) for key, values in batch.items()}
    if isinstance(samples[0], (tuple, list)):
        return tuple(collate(list(values), field) for values in zip(*samples))
    if isinstance(samples[0], str):
        return list(samples)
    shapes = {np.shape(sample) for sample in samples}
    if len(shapes) > 1:
        raise ValueError(f"{field} has shapes {shapes}")
    return np.stack(samples)
