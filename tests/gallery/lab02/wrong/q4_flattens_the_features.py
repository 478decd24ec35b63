"""Makes one axis of all that comes after the first.

check: test_only_the_first_axis_is_padded
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    lengths = np.array([len(sample) for sample in samples])
    features = int(np.prod(samples[0].shape[1:]))
    values = np.full((len(samples), lengths.max() * features), padding, samples[0].dtype)
    for row, sample in zip(values, samples):
        row[: sample.size] = sample.ravel()
    return values, lengths
