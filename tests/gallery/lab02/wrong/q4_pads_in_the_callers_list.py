"""Puts the padded sequences into the list that it was given.

check: test_the_sequences_are_as_they_were
idea: mutates-samples
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    lengths = np.array([len(sample) for sample in samples])
    longest = lengths.max()
    for i, sample in enumerate(samples):
        widths = [(0, longest - len(sample))] + [(0, 0)] * (sample.ndim - 1)
        samples[i] = np.pad(sample, widths, constant_values=padding)
    return np.stack(samples), lengths
