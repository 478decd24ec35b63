"""Mixing: two images of a batch and their labels become one (Mixup, CutMix).

They work on whole batches, after the loader: `images, labels = mixup(images, labels, rng)`.
Each image is mixed with the one before it, one proportion a batch, as in `torchvision`.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl.sampler import check_integer
from reference_impl.transforms import Images


class _Mixing(ABC):
    def __init__(self, alpha: float, num_classes: int) -> None:
        if not alpha > 0:
            raise ValueError(f"alpha must be above 0, got {alpha}")
        self.alpha = alpha
        self.num_classes = check_integer("num_classes", num_classes, minimum=1)

    def __call__(
        self, images: Images, labels: NDArray[Any], rng: "np.random.Generator | int"
    ) -> tuple[Images, NDArray[np.float32]]:
        """The mixed batch: images (N, C, H, W), and labels float32 (N, num_classes), sums 1.

        `labels` are class numbers of shape (N,). `rng` is a Generator or a seed.

        Raises ValueError for another shape, or a label that is no class.
        """
        if images.ndim != 4 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{type(self).__name__} takes a batch of images (N, C, H, W) with labels (N,), "
                f"got shapes {images.shape} and {labels.shape}"
            )
        if labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < self.num_classes)).all():
            raise ValueError(f"labels must be integers from 0 to {self.num_classes - 1}")
        rng = np.random.default_rng(rng)
        images, kept = self._mix(images, float(rng.beta(self.alpha, self.alpha)), rng)
        one_hot = np.eye(self.num_classes, dtype=np.float32)[labels]
        return images, _blend(one_hot, kept)

    @abstractmethod
    def _mix(self, images: Images, kept: float, rng: "np.random.Generator") -> tuple[Images, float]:
        """The mixed images, and the share that each kept of itself."""


class Mixup(_Mixing):
    """Blend each image with the one before it: `kept * own + (1 - kept) * other`, float32.

    `kept` is drawn from Beta(alpha, alpha). Raises ValueError for alpha or num_classes not above 0.

    >>> images = np.array([0, 8], np.uint8).reshape(2, 1, 1, 1)
    >>> mixed, labels = Mixup(alpha=1.0, num_classes=2)(images, np.array([0, 1]), rng=0)
    >>> bool(np.allclose(mixed[:, 0, 0, 0], labels[:, 1] * 8))
    True
    """

    def _mix(self, images: Images, kept: float, rng: "np.random.Generator") -> tuple[Images, float]:
        return _blend(images.astype(np.float32), kept), kept


class CutMix(_Mixing):
    """Paste into each image a box of the one before it; labels are mixed by area.

    The box covers 1 - kept of the image, `kept` drawn from Beta(alpha, alpha), is centred anywhere
    and cut off at the border. Raises ValueError for alpha or num_classes not above 0.

    >>> images = np.arange(2).repeat(16).reshape(2, 1, 4, 4)
    >>> mixed, labels = CutMix(alpha=1.0, num_classes=2)(images, np.array([0, 1]), rng=1)
    >>> bool(np.allclose(mixed.mean(axis=(1, 2, 3)), labels[:, 1]))
    True
    """

    def _mix(self, images: Images, kept: float, rng: "np.random.Generator") -> tuple[Images, float]:
        size = np.array(images.shape[2:])
        centre, half = rng.integers(size), (0.5 * np.sqrt(1 - kept) * size).astype(np.int64)
        top, left = np.maximum(centre - half, 0)
        bottom, right = np.minimum(centre + half, size)
        box = (..., slice(top, bottom), slice(left, right))
        mixed = images.copy()
        mixed[box] = np.roll(images[box], 1, axis=0)
        return mixed, 1 - float((bottom - top) * (right - left) / size.prod())


def _blend(rows: NDArray[np.float32], kept: float) -> NDArray[np.float32]:
    return rows * np.float32(kept) + np.roll(rows, 1, axis=0) * np.float32(1 - kept)
