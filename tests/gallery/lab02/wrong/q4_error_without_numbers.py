"""Refuses other axes that differ without saying how.

check: test_other_axes_that_differ_are_refused
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError("sequences do not fit together")
    lengths = np.array([len(sample) for sample in samples])
    shape = (len(samples), lengths.max(), *samples[0].shape[1:])
    values = np.full(shape, padding, samples[0].dtype)
    for row, sample in zip(values, samples):
        row[: len(sample)] = sample
    return values, lengths
