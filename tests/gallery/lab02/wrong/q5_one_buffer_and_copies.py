"""Fills one buffer and hands out copies of it: a batch more than is needed.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    buffer, filled = np.empty((batch_size, *shape), dtype), 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        buffer[filled] = sample
        filled += 1
        if filled == batch_size:
            yield buffer.copy()
            filled = 0
    if filled:
        yield buffer[:filled].copy()
