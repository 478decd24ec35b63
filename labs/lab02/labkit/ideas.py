"""The misconceptions that checks name: one tag, used by quiz, check, gallery and hint alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Idea:
    """What people often believe, what is true, and the section of the book that shows it."""

    believed: str
    truth: str
    page: str
    section: str


def _datasets(believed: str, truth: str, section: str) -> Idea:
    return Idea(believed, truth, "book/01_datasets", section)


def _batching(believed: str, truth: str, section: str) -> Idea:
    return Idea(believed, truth, "book/02_batching", section)


IDEAS: dict[str, Idea] = {
    "pairs-torn": _datasets(
        "An image and its label can be fetched with two different indices.",
        "One index names one sample: every field of it comes from the same row.",
        "One index, one sample",
    ),
    "lengths-differ": _datasets(
        "Arrays of different lengths can be zipped and cut to the shortest.",
        "A dataset whose fields differ in length has lost data; refuse it when it is built.",
        "One index, one sample",
    ),
    "copies-data": _datasets(
        "A dataset object has to hold its own copy of the data.",
        "A dataset refers to data. Keep the arrays you were given; a row of one is a view.",
        "A dataset refers to its data",
    ),
    "index-out-of-range": _datasets(
        "Any integer is an index, or the caller will check it.",
        "An index below -n or from n on raises IndexError; Python's own loops rely on that.",
        "Indices that are not there",
    ),
    "loads-everything": _datasets(
        "Reading the whole file at the start is the natural way.",
        "A dataset needs to know where a sample is, not what it is, until somebody asks.",
        "A file is read when it is asked",
    ),
    "text-is-not-lines": _datasets(
        "A CSV row is a line of text, split at the commas.",
        "A quoted field may hold commas, quotes and line ends; let a CSV parser find the fields.",
        "A file is read when it is asked",
    ),
    "header-is-a-row": _datasets(
        "The first line of a CSV file is its first row, and a row is a list.",
        "The header names the columns; row 0 is the one after it, and names find its fields.",
        "A file is read when it is asked",
    ),
    "bytes-are-not-characters": _datasets(
        "Adding up the lengths of lines of text gives places in a file.",
        "A file is bytes, and a character of UTF-8 has 1 to 4 of them: seek to byte offsets.",
        "A file is read when it is asked",
    ),
    "scans-from-the-start": _datasets(
        "To find row i of a text file, the rows before it have to be read.",
        "Note where each row starts, once; after that one seek reaches any row.",
        "A file is read when it is asked",
    ),
    "layout": _datasets(
        "The bytes of an image can be reshaped to any layout of the same size.",
        "Reshape follows the order in memory: planes by colour are (3, 32, 32), nothing else.",
        "A layout is a promise",
    ),
    "dtype-widened": _datasets(
        "Pixels have to be floats as soon as they are read.",
        "Bytes stay uint8 in a dataset; as float64 they take eight times the memory.",
        "A layout is a promise",
    ),
    "loop-per-byte": _datasets(
        "A binary file is parsed by walking over its bytes.",
        "A file of equal records is a 2-D array already: read it at once, slice, reshape.",
        "A layout is a promise",
    ),
    "truncated-file": _datasets(
        "A file of records has a whole number of them.",
        "A file cut short is common; count the bytes and say what was expected.",
        "A file is read when it is asked",
    ),
    "unbounded-cache": _datasets(
        "A cache is a dict that remembers everything.",
        "A cache that never forgets is the whole dataset in memory; give it a bound.",
        "A cache with a bound",
    ),
    "forgets-the-wrong-one": _datasets(
        "It does not matter which item a full cache drops.",
        "Least recently used: a hit makes an item recent again, and the oldest goes first.",
        "A cache with a bound",
    ),
    "caches-nothing": _datasets(
        "Wrapping a dataset is caching it.",
        "A cache is proven by what is not fetched twice.",
        "A cache with a bound",
    ),
    "shared-cache": _datasets(
        "A dict in the class body or in a default argument belongs to one object.",
        "All objects share it, and with it each other's samples; make the dict in `__init__`.",
        "A cache with a bound",
    ),
    "two-names-one-sample": _datasets(
        "Index -1 and index n - 1 are two things to remember.",
        "Both name one sample: make the index positive before it becomes a key.",
        "A cache with a bound",
    ),
    "caches-errors": _datasets(
        "A failed read is a result like any other.",
        "An error is not a sample: let it through, and read again at the next ask.",
        "A cache with a bound",
    ),
    "indices-not-translated": _datasets(
        "A subset hands its own index on to the dataset.",
        "A view on a dataset translates indices: subset index 0 is `indices[0]` of the parent.",
        "Datasets made of datasets",
    ),
    "boundary": _datasets(
        "The last index of one part is the first of the next.",
        "Index n of a concatenation is sample 0 of the second part; test the boundary itself.",
        "Datasets made of datasets",
    ),
    "composes-by-copying": _datasets(
        "To join or cut datasets, fetch all the samples and put them in a list.",
        "Composition is index arithmetic; nothing is fetched until a sample is asked for.",
        "Datasets made of datasets",
    ),
    "collates-only-arrays": _batching(
        "A batch is an array.",
        "A batch has the structure of a sample: an array for each field, a list for strings.",
        "A batch has the shape of a sample",
    ),
    "dtype-changed": _batching(
        "Putting numbers into a batch may change their type.",
        "Collation keeps dtypes; an image of uint8 made float64 is eight times as large.",
        "A batch has the shape of a sample",
    ),
    "last-batch": _batching(
        "All batches are of one size.",
        "The last batch is short unless batch_size divides n or drop_last is asked for.",
        "The last batch",
    ),
    "len-rounds-wrong": _batching(
        "The number of batches is n // batch_size.",
        "It is the ceiling of n / batch_size, and the floor only with drop_last.",
        "The last batch",
    ),
    "usable-once": _batching(
        "A loader is an iterator.",
        "A loader is an iterable: every `iter(loader)` starts a new, independent pass.",
        "A loader is not an iterator",
    ),
    "eager-loader": _batching(
        "A loader may prepare all batches before the first is handed out.",
        "A batch is fetched when it is asked for, so the first costs one batch.",
        "Only what was asked for",
    ),
    "loop-per-sample": _batching(
        "Fetching a batch is fetching its samples one by one.",
        "One fetch with all the indices does the loop in compiled code.",
        "One fetch for a batch",
    ),
    "list-of-arrays-is-an-array": _batching(
        "Samples of different lengths stack like any others.",
        "An array has one shape: pad to the longest and keep the lengths.",
        "Samples of different lengths",
    ),
    "lost-lengths": _batching(
        "Padding can be told from data by its value.",
        "A real value may equal the padding; only the lengths say where data ends.",
        "Samples of different lengths",
    ),
    "holds-too-much": _batching(
        "A loop over a loader holds one batch.",
        "It holds the batch in use and the one being made; more than that is waste.",
        "What is alive in the loop",
    ),
    "bad-argument": _batching(
        "A wrong argument will show itself later.",
        "Say at once, in one line, what was given and what was wanted.",
        "Errors worth reading",
    ),
    "mutates-samples": _batching(
        "The samples of a dataset belong to whoever fetched them.",
        "A sample may be a view of the data; padding or collating must not write into it.",
        "A batch has the shape of a sample",
    ),
    "collate-fn-ignored": _batching(
        "The loader decides what a batch looks like.",
        "The loader groups indices and fetches; what `collate_fn` makes of the list is the batch.",
        "A batch has the shape of a sample",
    ),
    "order-of-indices": _batching(
        "A batch is a stretch of neighbouring rows, or a set of rows.",
        "A batch has one row for each of its indices, in their order, repeats and all.",
        "One fetch for a batch",
    ),
    "optional-protocol": _batching(
        "Every dataset has `__getitems__`, or trying it will tell.",
        "`__getitems__` is an offer: look whether it is there, and let its own errors through.",
        "One fetch for a batch",
    ),
    "reuses-a-batch": _batching(
        "One buffer can serve for all batches.",
        "A batch belongs to whoever asked for it: write the next one into memory of its own.",
        "What is alive in the loop",
    ),
}


def expect(condition: Any, tag: str, found: str) -> None:
    """Raise AssertionError unless `condition` is true, naming the idea that is off.

    `found` is one sentence: what was measured, against what was wanted. `tag` is a key of
    `IDEAS`.

    >>> expect(2 + 2 == 4, "last-batch", "")
    >>> expect(False, "last-batch", "the last batch has 4 samples; 2 were left")
    Traceback (most recent call last):
        ...
    AssertionError: the last batch has 4 samples; 2 were left. The last batch is short unless
    batch_size divides n or drop_last is asked for. [last-batch: chapter 2, "The last batch"]
    """
    idea = IDEAS[tag]
    if not condition:
        raise AssertionError(f"{found}. {idea.truth} [{tag}: {where(idea)}]")


def expect_error(
    call: Callable[[], Any], kind: type[Exception], tag: str, *mentions: object, of: str = ""
) -> None:
    """Raise AssertionError unless `call()` raises `kind` with every one of `mentions` in its text.

    `of` says in code or words what was called, and opens the message.

    >>> expect_error(lambda: [].index(3), ValueError, "bad-argument", 3)
    >>> expect_error(lambda: [][3], ValueError, "bad-argument")
    Traceback (most recent call last):
        ...
    AssertionError: wanted a ValueError, got IndexError: list index out of range. Say at once, ...
    >>> expect_error(lambda: [1][0], IndexError, "index-out-of-range", of="samples[0]")
    Traceback (most recent call last):
        ...
    AssertionError: samples[0]: wanted an IndexError, and no error was raised. An index below ...
    """
    opening = f"{of}: " if of else ""
    try:
        call()
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        right_kind = isinstance(error, kind)
        expect(right_kind, tag, f"{opening}wanted {_a(kind)}, got {text}")
        for mention in mentions:
            found = f"{opening}the error should mention {mention!r}, got {text}"
            expect(str(mention) in str(error), tag, found)
    else:
        expect(False, tag, f"{opening}wanted {_a(kind)}, and no error was raised")


def where(idea: Idea) -> str:
    """Where the book explains an idea, in words.

    >>> where(IDEAS["last-batch"])
    'chapter 2, "The last batch"'
    """
    chapter = int(idea.page.removeprefix("book/").split("_")[0])
    return f'chapter {chapter}, "{idea.section}"'


def _a(kind: type[Exception]) -> str:
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    return f"{article} {kind.__name__}"
