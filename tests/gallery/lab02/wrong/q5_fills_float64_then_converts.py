"""Writes into one float64 array and converts it when it is full.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    filled = 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == 0:
            batch = np.zeros((batch_size, *shape))
        batch[filled] = sample
        filled += 1
        if filled == batch_size:
            yield batch.astype(dtype)
            filled = 0
    if filled:
        yield batch[:filled].astype(dtype)
