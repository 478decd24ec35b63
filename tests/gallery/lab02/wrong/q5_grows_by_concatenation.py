"""Grows the batch by one sample at a time, which copies it each time.

check: test_a_pass_peaks_at_two_batches
idea: holds-too-much
"""


def assemble(samples, batch_size, shape, dtype):
    batch = np.empty((0, *shape), dtype)
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        batch = np.concatenate([batch, np.asarray(sample, dtype)[None]])
        if len(batch) == batch_size:
            yield batch
            batch = np.empty((0, *shape), dtype)
    if len(batch):
        yield batch
