"""Builds a Python list of all the pixels first.

check: test_no_loop_over_pixels
idea: loop-per-byte
"""


def read_cifar10(path):
    with open(path, "rb") as file:
        data = file.read()
    if len(data) % 3073 != 0:
        raise ValueError(f"{path}: {len(data)} bytes are no whole number of records of 3073")
    images, labels = [], []
    for start in range(0, len(data), 3073):
        labels.append(data[start])
        planes = []
        for plane in range(3):
            first = start + 1 + 1024 * plane
            planes.append(
                [list(data[first + 32 * row : first + 32 * row + 32]) for row in range(32)]
            )
        images.append(planes)
    return np.array(images, dtype=np.uint8), np.array(labels)
