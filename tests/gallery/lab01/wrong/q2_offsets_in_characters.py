"""Adds up the lengths of decoded lines and seeks to bytes.

check: test_offsets_hold_for_text_that_is_not_ascii
idea: bytes-are-not-characters
"""

import csv


class CSVDataset:
    def __init__(self, path):
        self.path = path
        self.starts = []
        self.position = 0
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(self.counted(file))
            self.columns = next(rows)
            start = self.position
            for _ in rows:
                self.starts.append(start)
                start = self.position

    def counted(self, file):
        for line in file:
            self.position += len(line)
            yield line

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        with open(self.path, "rb") as file:
            file.seek(self.starts[index])
            row = next(csv.reader(line.decode("utf-8") for line in file))
        return dict(zip(self.columns, row))
