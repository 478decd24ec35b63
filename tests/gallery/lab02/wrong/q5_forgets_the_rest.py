"""Hands out full batches only.

check: test_samples_are_batched_in_order_to_the_last
idea: last-batch
"""


def assemble(samples, batch_size, shape, dtype):
    filled = 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == 0:
            batch = np.empty((batch_size, *shape), dtype)
        batch[filled] = sample
        filled += 1
        if filled == batch_size:
            yield batch
            filled = 0
