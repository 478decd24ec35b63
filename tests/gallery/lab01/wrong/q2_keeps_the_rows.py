"""Parses the whole file at the start and keeps the rows.

check: test_the_file_is_not_held_in_memory
idea: loads-everything
"""

import csv


class CSVDataset:
    def __init__(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]
