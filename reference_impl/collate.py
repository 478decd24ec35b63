"""Collation: a list of samples becomes one batch of the same structure.

`default_collate` stacks what has one shape. `pad_collate` also takes arrays whose lengths differ:
it pads them to the longest and says how long each was.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

Path = tuple[int | str, ...]
Arrays = Sequence[NDArray[Any]]
JoinArrays = Callable[[Arrays, Path], Any]


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack the samples of `batch` along a new first axis, field by field.

    Arrays are stacked; numbers become a 1-D array (an int int64, a float float64). Tuples, named
    tuples, lists and dicts of fields stay what they are, one collated value a field. Text and
    bytes stay a list. (torch turns a tuple into a list; here a list of samples and a batch that
    is a tuple can be told apart.)

    Raises ValueError for an empty batch, for arrays of different shapes and for samples of
    different fields; TypeError for samples of different types and for types not named above.
    Each names the field.

    >>> default_collate([(np.array([1, 2]), "a", 0.5), (np.array([3, 4]), "b", 1.5)])
    (array([[1, 2], [3, 4]]), ['a', 'b'], array([0.5, 1.5]))
    >>> default_collate([{"x": 1, "pair": [2, 3]}, {"x": 4, "pair": [5, 6]}])
    {'x': array([1, 4]), 'pair': [array([2, 5]), array([3, 6])]}
    """
    return collate_fields(batch, (), stack_arrays)


def pad_collate(
    batch: Sequence[Any], fields: Collection[int | str] = (), padding_value: float = 0
) -> Any:
    """Collate like `default_collate`, but pad arrays whose lengths differ along the first axis.

    A padded field becomes a pair `(padded, lengths)`: `padded` has shape (batch, longest, ...),
    filled up with `padding_value`; `lengths` is int64 of shape (batch,), so that row `i` holds
    its sequence in `padded[i, :lengths[i]]`. Padded are

    - samples that are themselves an array, always;
    - the fields named in `fields` (positions in a tuple or list, names in a named tuple, keys in a
      dict), always;
    - any other array field, where lengths differ in this batch. One length: plain, as ever.

    By the last rule a field may be a pair in one batch and plain in the next, as in a last batch
    of one sample. Name the field, and every batch has one form:
    `collate_fn=partial(pad_collate, fields=["tokens"])`.

    Raises what `default_collate` raises, and ValueError if arrays differ in more than their first
    axis, if `fields` names no array, or if an integer array cannot hold `padding_value`.

    >>> tokens, label = pad_collate([(np.array([1, 2, 3]), 0), (np.array([4]), 1)], fields=[0])
    >>> tokens
    (array([[1, 2, 3], [4, 0, 0]]), array([3, 1]))
    >>> label
    array([0, 1])
    """
    missing = set(fields)

    def join(arrays: Arrays, path: Path) -> Any:
        named = path == () or (len(path) == 1 and path[0] in fields)
        missing.difference_update(path[:1])
        if named or len({array.shape for array in arrays}) > 1:
            return _pad(arrays, path, padding_value)
        return np.stack(arrays)

    collated = collate_fields(batch, (), join)
    if missing:
        raise ValueError(f"pad_collate found no array in the fields {sorted(missing, key=str)}")
    return collated


def collate_fields(samples: Sequence[Any], path: Path, join: JoinArrays) -> Any:
    """Collate the samples of the field at `path`; `join` makes one of the arrays of a field.

    Raises what `default_collate` raises, but for the shapes of arrays, which `join` judges.
    """
    if not len(samples):
        raise ValueError("cannot collate an empty batch; a batch holds at least one sample")
    kind = _common_kind(samples, path)
    first = samples[0]
    if kind is np.ndarray:
        return join(samples, path)
    if kind is Number:
        return np.array(samples)
    if kind is str or kind is bytes:
        return list(samples)
    if kind is Mapping:
        _check_same([sample.keys() for sample in samples], path, "keys {}", show=list)
        return {key: collate_fields([s[key] for s in samples], (*path, key), join) for key in first}
    _check_same([len(sample) for sample in samples], path, "{} items", show=int)
    names = getattr(first, "_fields", range(len(first)))
    columns = zip(names, zip(*samples, strict=True), strict=True)
    fields = [collate_fields(column, (*path, name), join) for name, column in columns]
    if kind is list:
        return fields
    return type(first)(*fields) if hasattr(first, "_fields") else tuple(fields)


def stack_arrays(arrays: Arrays, path: Path) -> NDArray[Any]:
    """The arrays of the field at `path` along a new first axis.

    Raises ValueError, naming the field, if their shapes differ.
    """
    try:
        return np.stack(arrays)
    except ValueError:
        advice = "pad ragged samples with collate_fn=pad_collate"
        text = "shapes {} and {} cannot be stacked; " + advice
        raise _mismatch([array.shape for array in arrays], path, text) from None


def _common_kind(samples: Sequence[Any], path: Path) -> type:
    """Which of the types that can be collated all samples have."""
    types = list(dict.fromkeys(map(type, samples)))
    kinds = {_kind(sample_type, path) for sample_type in types}
    if len(kinds) > 1:
        names = " and ".join(sample_type.__name__ for sample_type in types)
        raise TypeError(f"{_where(path)}samples must be of one type, got {names}")
    return kinds.pop()


def _kind(sample_type: type, path: Path) -> type:
    kinds: tuple[type, ...] = (np.generic, np.ndarray, Number, str, bytes, Mapping, tuple, list)
    for kind in kinds:
        if issubclass(sample_type, kind):
            return Number if kind is np.generic else kind
    advice = "make it an array, number, text, tuple, list or dict, or pass a collate_fn"
    raise TypeError(f"{_where(path)}{sample_type.__name__} cannot be collated; {advice}")


def _check_same(found: list[Any], path: Path, text: str, show: type) -> None:
    if any(value != found[0] for value in found):
        advice = "make a ragged field an array and use collate_fn=pad_collate"
        text = f"samples must have the same fields, got {text} and {text}; {advice}"
        raise _mismatch(found, path, text, show)


def _pad(arrays: Arrays, path: Path, padding_value: float) -> tuple[NDArray[Any], ...]:
    shapes = [array.shape for array in arrays]
    if any(not shape or shape[1:] != shapes[0][1:] for shape in shapes):
        advice = "pad_collate pads the first axis, and the others must be equal"
        raise _mismatch(shapes, path, "shapes {} and {} cannot be padded; " + advice)
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    dtype = np.result_type(*{array.dtype for array in arrays})
    with np.errstate(invalid="ignore"):
        fill = np.array(padding_value).astype(dtype)
    if dtype.kind in "iub" and fill != padding_value:
        raise ValueError(f"{_where(path)}padding_value {padding_value} does not fit into {dtype}")
    padded = np.full((len(arrays), lengths.max(), *shapes[0][1:]), fill, dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded, lengths


def _mismatch(found: list[Any], path: Path, text: str, show: type = tuple) -> ValueError:
    """The error of `text` about the first value found, and the first that differs, if any does."""
    other = next((value for value in found if value != found[0]), found[0])
    return ValueError(_where(path) + text.format(show(found[0]), show(other)))


def _where(path: Path) -> str:
    """The start of a message: which field it is about, or nothing for the whole sample."""
    if not path:
        return ""
    return f"field {path[0]!r}" + "".join(f"[{key!r}]" for key in path[1:]) + ": "
