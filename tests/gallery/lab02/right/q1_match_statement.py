"""Dispatches with a match statement, and returns lists for tuples."""


def collate(samples, path=""):
    match samples[0]:
        case dict() as first:
            return {k: collate([s[k] for s in samples], f"{path}[{k!r}]") for k in first}
        case tuple() | list() as first:
            positions = range(len(first))
            return [collate([s[p] for s in samples], f"{path}[{p}]") for p in positions]
        case str():
            return samples[:]
        case _:
            shapes = [np.shape(sample) for sample in samples]
            if shapes.count(shapes[0]) < len(shapes):
                raise ValueError(f"field {path or 'sample'} is ragged: {shapes}")
            return np.array(samples)
