"""Collates the fields of a sample, but not the fields inside of them.

check: test_structures_inside_structures_are_collated
idea: collates-only-arrays
"""


def leaf(values, field):
    if isinstance(values[0], (str, dict)):
        return list(values)
    if isinstance(values[0], (tuple, list)):
        return list(values)
    shapes = {np.shape(value) for value in values}
    if len(shapes) > 1:
        raise ValueError(f"{field} has shapes {shapes}")
    return np.stack(values)


def collate(samples):
    first = samples[0]
    if isinstance(first, dict):
        return {key: leaf([sample[key] for sample in samples], key) for key in first}
    if isinstance(first, (tuple, list)):
        return tuple(leaf(values, "a field") for values in zip(*samples))
    return leaf(samples, "sample")
