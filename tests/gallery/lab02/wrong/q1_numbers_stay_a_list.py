"""Stacks arrays, and leaves the numbers of a field in a list.

check: test_arrays_are_stacked_and_numbers_become_an_array
idea: collates-only-arrays
"""


def collate(samples, field="sample"):
    first = samples[0]
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in samples], key) for key in first}
    if isinstance(first, (tuple, list)):
        return tuple(collate(values, field) for values in zip(*samples))
    if isinstance(first, np.ndarray):
        shapes = {sample.shape for sample in samples}
        if len(shapes) > 1:
            raise ValueError(f"{field} has shapes {shapes}")
        return np.stack(samples)
    return list(samples)
