"""Keeps the offset of every 16th row alone and parses from there."""

import csv
from itertools import islice


class CSVDataset:
    def __init__(self, path):
        self.path = path
        self.starts = []
        self.length = 0
        with open(path, "rb") as file:
            rows = csv.reader(str(line, "utf-8") for line in file)
            self.columns = next(rows)
            while True:
                if self.length % 16 == 0:
                    self.starts.append(file.tell())
                if next(rows, None) is None:
                    break
                self.length += 1

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if not -self.length <= index < self.length:
            raise IndexError(index)
        block, within = divmod(index % self.length, 16)
        with open(self.path, "rb") as file:
            file.seek(self.starts[block])
            rows = csv.DictReader((str(line, "utf-8") for line in file), self.columns)
            return next(islice(rows, within, None))
