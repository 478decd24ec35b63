"""Leaves the pixels of an image in one row.

check: test_planes_become_channels
idea: layout
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path}: {data.size} bytes are no whole number of records of 3073")
    records = data.reshape(-1, 3073)
    return records[:, 1:], records[:, 0]
