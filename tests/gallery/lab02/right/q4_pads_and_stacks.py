"""Pads each sequence with np.pad and stacks."""


def pad_collate(samples, padding=0):
    first, *others = (sample.shape[1:] for sample in samples)
    for shape in others:
        if shape != first:
            raise ValueError(f"features {shape} do not go with features {first}")
    longest = max(len(sample) for sample in samples)
    padded = []
    for sample in samples:
        widths = [(0, longest - len(sample))] + [(0, 0)] * (sample.ndim - 1)
        padded.append(np.pad(sample, widths, constant_values=padding))
    return np.stack(padded), np.array([len(sample) for sample in samples])
