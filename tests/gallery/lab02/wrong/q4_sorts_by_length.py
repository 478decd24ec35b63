"""Orders the batch from long to short, and so loses what belongs to what.

check: test_sequences_are_filled_up_to_the_longest
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    samples = sorted(samples, key=len, reverse=True)
    lengths = np.array([len(sample) for sample in samples])
    shape = (len(samples), lengths[0], *samples[0].shape[1:])
    values = np.full(shape, padding, samples[0].dtype)
    for row, sample in zip(values, samples):
        row[: len(sample)] = sample
    return values, lengths
