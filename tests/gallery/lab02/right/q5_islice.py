"""Takes a batch of samples with islice, in a loop that ends when nothing comes."""

from itertools import islice


def assemble(samples, batch_size, shape, dtype):
    samples = iter(samples)
    while True:
        batch = np.empty((batch_size, *shape), np.dtype(dtype))
        row = -1
        for row, sample in enumerate(islice(samples, batch_size)):
            if np.shape(sample) != tuple(shape):
                raise ValueError(f"sample {row} is {np.shape(sample)}, not {tuple(shape)}")
            batch[row] = sample
        if row < 0:
            return
        yield batch[: row + 1]
