"""CSVDataset: the rows of a CSV file, read from disk when asked for.

One pass over the file notes the byte at which each row starts, 8 bytes a row; nothing else stays
in memory. The parser that reads rows also finds where they start, so quoted fields may hold
commas, quotes and newlines.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex

import numpy as np

from reference_impl.dataset import Dataset, Indices, check_index

Converter = Callable[[str], Any]


class CSVDataset(Dataset[dict[str, Any]]):
    """Rows of a CSV file as dicts from column name to value; the first line names the columns.

    Values are text. `converters` changes that: one function for every column, or a dict from
    column name to function, with the other columns left as text. Blank lines are no rows. The
    file is UTF-8, is opened for each read and must not change meanwhile.

    Raises ValueError, naming file and line, for a file without header, a row with too few or too
    many fields, an open quote, or a value that its converter refuses.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "pets.csv"
    >>> _ = path.write_text('name,legs\\n"Rex, the dog",4\\nTweety,2\\n')
    >>> pets = CSVDataset(path, converters={"legs": int})
    >>> pets.columns, len(pets), pets[0]
    (('name', 'legs'), 2, {'name': 'Rex, the dog', 'legs': 4})
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | PathLike[str],
        converters: Converter | Mapping[str, Converter] | None = None,
    ) -> None:
        self.path = Path(path)
        with self.path.open("rb") as file:
            rows = _rows(file, self.path)
            _, header = next(rows, (0, []))
            if not header:
                raise ValueError(f"{self.path} is empty; its first line must name the columns")
            self.columns = tuple(header)
            if len(set(header)) < len(header):
                raise ValueError(f"{self.path}, line 1: column names must differ, got {header}")
            self.offsets = np.fromiter((start for start, _ in rows), dtype=np.int64)
        self.converters = self._converter_per_column(converters)

    def _converter_per_column(
        self, converters: Converter | Mapping[str, Converter] | None
    ) -> dict[str, Converter]:
        if converters is None:
            return {}
        if callable(converters):
            return dict.fromkeys(self.columns, converters)
        for column in converters:
            if column not in self.columns:
                raise ValueError(
                    f"{self.path} has no column {column!r}; its columns are "
                    f"{', '.join(self.columns)}"
                )
        return dict(converters)

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, index: SupportsIndex) -> dict[str, Any]:
        return self.__getitems__([check_index(index, len(self))])[0]

    def __getitems__(self, indices: Indices) -> list[dict[str, Any]]:
        """These rows as a list of samples, with the file opened once."""
        with self.path.open("rb") as file:
            return [self._read(file, check_index(index, len(self))) for index in indices]

    def _read(self, file: BinaryIO, index: int) -> dict[str, Any]:
        start = int(self.offsets[index])
        file.seek(start)
        row = dict(zip(self.columns, next(csv.reader(line.decode() for line in file)), strict=True))
        for column, convert in self.converters.items():
            try:
                row[column] = convert(row[column])
            except ValueError as error:
                file.seek(0)
                line = file.read(start).count(b"\n") + 1
                raise ValueError(f"{self.path}, line {line}, column {column!r}: {error}") from None
        return row


def _rows(file: BinaryIO, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The first byte and the fields of each row, the header being the first."""
    position = width = 0

    def lines() -> Iterator[str]:
        nonlocal position
        for line in file:
            encoding = "utf-8" if position else "utf-8-sig"
            position += len(line)
            yield line.decode(encoding)

    reader = csv.reader(lines(), strict=True)
    while True:
        start, number = position, reader.line_num + 1
        try:
            row = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        if row is None:
            return
        width = width or len(row)
        if row and len(row) != width:
            raise ValueError(f"{path}, line {number}: expected {width} fields, got {len(row)}")
        if row:
            yield start, row
