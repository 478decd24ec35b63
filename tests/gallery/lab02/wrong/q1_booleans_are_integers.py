"""Takes a bool for an int, as isinstance does.

check: test_the_dtype_stays
idea: dtype-changed
"""


def collate(samples, field="sample"):
    first = samples[0]
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in samples], key) for key in first}
    if isinstance(first, (tuple, list)):
        return tuple(collate(values, field) for values in zip(*samples))
    if isinstance(first, str):
        return list(samples)
    if isinstance(first, int):
        return np.array(samples, dtype=np.int64)
    shapes = {np.shape(sample) for sample in samples}
    if len(shapes) > 1:
        raise ValueError(f"{field} has shapes {shapes}")
    return np.stack(samples)
