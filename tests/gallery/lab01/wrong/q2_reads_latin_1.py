"""Opens the file in an encoding that accepts any bytes and gives other letters.

check: test_offsets_hold_for_text_that_is_not_ascii
idea: bytes-are-not-characters
"""

import csv


class CSVDataset:
    def __init__(self, path):
        self.path = path
        self.starts = []
        with open(path, "rb") as file:
            rows = csv.reader(line.decode("latin-1") for line in file)
            self.columns = next(rows)
            start = file.tell()
            for _ in rows:
                self.starts.append(start)
                start = file.tell()

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        with open(self.path, "rb") as file:
            file.seek(self.starts[index])
            row = next(csv.reader(line.decode("latin-1") for line in file))
        return dict(zip(self.columns, row))
