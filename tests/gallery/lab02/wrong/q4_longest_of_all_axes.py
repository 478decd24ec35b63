"""Pads every axis to the largest number in any shape.

check: test_only_the_first_axis_is_padded
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    if len({sample.shape[1:] for sample in samples}) > 1:
        raise ValueError(f"shapes {[sample.shape for sample in samples]} do not fit")
    lengths = np.array([len(sample) for sample in samples])
    largest = max(max(sample.shape) for sample in samples)
    padded = []
    for sample in samples:
        widths = [(0, largest - size) for size in sample.shape]
        padded.append(np.pad(sample, widths, constant_values=padding))
    return np.stack(padded), lengths
