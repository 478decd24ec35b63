"""Maps the file and hands out views of it."""

import os


def read_cifar10(path):
    size = os.path.getsize(path)
    count, rest = divmod(size, 3073)
    if rest:
        name = os.path.basename(path)
        raise ValueError(f"{name}: found {size} bytes, expected {count} or {count + 1} times 3073")
    records = np.memmap(path, dtype=np.uint8, mode="r", shape=(count, 3073))
    red, green, blue = np.split(records[:, 1:], 3, axis=1)
    planes = [plane.reshape(count, 32, 32) for plane in (red, green, blue)]
    return [np.stack(planes, axis=1), [int(label) for label in records[:, 0]]]
