"""Adds the length to a negative index and trusts what comes out.

check: test_rows_are_counted_from_either_end
idea: index-out-of-range
"""

import csv


class CSVDataset:
    def __init__(self, path):
        self.path = path
        self.starts = []
        with open(path, "rb") as file:
            rows = csv.reader(line.decode("utf-8") for line in file)
            self.columns = next(rows)
            start = file.tell()
            for _ in rows:
                self.starts.append(start)
                start = file.tell()

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        if index < 0:
            index += len(self.starts)
        with open(self.path, "rb") as file:
            file.seek(self.starts[index])
            row = next(csv.reader(line.decode("utf-8") for line in file))
        return dict(zip(self.columns, row))
