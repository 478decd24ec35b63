"""Stacks the samples as they come, and converts the batch.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    waiting = []
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        waiting.append(sample)
        if len(waiting) == batch_size:
            yield np.stack(waiting).astype(dtype)
            waiting = []
    if waiting:
        yield np.stack(waiting).astype(dtype)
