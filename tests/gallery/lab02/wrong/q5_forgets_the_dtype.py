"""Allocates without a dtype, so that every batch is float64.

check: test_samples_are_batched_in_order_to_the_last
idea: dtype-changed
"""


def assemble(samples, batch_size, shape, dtype):
    filled = 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == 0:
            batch = np.empty((batch_size, *shape))
        batch[filled] = sample
        filled += 1
        if filled == batch_size:
            yield batch
            filled = 0
    if filled:
        yield batch[:filled]
