"""Reads bytes with a sign, so that bright pixels are negative.

check: test_planes_become_channels
idea: dtype-widened
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.int8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path}: {data.size} bytes are no whole number of records of 3073")
    records = data.reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
