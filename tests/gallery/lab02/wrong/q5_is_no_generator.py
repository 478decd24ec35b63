"""Returns an iterator over a list in which all batches are.

check: test_a_batch_takes_no_more_samples_than_it_holds
idea: eager-loader
"""


def assemble(samples, batch_size, shape, dtype):
    batches, filled = [], 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == 0:
            batches.append(np.empty((batch_size, *shape), dtype))
        batches[-1][filled] = sample
        filled = (filled + 1) % batch_size
    if filled:
        batches[-1] = batches[-1][:filled]
    return iter(batches)
