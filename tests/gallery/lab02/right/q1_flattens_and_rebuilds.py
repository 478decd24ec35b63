"""Takes each sample apart into paths and leaves, joins the leaves, and puts the batch together."""


def leaves(sample, path=()):
    if isinstance(sample, dict):
        children = list(sample.items())
    elif isinstance(sample, (tuple, list)):
        children = list(enumerate(sample))
    else:
        return [(path, sample)]
    return [leaf for key, child in children for leaf in leaves(child, (*path, key))]


def join(path, values):
    if isinstance(values[0], str):
        return list(values)
    try:
        return np.stack(values)
    except ValueError:
        shapes = ", ".join(sorted({str(np.shape(value)) for value in values}))
        raise ValueError(f"{'.'.join(map(str, path))}: shapes {shapes}") from None


def rebuild(like, joined):
    if isinstance(like, dict):
        return {key: rebuild(child, joined) for key, child in like.items()}
    if isinstance(like, (tuple, list)):
        return tuple(rebuild(child, joined) for child in like)
    return next(joined)


def collate(samples):
    columns = zip(*map(leaves, samples))
    joined = [join(column[0][0], [value for _, value in column]) for column in columns]
    return rebuild(samples[0], iter(joined))
