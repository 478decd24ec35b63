"""Uses the first dict as the batch, and so writes the batch into a sample.

check: test_the_samples_are_as_they_were
idea: mutates-samples
"""


def collate(samples, field="sample"):
    first = samples[0]
    if isinstance(first, dict):
        batch = samples[0]
        for key in batch:
            batch[key] = collate([sample[key] for sample in samples], key)
        return batch
    if isinstance(first, (tuple, list)):
        return tuple(collate(values, field) for values in zip(*samples))
    if isinstance(first, str):
        return list(samples)
    shapes = {np.shape(sample) for sample in samples}
    if len(shapes) > 1:
        raise ValueError(f"{field} has shapes {shapes}")
    return np.stack(samples)
