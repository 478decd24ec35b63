"""Sorts the list to find the longest, after it has made a copy for itself.

check: test_the_sequences_are_as_they_were
idea: mutates-samples
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    in_order = list(samples)
    samples.sort(key=len)
    shape = (len(in_order), len(samples[-1]), *in_order[0].shape[1:])
    values = np.full(shape, padding, in_order[0].dtype)
    for row, sample in zip(values, in_order):
        row[: len(sample)] = sample
    return values, np.array([len(sample) for sample in in_order])
