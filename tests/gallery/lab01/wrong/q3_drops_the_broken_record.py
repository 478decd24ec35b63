"""Passes over a last record that is not whole.

check: test_a_file_cut_short_is_refused
idea: truncated-file
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    count = data.size // 3073
    records = data[: count * 3073].reshape(count, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
