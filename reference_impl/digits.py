"""Digits: real handwritten digits, small enough to be shipped.

The test file of the UCI optical digits: 1797 images of 8 x 8 pixels by 13 writers. Not MNIST,
whose images are 28 x 28 and come from other writers. Source and licence: `data/README.md`.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from reference_impl.dataset import TensorDataset

TRAIN_SIZE = 1500


class Digits(TensorDataset):
    """Handwritten digits: samples are (image, label).

    An image is uint8 of shape (1, 8, 8), values 0 to 16 (ink in a 4 x 4 block of the scan). A
    label is an int64 from 0 to 9. `images` (n, 1, 8, 8) and `labels` (n,) are the whole arrays.
    `split` is None for all 1797 samples, "train" for the first 1500, "test" for the rest.

    Raises ValueError for another split.

    >>> digits = Digits()
    >>> image, label = digits[0]
    >>> len(digits), image.shape, image.dtype, int(label)
    (1797, (1, 8, 8), dtype('uint8'), 0)
    >>> len(Digits("train")), len(Digits("test"))
    (1500, 297)
    """

    def __init__(self, split: Literal["train", "test"] | None = None) -> None:
        parts = {None: slice(None), "train": slice(TRAIN_SIZE), "test": slice(TRAIN_SIZE, None)}
        if split not in parts:
            raise ValueError(f"split must be 'train', 'test' or None, got {split!r}")
        file = Path(__file__).parent / "data" / "digits.npz"
        with np.load(file, allow_pickle=False) as archive:
            self.images = archive["images"][parts[split]]
            self.labels = archive["labels"][parts[split]]
        super().__init__(self.images, self.labels)
