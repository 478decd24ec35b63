"""Reads a record at a time, each into an array at once."""


def read_cifar10(path):
    images, labels = [], []
    with open(path, "rb") as file:
        while record := file.read(3073):
            if len(record) < 3073:
                raise ValueError(f"{path}: {file.tell()} bytes found, records have 3073")
            labels.append(record[0])
            images.append(np.frombuffer(record, dtype=np.uint8, offset=1).reshape(3, 32, 32))
    return np.stack(images), labels
