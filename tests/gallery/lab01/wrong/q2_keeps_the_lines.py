"""Keeps the text of each row and parses it when it is asked for.

check: test_the_file_is_not_held_in_memory
idea: loads-everything
"""

import csv


class CSVDataset:
    def __init__(self, path):
        with open(path, "rb") as file:
            lines = file.readlines()
        self.columns = next(csv.reader([lines[0].decode("utf-8")]))
        self.rows, row = [], b""
        for line in lines[1:]:
            row += line
            if row.count(b'"') % 2 == 0:
                self.rows.append(row)
                row = b""

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        lines = self.rows[index].decode("utf-8").splitlines(keepends=True)
        return dict(zip(self.columns, next(csv.reader(lines))))
