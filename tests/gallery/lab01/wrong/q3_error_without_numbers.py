"""Says that the file is broken, not what was found and what was expected.

check: test_a_file_cut_short_is_refused
idea: truncated-file
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path} is no CIFAR-10 file")
    records = data.reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
