"""Makes a list of all samples to know how many there are.

check: test_a_batch_takes_no_more_samples_than_it_holds
idea: eager-loader
"""


def assemble(samples, batch_size, shape, dtype):
    samples = list(samples)
    for start in range(0, len(samples), batch_size):
        rows = samples[start : start + batch_size]
        batch = np.empty((len(rows), *shape), dtype)
        for i, sample in enumerate(rows):
            if np.shape(sample) != shape:
                raise ValueError(f"wanted shape {shape}, got {np.shape(sample)}")
            batch[i] = sample
        yield batch
