"""Fills up with np.resize, which repeats the data.

check: test_sequences_are_filled_up_to_the_longest
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    lengths = np.array([len(sample) for sample in samples])
    longest = lengths.max()
    return np.stack([np.resize(s, (longest, *s.shape[1:])) for s in samples]), lengths
