"""Collects converted samples in a list and stacks it: every sample is there twice.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    waiting = []
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        waiting.append(sample.astype(dtype))
        if len(waiting) == batch_size:
            batch = np.stack(waiting)
            waiting = []
            yield batch
    if waiting:
        yield np.stack(waiting)
