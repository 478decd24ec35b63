"""Collation: a list of samples becomes one batch of the same structure.

`default_collate` stacks what has one shape. `pad_collate` also takes arrays whose lengths differ:
it pads them to the longest and says how long each was.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Number
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Path = tuple[int | str, ...]
JoinArrays = Callable[[Sequence[NDArray[Any]], Path], Any]


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
    return _collate(batch, (), _stack)


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

    def join(arrays: Sequence[NDArray[Any]], path: Path) -> Any:
        named = path == () or (len(path) == 1 and path[0] in fields)
        missing.difference_update(path[:1])
        if named or len({array.shape for array in arrays}) > 1:
            return _pad(arrays, path, padding_value)
        return np.stack(arrays)

    collated = _collate(batch, (), join)
    if missing:
        raise ValueError(f"pad_collate found no array in the fields {sorted(missing, key=str)}")
    return collated


def _collate(samples: Sequence[Any], path: Path, join: JoinArrays) -> Any:
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
        return {key: _collate([s[key] for s in samples], (*path, key), join) for key in first}
    _check_same([len(sample) for sample in samples], path, "{} items")
    names = getattr(first, "_fields", range(len(first)))
    columns = zip(*samples, strict=True)
    fields = [_collate(c, (*path, name), join) for name, c in zip(names, columns, strict=True)]
    if kind is list:
        return fields
    return type(first)(*fields) if hasattr(first, "_fields") else tuple(fields)


def _common_kind(samples: Sequence[Any], path: Path) -> type:
    """Which of the types that can be collated all samples have."""
    kinds = {sample_type: _kind(sample_type) for sample_type in dict.fromkeys(map(type, samples))}
    for sample_type, kind in kinds.items():
        if kind is None:
            raise TypeError(
                f"{_where(path)}{sample_type.__name__} cannot be collated; make it an array, "
                "number, text, tuple, list or dict, or pass a collate_fn"
            )
    if len(set(kinds.values())) > 1:
        names = " and ".join(sample_type.__name__ for sample_type in kinds)
        raise TypeError(f"{_where(path)}samples must be of one type, got {names}")
    return cast(type, kinds[type(samples[0])])


def _kind(sample_type: type) -> type | None:
    if issubclass(sample_type, np.generic):
        return Number
    kinds: tuple[type, ...] = (np.ndarray, Number, str, bytes, Mapping, tuple, list)
    return next((kind for kind in kinds if issubclass(sample_type, kind)), None)


def _check_same(found: list[Any], path: Path, text: str, show: Callable[[Any], Any] = int) -> None:
    if any(value != found[0] for value in found):
        one, other = (text.format(show(value)) for value in _first_two(found))
        raise ValueError(
            f"{_where(path)}samples must have the same fields, got {one} and {other}; "
            "make a ragged field an array and use collate_fn=pad_collate"
        )


def _stack(arrays: Sequence[NDArray[Any]], path: Path) -> NDArray[Any]:
    try:
        return np.stack(arrays)
    except ValueError:
        one, other = _first_two([array.shape for array in arrays])
        raise ValueError(
            f"{_where(path)}shapes {one} and {other} cannot be stacked; "
            "pad ragged samples with collate_fn=pad_collate"
        ) from None


def _pad(
    arrays: Sequence[NDArray[Any]], path: Path, padding_value: float
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    if any(array.ndim == 0 or array.shape[1:] != arrays[0].shape[1:] for array in arrays):
        one, other = _first_two([array.shape for array in arrays])
        raise ValueError(
            f"{_where(path)}shapes {one} and {other} cannot be padded; "
            "pad_collate pads the first axis, and the others must be equal"
        )
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    dtype = np.result_type(*{array.dtype for array in arrays})
    with np.errstate(invalid="ignore"):
        fill = np.array(padding_value).astype(dtype)
    if dtype.kind in "iub" and fill != padding_value:
        raise ValueError(f"{_where(path)}padding_value {padding_value} does not fit into {dtype}")
    padded = np.full((len(arrays), lengths.max(), *arrays[0].shape[1:]), fill, dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded, lengths


def _first_two(values: list[Any]) -> tuple[Any, Any]:
    """The first value, and the first that differs from it, if any does."""
    return values[0], next((value for value in values if value != values[0]), values[0])


def _where(path: Path) -> str:
    """The start of a message: which field it is about, or nothing for the whole sample."""
    if not path:
        return ""
    return f"field {path[0]!r}" + "".join(f"[{key!r}]" for key in path[1:]) + ": "
