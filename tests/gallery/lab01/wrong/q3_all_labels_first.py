"""Takes the first N bytes of the file for the labels.

check: test_labels_stay_with_their_images
idea: pairs-torn
"""


def read_cifar10(path):
    data = np.fromfile(path, dtype=np.uint8)
    if data.size % 3073 != 0:
        raise ValueError(f"{path}: {data.size} bytes are no whole number of records of 3073")
    count = data.size // 3073
    return data[count:].reshape(count, 3, 32, 32), data[:count]
