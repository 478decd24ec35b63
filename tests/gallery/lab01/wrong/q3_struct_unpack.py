"""Unpacks each record into a tuple of numbers.

check: test_no_loop_over_pixels
idea: loop-per-byte
"""

import struct


def read_cifar10(path):
    images, labels = [], []
    with open(path, "rb") as file:
        data = file.read()
    if len(data) % 3073 != 0:
        raise ValueError(f"{path}: {len(data)} bytes are no whole number of records of 3073")
    for label, *pixels in struct.iter_unpack("3073B", data):
        labels.append(label)
        images.append(np.array(pixels, dtype=np.uint8).reshape(3, 32, 32))
    return np.stack(images), np.array(labels)
