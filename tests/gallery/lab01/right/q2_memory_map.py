"""Maps the file, counts quotes to find the ends of rows, and slices a row out."""

import csv
import io
import mmap


class CSVDataset:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.ends = []
        quotes = 0
        while line := self.data.readline():
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                self.ends.append(self.data.tell())
        self.columns = self.parse(0, self.ends[0])

    def parse(self, start, end):
        text = self.data[start:end].decode("utf-8")
        return next(csv.reader(io.StringIO(text, newline="")))

    def __len__(self):
        return len(self.ends) - 1

    def __getitem__(self, index):
        number = range(len(self))[index]
        fields = self.parse(self.ends[number], self.ends[number + 1])
        return {column: field for column, field in zip(self.columns, fields)}
