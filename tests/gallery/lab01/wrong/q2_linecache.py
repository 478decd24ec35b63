"""Leaves the lines to linecache, which keeps the whole file in memory.

check: test_the_file_is_not_held_in_memory
idea: loads-everything
"""

import csv
import itertools
import linecache


class CSVDataset:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            self.columns = next(rows)
            self.starts = []
            start = rows.line_num
            for _ in rows:
                self.starts.append(start)
                start = rows.line_num

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = range(self.starts[-1] + 1)[self.starts[index]]
        lines = (linecache.getline(self.path, start + line + 1) for line in itertools.count())
        row = next(csv.reader(lines))
        return dict(zip(self.columns, row))
