"""Looks for the line end of each row, so a last row without one is lost.

check: test_quoted_fields_stay_whole
idea: text-is-not-lines
"""

import csv
import mmap


class CSVDataset:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.ends = []
        quotes = start = 0
        while (end := self.data.find(b"\n", start)) >= 0:
            quotes += self.data[start:end].count(b'"')
            start = end + 1
            if quotes % 2 == 0:
                self.ends.append(start)
        self.columns = self.parse(0, self.ends[0])

    def parse(self, start, end):
        text = self.data[start:end].decode("utf-8")
        return next(csv.reader(text.splitlines(keepends=True)))

    def __len__(self):
        return len(self.ends) - 1

    def __getitem__(self, index):
        number = range(len(self))[index]
        fields = self.parse(self.ends[number], self.ends[number + 1])
        return dict(zip(self.columns, fields))
