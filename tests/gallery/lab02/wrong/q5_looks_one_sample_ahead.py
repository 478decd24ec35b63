"""Takes the next sample before it hands out the batch, to know if there is one.

check: test_a_batch_takes_no_more_samples_than_it_holds
idea: eager-loader
"""


def assemble(samples, batch_size, shape, dtype):
    filled = 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        if filled == batch_size:
            yield batch
            filled = 0
        if filled == 0:
            batch = np.empty((batch_size, *shape), dtype)
        batch[filled] = sample
        filled += 1
    if filled:
        yield batch[:filled]
