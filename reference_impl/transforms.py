"""Transforms: what is done to an image between the dataset and the batch.

Names and arguments follow `torchvision.transforms.v2`. A transform takes one image (C, H, W) or a
batch (N, C, H, W), or with `layout="HWC"` (H, W, C) and (N, H, W, C), and never changes its input.
A random one does not draw: it declares in `draws` how many uniform numbers an image takes, and is
called as `transform(image, random)`. The same numbers give the same image, alone or in a batch.
Every transform is one method, `apply`, on a batch; a single image is a batch of one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Layout = Literal["CHW", "HWC"]
Images = NDArray[Any]
Random = NDArray[np.float64]

GRAY = np.array([0.2989, 0.587, 0.114], np.float32)
ORDERS = tuple(permutations(range(3)))


class Transform(ABC):
    """An image becomes another; `draws` is the number of uniforms that one image takes.

    Raises ValueError for a layout that is not "CHW" or "HWC".

    >>> class Invert(Transform):
    ...     def apply(self, images, random, overwrite=False):
    ...         return 255 - images
    >>> Invert()(np.zeros((1, 1, 2), np.uint8))
    array([[[255, 255]]], dtype=uint8)
    """

    draws = 0

    def __init__(self, *, layout: Layout = "CHW") -> None:
        if layout not in ("CHW", "HWC"):
            raise ValueError(f"layout must be 'CHW' or 'HWC', got {layout!r}")
        self.layout = layout

    def __call__(
        self, image: Images, random: "Random | np.random.Generator | None" = None
    ) -> Images:
        """The transformed image or batch.

        `random` is a Generator, or float64 in [0, 1) of shape (draws,) for an image and (N, draws)
        for a batch. It may be left out where `draws` is 0.

        Raises ValueError for an image of another layout and for `random` missing or of another
        shape.
        """
        _check_layout(image, self.layout)
        images = image if image.ndim == 4 else image[None]
        if self.layout == "HWC":
            images = np.moveaxis(images, -1, 1)
        images = self.apply(images, self._numbers(random, image.shape[: image.ndim - 3]))
        if self.layout == "HWC":
            images = np.moveaxis(images, 1, -1)
        return images if image.ndim == 4 else images[0]

    @abstractmethod
    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        """The transformed batch of (N, C, H, W); `random` has shape (N, draws).

        What is returned shares no memory with `images`, unless it is `images` itself, unchanged,
        or `overwrite` allows to write into them.
        """

    def _numbers(
        self, random: "Random | np.random.Generator | None", batch: tuple[int, ...]
    ) -> Random:
        shape = (*batch, self.draws)
        if self.draws == 0:
            numbers = np.empty(shape)
        elif random is None:
            raise ValueError(
                f"{type(self).__name__} needs random numbers; pass an np.random.Generator "
                f"or an array of shape {shape}, or wrap the dataset in TransformedDataset"
            )
        elif isinstance(random, np.random.Generator):
            numbers = random.random(shape)
        else:
            numbers = np.asarray(random, np.float64)
        if numbers.shape != shape:
            raise ValueError(
                f"{type(self).__name__} takes random numbers of shape {shape}, got {numbers.shape}"
            )
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < 1:
            raise ValueError(
                f"random numbers must be at least 0 and below 1, "
                f"got {numbers.min()} to {numbers.max()}"
            )
        return numbers if batch else numbers[None]


class Lambda(Transform):
    """A function of one image as a transform; of a batch it gets each image in turn.

    >>> Lambda(np.negative)(np.ones((1, 1, 2)))
    array([[[-1., -1.]]])
    """

    def __init__(self, function: Callable[[Images], Images], *, layout: Layout = "CHW") -> None:
        super().__init__(layout=layout)
        self.function = function

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        if self.layout == "CHW":
            return np.stack([self.function(image) for image in images])
        results = [self.function(image) for image in np.moveaxis(images, 1, -1)]
        return np.moveaxis(np.stack(results), -1, 1)


class Compose(Transform):
    """Transforms one after another; a plain function of one image counts as one too.

    The random numbers are dealt out in order: the first `draws` to the first transform.

    Raises ValueError where the transforms have different layouts.

    >>> augment = Compose([RandomCrop(4, padding=1), RandomHorizontalFlip()])
    >>> augment.draws, augment(np.zeros((3, 4, 4)), np.random.default_rng(0)).shape
    (3, (3, 4, 4))
    """

    def __init__(self, transforms: Sequence[Transform | Callable[[Images], Images]]) -> None:
        layouts = sorted({t.layout for t in transforms if isinstance(t, Transform)})
        if len(layouts) > 1:
            raise ValueError(f"transforms must have one layout, got {' and '.join(layouts)}")
        super().__init__(layout=layouts[0] if layouts else "CHW")
        self.transforms = [
            t if isinstance(t, Transform) else Lambda(t, layout=self.layout) for t in transforms
        ]
        self.draws = sum(transform.draws for transform in self.transforms)

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        start = 0
        for transform in self.transforms:
            stop = start + transform.draws
            result = transform.apply(images, random[:, start:stop], overwrite)
            overwrite = overwrite or result is not images  # from here on they are our own
            images, start = result, stop
        return images


class RandomHorizontalFlip(Transform):
    """Mirror the image left to right with probability `p`.

    Raises ValueError for a probability outside [0, 1].

    >>> image = np.array([[[1, 2, 3]]])
    >>> RandomHorizontalFlip(0.5)(image, np.array([0.49])).tolist()
    [[[3, 2, 1]]]
    """

    draws = 1

    def __init__(self, p: float = 0.5, *, layout: Layout = "CHW") -> None:
        super().__init__(layout=layout)
        if not 0 <= p <= 1:
            raise ValueError(f"p must be a probability from 0 to 1, got {p}")
        self.p = p

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        flip = np.flatnonzero(random[:, 0] < self.p)
        out = images if overwrite else images.copy()
        out[flip] = images[flip, :, :, ::-1]
        return out


class RandomCrop(Transform):
    """Cut out `size` at random, after adding `padding` pixels of `fill` at each side.

    `size` is a height and a width, or one number for both; `padding` one number, (left and right,
    top and bottom) or (left, top, right, bottom). Every position is equally likely.

    Raises ValueError for a bad size or padding, and for images smaller than the crop.

    >>> image = np.arange(9).reshape(1, 3, 3)
    >>> RandomCrop(2)(image, np.array([0.9, 0.0])).tolist()
    [[[3, 4], [6, 7]]]
    """

    draws = 2

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] = 0,
        fill: float = 0,
        *,
        layout: Layout = "CHW",
    ) -> None:
        super().__init__(layout=layout)
        self.size = _pair("size", size, minimum=1)
        self.padding = _borders(padding)
        self.fill = fill

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        padded = _pad(images, self.padding, self.fill) if any(self.padding) else images
        positions = np.array(_room(padded, self.size)) + 1
        top, left = (random * positions).astype(np.int64).T
        # A view of every window: moving it and moving inside it are the same strides.
        windows = np.lib.stride_tricks.as_strided(
            padded,
            (*padded.shape[:2], *positions, *self.size),
            (*padded.strides, *padded.strides[2:]),
        )
        return windows[np.arange(len(images)), :, top, left]


class CenterCrop(Transform):
    """Cut `size` out of the middle; `size` is a height and a width, or one number for both.

    Raises ValueError for a bad size, and for images smaller than the crop.

    >>> CenterCrop(1)(np.arange(9).reshape(1, 3, 3)).tolist()
    [[[4]]]
    """

    def __init__(self, size: int | Sequence[int], *, layout: Layout = "CHW") -> None:
        super().__init__(layout=layout)
        self.size = _pair("size", size, minimum=1)

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        height, width = self.size
        top, left = (round(room / 2) for room in _room(images, self.size))
        return images[:, :, top : top + height, left : left + width].copy()


class ColorJitter(Transform):
    """Change brightness, contrast and saturation by random factors, in random order.

    Each is a strength `s`, for factors from max(0, 1 - s) to 1 + s, or a pair (least, most).
    Images are uint8, or floats from 0 to 1, with 1 or 3 channels, and keep their dtype.

    Raises ValueError for bad strengths, TypeError for images of another dtype.

    >>> jitter = ColorJitter(brightness=(2, 2))
    >>> jitter(np.array([[[10, 200]]], np.uint8), np.zeros(4)).tolist()
    [[[20, 255]]]
    """

    draws = 4

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        *,
        layout: Layout = "CHW",
    ) -> None:
        super().__init__(layout=layout)
        strengths = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        self.ranges = np.array([_factors(name, value) for name, value in strengths.items()])

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        if images.dtype != np.uint8 and images.dtype.kind != "f":
            raise TypeError(f"ColorJitter takes uint8 or floating images, got {images.dtype}")
        if images.shape[1] not in (1, 3):
            raise ValueError(f"ColorJitter takes 1 or 3 channels, got {images.shape[1]}")
        whole = images.dtype == np.uint8
        work = np.dtype(np.float32) if whole else images.dtype
        least, most = self.ranges.T
        factors = (least + random[:, :3] * (most - least)).astype(work)[:, :, None, None, None]
        orders = (random[:, 3] * len(ORDERS)).astype(np.int64)
        out = images.astype(work)
        for number in np.unique(orders):
            rows = np.flatnonzero(orders == number)
            part = out[rows]
            for which in ORDERS[number]:
                if (self.ranges[which] != 1).any():
                    part = _blend(part, _far_end(part, which, whole), factors[rows, which], whole)
            out[rows] = part
        return out.astype(images.dtype)


class Normalize(Transform):
    """(image - mean) / std for each channel, as float32.

    `mean` and `std` are in units of the image: from 0 to 255 for uint8.

    Raises ValueError unless both have one number a channel, and std is above 0.

    >>> Normalize([2.0], [0.5])(np.array([[[1, 3]]], np.uint8))
    array([[[-2.,  2.]]], dtype=float32)
    """

    def __init__(
        self, mean: Sequence[float], std: Sequence[float], *, layout: Layout = "CHW"
    ) -> None:
        super().__init__(layout=layout)
        self.mean = np.asarray(mean, np.float32).reshape(-1, 1, 1)
        self.std = np.asarray(std, np.float32).reshape(-1, 1, 1)
        if len(self.mean) != len(self.std) or not (self.std > 0).all():
            raise ValueError(
                f"mean and std must have one number a channel, and std be above 0, "
                f"got mean={mean} and std={std}"
            )

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        if images.shape[1] != len(self.mean):
            raise ValueError(
                f"Normalize has means for {len(self.mean)} channels, "
                f"but the images have {images.shape[1]}"
            )
        out = images.astype(np.float32, copy=not overwrite)
        out -= self.mean
        out /= self.std
        return out


def _check_layout(image: Images, layout: Layout) -> None:
    if not isinstance(image, np.ndarray) or image.ndim not in (3, 4):
        got = f"shape {image.shape}" if hasattr(image, "shape") else type(image).__name__
        axes = ", ".join(layout)
        raise ValueError(f"an image must be an array ({axes}), or (N, {axes}) a batch, got {got}")
    first, last = image.shape[-3], image.shape[-1]
    channels, other = (first, last) if layout == "CHW" else (last, first)
    if channels > 4 and other in (1, 3, 4):
        likely = "HWC" if layout == "CHW" else "CHW"
        raise ValueError(
            f"an image of shape {image.shape[-3:]} looks like {likely}, but layout is {layout!r}; "
            f"pass layout={likely!r} to the transform, or move the channels"
        )


def _pair(name: str, value: int | Sequence[int], minimum: int) -> tuple[int, int]:
    pair = (value, value) if isinstance(value, int | np.integer) else tuple(value)
    if len(pair) != 2 or not all(
        isinstance(n, int | np.integer) and n >= minimum and not isinstance(n, bool) for n in pair
    ):
        kind = "positive" if minimum else "non-negative"
        raise ValueError(f"{name} must be one or two {kind} integers, got {value!r}")
    return int(pair[0]), int(pair[1])


def _borders(padding: int | Sequence[int]) -> tuple[int, int, int, int]:
    """How many pixels are added left, top, right and bottom."""
    if not isinstance(padding, int | np.integer) and len(padding) == 4:
        return *_pair("padding", padding[:2], 0), *_pair("padding", padding[2:], 0)
    return _pair("padding", padding, 0) * 2


def _pad(images: Images, padding: tuple[int, int, int, int], fill: float) -> Images:
    left, top, right, bottom = padding
    n, c, height, width = images.shape
    padded = np.full((n, c, top + height + bottom, left + width + right), fill, images.dtype)
    padded[:, :, top : top + height, left : left + width] = images
    return padded


def _room(images: Images, size: tuple[int, int]) -> tuple[int, int]:
    """How far a crop of `size` can move down and to the right."""
    height, width = images.shape[2:]
    if size[0] > height or size[1] > width:
        raise ValueError(
            f"a crop of {size[0]} x {size[1]} is larger than the image of {height} x {width}; "
            "make the crop smaller or use RandomCrop with padding"
        )
    return height - size[0], width - size[1]


def _factors(name: str, strength: float | Sequence[float]) -> tuple[float, float]:
    if isinstance(strength, Sequence):
        least, most = strength
    else:
        least, most = max(0.0, 1 - strength), 1 + strength
    if not 0 <= least <= most or (not isinstance(strength, Sequence) and strength < 0):
        raise ValueError(
            f"{name} must be a number of at least 0, or two in rising order, got {strength!r}"
        )
    return least, most


def _far_end(images: Images, which: int, whole: bool) -> Images:
    """What factor 0 makes of images: black, their mean gray, or their gray."""
    if which == 0:
        return np.zeros((), images.dtype)
    gray = images
    if images.shape[1] == 3:
        red, green, blue = (images[:, k : k + 1] * GRAY[k] for k in range(3))
        gray = np.floor(red + green + blue) if whole else red + green + blue
    if which == 2:
        return gray
    means: Images = gray.reshape(len(gray), -1).mean(axis=1, dtype=np.float64)
    return means.astype(images.dtype)[:, None, None, None]


def _blend(images: Images, end: Images, factor: Images, whole: bool) -> Images:
    mixed: Images = images * factor + end * (1 - factor)
    return np.floor(mixed.clip(0, 255)) if whole else mixed.clip(0, 1)
