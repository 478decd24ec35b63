"""Takes the dtype of the padding: np.full without a dtype.

check: test_padding_keeps_the_dtype
idea: dtype-changed
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    lengths = np.array([len(sample) for sample in samples])
    values = np.full((len(samples), lengths.max(), *samples[0].shape[1:]), padding)
    for row, sample in zip(values, samples):
        row[: len(sample)] = sample
    return values, lengths
