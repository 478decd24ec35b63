"""Joins each sequence with a filler of the missing length; returns a list of two."""


def pad_collate(samples, padding=0):
    shapes = {sample.shape[1:] for sample in samples}
    if len(shapes) != 1:
        raise ValueError("all axes but the first must agree; got " + str([*shapes]))
    (features,) = shapes
    lengths = np.array(list(map(len, samples)), dtype=np.int64)
    rows = []
    for sample, missing in zip(samples, lengths.max() - lengths):
        filler = np.full((missing, *features), padding, dtype=sample.dtype)
        rows.append(np.concatenate([sample, filler]))
    return [np.array(rows), lengths]
