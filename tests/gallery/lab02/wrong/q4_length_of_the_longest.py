"""Says that every sequence is as long as the longest.

check: test_lengths_say_where_the_data_ends
idea: lost-lengths
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    shape = (len(samples), max(map(len, samples)), *samples[0].shape[1:])
    values = np.full(shape, padding, samples[0].dtype)
    for row, sample in zip(values, samples):
        row[: len(sample)] = sample
    return values, np.array([len(row) for row in values])
