"""Puts the channels last, as for plotting.

check: test_planes_become_channels
idea: layout
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path}: {data.size} bytes are no whole number of records of 3073")
    records = data.reshape(-1, 3073)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return images, records[:, 0]
