"""Feeds the parser line by line, and keeps offsets and lengths in an array."""

import csv


class CSVDataset:
    def __init__(self, path):
        self.path = path
        extents = []
        with open(path, "rb") as file:
            while fields := self.read_row(file):
                extents.append((self.start, file.tell() - self.start))
        self.extents = np.array(extents, dtype=np.int64).reshape(-1, 2)
        with open(path, "rb") as file:
            self.columns = self.read_row(file)

    def read_row(self, file):
        self.start = file.tell()
        lines = iter(lambda: file.readline().decode(), "")
        return next(csv.reader(lines), None)

    def __len__(self):
        return len(self.extents) - 1

    def __getitem__(self, index):
        if index < 0:
            index += len(self)
        if index < 0 or index >= len(self):
            raise IndexError(f"row {index} of {len(self)}")
        start, length = self.extents[index + 1].tolist()
        with open(self.path, "rb") as file:
            file.seek(start)
            text = file.read(length).decode()
        row = dict.fromkeys(self.columns)
        fields = next(csv.reader(text.splitlines(keepends=True)))
        for column, field in zip(self.columns, fields):
            row[column] = field
        return row
