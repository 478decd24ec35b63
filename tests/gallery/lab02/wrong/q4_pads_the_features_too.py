"""Pads each axis to its largest, and so invents features.

check: test_other_axes_that_differ_are_refused
idea: list-of-arrays-is-an-array
"""


def pad_collate(samples, padding=0):
    lengths = np.array([len(sample) for sample in samples])
    target = np.max([sample.shape for sample in samples], axis=0)
    padded = []
    for sample in samples:
        widths = [(0, wanted - size) for wanted, size in zip(target, sample.shape)]
        padded.append(np.pad(sample, widths, constant_values=padding))
    return np.stack(padded), lengths
