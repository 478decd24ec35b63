"""Zips samples with row numbers: zip takes a sample before it sees that the rows are out.

check: test_samples_are_batched_in_order_to_the_last
idea: last-batch
"""


def assemble(samples, batch_size, shape, dtype):
    samples = iter(samples)
    while True:
        batch, filled = np.empty((batch_size, *shape), dtype), 0
        for sample, row in zip(samples, range(batch_size)):
            if np.shape(sample) != shape:
                raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
            batch[row] = sample
            filled = row + 1
        if filled == 0:
            return
        yield batch[:filled]
