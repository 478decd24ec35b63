"""Finds the rows in a memory map, which is closed again before the first row is read."""

import csv
import mmap


class CSVDataset:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            starts, quoted, start = [], False, 0
            while start < len(data):
                end = data.find(b"\n", start)
                end = len(data) if end < 0 else end + 1
                if not quoted:
                    starts.append(start)
                quoted ^= data[start:end].count(b'"') % 2 == 1
                start = end
            starts.append(len(data))
        self.starts = starts
        self.columns = self._row(0)

    def _row(self, number):
        with open(self.path, "rb") as file:
            file.seek(self.starts[number])
            text = file.read(self.starts[number + 1] - self.starts[number]).decode("utf-8")
        return next(csv.reader(text.splitlines(keepends=True)))

    def __len__(self):
        return len(self.starts) - 2

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        return dict(zip(self.columns, self._row(index % len(self) + 1)))
