"""Parses commas and quotes, but takes every line for a row.

check: test_quoted_fields_stay_whole
idea: text-is-not-lines
"""

import csv


class CSVDataset:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.columns = next(csv.reader([file.readline().decode("utf-8")]))
            self.starts = []
            start = file.tell()
            for line in file:
                self.starts.append(start)
                start += len(line)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        with open(self.path, "rb") as file:
            file.seek(self.starts[index])
            line = file.readline().decode("utf-8")
        return dict(zip(self.columns, next(csv.reader([line]))))
