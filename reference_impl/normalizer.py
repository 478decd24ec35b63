"""Normalizer: mean and standard deviation of each channel, found in one pass over a loader.

The usual sums of x and x * x cancel where the mean is large. Here the batch's own mean and sum of
squares about it are merged into those so far (Chan, Golub and LeVeque, "Algorithms for computing
the sample variance", 1983), in float64. Only one batch is in memory at a time.
"""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


class Normalizer:
    """Shift and scale each channel to mean 0 and standard deviation 1.

    The channel is axis 1 of a batch, (N, C, H, W) or (N, C), or with `layout="HWC"` the last.
    After `fit`, `mean` and `std` are float64 of shape (C,), and `count` is the number of values a
    channel. `std` divides by `count`; a channel that never varies is only shifted.

    Raises ValueError for another layout, data that is empty or not finite, other channels than
    those seen, and for a use before `fit`.

    >>> normalizer = Normalizer()
    >>> normalizer.fit_transform(np.array([[1.0, 7.0], [3.0, 7.0]]))
    array([[-1.,  0.], [ 1.,  0.]], dtype=float32)
    >>> normalizer.mean, normalizer.std
    (array([2., 7.]), array([1., 0.]))
    """

    def __init__(self, layout: Literal["CHW", "HWC"] = "CHW") -> None:
        if layout not in ("CHW", "HWC"):
            raise ValueError(f"layout must be 'CHW' or 'HWC', got {layout!r}")
        self.layout = layout
        self.count = 0

    def fit(self, data: NDArray[Any] | Iterable[Any]) -> "Normalizer":
        """Learn from an array, or from a loader: batches, or tuples whose first field is one."""
        self.count, self.mean, squares = 0, np.zeros(1), np.zeros(1)
        for batch in [data] if isinstance(data, np.ndarray) else data:
            values = np.asarray(batch[0] if isinstance(batch, tuple | list) else batch)
            if values.ndim < 2:
                raise ValueError(
                    "a batch must have an axis of samples and one of channels, "
                    f"got shape {values.shape}"
                )
            self._batch_ndim = values.ndim
            columns = np.moveaxis(values, self._axis(values), 0)
            columns = columns.reshape(len(columns), -1).astype(np.float64)
            if self.count and len(columns) != len(self.mean):
                raise ValueError(f"a batch has {len(columns)} channels, after {len(self.mean)}")
            if not columns.size:
                continue
            count, mean = columns.shape[1], columns.mean(axis=1)
            columns -= mean[:, None]
            delta, total = mean - self.mean, self.count + count
            squares = squares + np.einsum("cn,cn->c", columns, columns)
            squares += delta**2 * self.count * count / total
            self.mean = self.mean + delta * count / total
            self.count = total
        if not self.count or not np.isfinite(squares).all():
            self.count, problem = 0, "not finite" if self.count else "empty"
            raise ValueError(f"Normalizer.fit needs finite numbers, but the data is {problem}")
        self.std = np.sqrt(squares / self.count)
        return self

    def transform(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """(values - mean) / std as float32, for a batch or a sample of the form that was fitted."""
        mean, std = self._shaped(values)
        out = values.astype(np.float32)
        out -= mean
        out /= std
        return out

    def fit_transform(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Learn from an array and transform it."""
        return self.fit(values).transform(values)

    def inverse(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """What `transform` was given, as float32."""
        mean, std = self._shaped(values)
        return values.astype(np.float32) * std + mean

    def _axis(self, values: NDArray[Any]) -> int:
        return values.ndim - 1 if self.layout == "HWC" else values.ndim - self._batch_ndim + 1

    def _shaped(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and std, shaped to meet the channel axis of `values`."""
        if not self.count:
            raise ValueError("Normalizer knows no mean yet; call fit first")
        axis = self._axis(values)
        if self._batch_ndim - values.ndim not in (0, 1) or values.shape[axis] != len(self.mean):
            raise ValueError(
                f"Normalizer was fitted on {len(self.mean)} channels in batches of "
                f"{self._batch_ndim} axes, got values of shape {values.shape}"
            )
        shape = [1] * values.ndim
        shape[axis] = -1
        mean, std = self.mean.astype(np.float32), self.std.astype(np.float32)
        return mean.reshape(shape), np.where(std > 0, std, np.float32(1)).reshape(shape)
