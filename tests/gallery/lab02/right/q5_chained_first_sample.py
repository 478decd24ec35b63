"""Looks for one sample, and then fills a batch that begins with it."""

import itertools


def fill(first, samples, size, shape, dtype):
    batch = np.empty((size,) + tuple(shape), dtype=dtype)
    count = 0
    for into, sample in zip(batch, itertools.chain([first], samples)):
        if np.asarray(sample).shape != into.shape:
            raise ValueError("shape %s given, %s wanted" % (np.shape(sample), into.shape))
        np.copyto(into, sample, casting="unsafe")
        count += 1
    return batch if count == size else batch[:count].copy()


def assemble(samples, batch_size, shape, dtype):
    samples = iter(samples)
    for first in samples:
        yield fill(first, itertools.islice(samples, batch_size - 1), batch_size, shape, dtype)
