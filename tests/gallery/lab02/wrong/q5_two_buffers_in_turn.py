"""Writes into two arrays in turn: a batch is good until the one after the next.

check: test_a_batch_handed_out_is_not_written_again
idea: reuses-a-batch
"""


def assemble(samples, batch_size, shape, dtype):
    buffers = [np.empty((batch_size, *shape), dtype) for _ in range(2)]
    filled = 0
    for sample in samples:
        if np.shape(sample) != shape:
            raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
        buffers[0][filled] = sample
        filled += 1
        if filled == batch_size:
            yield buffers[0]
            buffers.reverse()
            filled = 0
    if filled:
        yield buffers[0][:filled]
