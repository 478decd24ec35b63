"""CSVDataset: rows by byte offset."""

import csv
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import CSVDataset, DataLoader

FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(FIELD.filter(bool), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(FIELD, min_size=width, max_size=width), max_size=6),
    )
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        return path

    return write


def fails(message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(ValueError) as caught:
        call(*args, **options)
    assert str(caught.value) == message


@given(TABLES, st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]))
def test_what_the_csv_module_writes_is_read_back_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, table: Any, style: Any
) -> None:
    (header, rows), (newline, quoting) = table, style
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator=newline, quoting=quoting)
        writer.writerows([header, *rows])
    with path.open(newline="", encoding="utf-8-sig") as file:
        wanted = list(csv.DictReader(file))
    dataset = CSVDataset(path)
    assert len(dataset) == len(rows)
    back = range(len(rows))[::-1]
    assert [dataset[i] for i in back] == wanted[::-1] == dataset.__getitems__(back)


def test_quoted_fields_may_hold_commas_quotes_and_newlines(write: Any) -> None:
    dataset = CSVDataset(write('a,b\n"1,\n2","say ""hi"""\n3,4\n'))
    assert dataset[1] == {"a": "3", "b": "4"}
    assert dataset[0] == {"a": "1,\n2", "b": 'say "hi"'}


def test_blank_lines_a_byte_order_mark_and_a_missing_last_newline_are_fine(write: Any) -> None:
    dataset = CSVDataset(write("\ufeffa,b\r\n\r\n1,2\r\n\r\n3,4"))
    assert dataset.columns == ("a", "b")
    assert list(dataset) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_converters_are_for_all_columns_or_by_name(write: Any) -> None:
    path = write("x,name\n1.5,7\n")
    assert CSVDataset(path)[0] == {"x": "1.5", "name": "7"}
    assert CSVDataset(path, converters=float)[0] == {"x": 1.5, "name": 7.0}
    assert CSVDataset(path, converters={"x": float})[-1] == {"x": 1.5, "name": "7"}


def test_a_loader_makes_columns_of_rows(write: Any) -> None:
    path = write("x,name\n1,a\n2,b\n3,c\n")
    batch = next(iter(DataLoader(CSVDataset(path, {"x": float}), 2)))
    assert batch["x"].tolist() == [1.0, 2.0] and batch["name"] == ["a", "b"]


def test_only_offsets_are_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "some text of a row,and some more of it\n" * 50_000)
    tracemalloc.start()
    try:
        dataset = CSVDataset(path)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dataset) == 50_000 and dataset.offsets.dtype == np.int64
    assert kept < 8 * 50_000 * 1.1 and peak < path.stat().st_size / 2


def test_a_csv_dataset_can_be_sent_to_another_process(write: Any) -> None:
    dataset = CSVDataset(write("a\n1\n"), converters=int)
    assert pickle.loads(pickle.dumps(dataset))[0] == {"a": 1}


def test_a_value_that_cannot_be_converted_is_named_by_file_line_and_column(write: Any) -> None:
    path = write('age,name\n1,"two\nlines"\n\nold,b\n')
    dataset = CSVDataset(path, converters={"age": float})
    assert dataset[0]["age"] == 1.0
    fails(
        f"{path}, line 5, column 'age': could not convert string to float: 'old'",
        dataset.__getitem__,
        1,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " is empty; its first line must name the columns"),
        ("\n\n", " is empty; its first line must name the columns"),
        ("a,b,a\n", ", line 1: column names must differ, got ['a', 'b', 'a']"),
        ('a,b\n"1\n1",2\n3\n', ", line 4: expected 2 fields, got 1"),
        ("a,b\n1,2,3\n", ", line 2: expected 2 fields, got 3"),
        ('a\n1\n"2\n3\n', ", line 3: unexpected end of data"),
    ],
)
def test_a_broken_file_is_named_with_the_line(write: Any, text: str, message: str) -> None:
    path = write(text)
    fails(f"{path}{message}", CSVDataset, path)


def test_bytes_that_are_not_text_are_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(b"a\nfine\n\xe9t\xe9\n")
    with pytest.raises(ValueError) as caught:
        CSVDataset(path)
    assert str(caught.value).startswith(f"{path}, line 3: 'utf-8' codec can't decode")


def test_a_converter_for_no_column_is_refused(write: Any) -> None:
    path = write("a,b\n1,2\n")
    fails(
        f"{path} has no column 'c'; its columns are a, b", CSVDataset, path, converters={"c": int}
    )


def test_a_row_out_of_range_is_refused(write: Any) -> None:
    dataset = CSVDataset(write("a\n1\n"))
    with pytest.raises(IndexError, match="index 1 is out of range for a dataset of 1 sample"):
        dataset[1]
