"""Are two samples or batches the same, whatever they are nested in?"""

from collections.abc import Mapping
from typing import Any

import numpy as np


def same(got: Any, wanted: Any, *, dtype: bool = False) -> bool:
    """Whether two nests of arrays, numbers, strings, tuples, lists and dicts are equal.

    A tuple equals a list with the same items; array values are compared exactly, and NaN
    equals NaN. With `dtype=True` the arrays' dtypes must agree as well.

    >>> same((np.arange(3), {"label": 1}), [np.array([0, 1, 2]), {"label": 1}])
    True
    >>> same(np.zeros(3), np.zeros((3, 1)))
    False
    >>> same(np.zeros(1, np.float32), np.zeros(1), dtype=True)
    False
    """
    if isinstance(wanted, Mapping) or isinstance(got, Mapping):
        if not (isinstance(wanted, Mapping) and isinstance(got, Mapping)):
            return False
        return list(got) == list(wanted) and all(
            same(got[key], wanted[key], dtype=dtype) for key in wanted
        )
    if isinstance(wanted, (list, tuple)) or isinstance(got, (list, tuple)):
        if not (isinstance(wanted, (list, tuple)) and isinstance(got, (list, tuple))):
            return False
        return len(got) == len(wanted) and all(
            same(one, other, dtype=dtype) for one, other in zip(got, wanted, strict=True)
        )
    if isinstance(wanted, (np.ndarray, np.generic)) or isinstance(got, (np.ndarray, np.generic)):
        return _same_arrays(np.asarray(got), np.asarray(wanted), dtype)
    return type(got) is type(wanted) and bool(got == wanted)


def _same_arrays(got: np.ndarray, wanted: np.ndarray, dtype: bool) -> bool:
    if got.shape != wanted.shape or (dtype and got.dtype != wanted.dtype):
        return False
    may_be_nan = got.dtype.kind in "fc" and wanted.dtype.kind in "fc"
    return bool(np.array_equal(got, wanted, equal_nan=may_be_nan))
