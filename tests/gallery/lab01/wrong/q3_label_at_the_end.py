"""Takes the last byte of a record for its label.

check: test_labels_stay_with_their_images
idea: pairs-torn
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path}: {data.size} bytes are no whole number of records of 3073")
    records = data.reshape(-1, 3073)
    return records[:, :-1].reshape(-1, 3, 32, 32), records[:, -1]
