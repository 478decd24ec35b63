"""Lets reshape raise an error that does not say which file is broken.

check: test_a_file_cut_short_is_refused
idea: truncated-file
"""


def read_cifar10(path):
    records = np.fromfile(path, dtype=np.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
