"""Keeps every batch in a list of its own.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    batches, filled = [], 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == 0:
            batches.append(np.empty((batch_size, *shape), dtype))
        batches[-1][filled] = sample
        filled += 1
        if filled == batch_size:
            yield batches[-1]
            filled = 0
    if filled:
        yield batches[-1][:filled]
