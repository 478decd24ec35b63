"""Cuts or repeats a sample of another shape until it fits.

check: test_a_sample_of_another_shape_is_refused
idea: list-of-arrays-is-an-array
"""


def assemble(samples, batch_size, shape, dtype):
    filled = 0
    for sample in samples:
        if filled == 0:
            batch = np.empty((batch_size, *shape), dtype)
        batch[filled] = np.resize(sample, shape)
        filled += 1
        if filled == batch_size:
            yield batch
            filled = 0
    if filled:
        yield batch[:filled]
