"""Collates the values of dicts as if they were tuples.

check: test_tuples_dicts_and_strings_keep_their_structure
idea: collates-only-arrays
"""


def collate(samples, field="sample"):
    first = samples[0]
    if isinstance(first, dict):
        return [collate([sample[key] for sample in samples], key) for key in first]
    if isinstance(first, (tuple, list)):
        return [collate(values, field) for values in zip(*samples)]
    if isinstance(first, str):
        return list(samples)
    shapes = {np.shape(sample) for sample in samples}
    if len(shapes) > 1:
        raise ValueError(f"{field} has shapes {shapes}")
    return np.stack(samples)
