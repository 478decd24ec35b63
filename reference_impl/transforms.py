"""Transforms: what is done to an image between the dataset and the batch.

Names and arguments follow `torchvision.transforms.v2`. A transform takes one image (C, H, W) or a
batch (N, C, H, W), or with `layout="HWC"` (H, W, C) and (N, H, W, C), and never changes its input.
A random one does not draw: it declares in `draws` how many uniform numbers an image takes, and is
called as `transform(image, random)`. The same numbers give the same image, alone or in a batch.
Every transform is one method, `apply`, on a batch; a single image is a batch of one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from reference_impl.sampler import check_integer

Layout = Literal["CHW", "HWC"]
Images = NDArray[Any]
Random = NDArray[np.float64]
Size = int | Sequence[int]

CHANNELS_FIRST = {"CHW": (0, 1, 2, 3), "HWC": (0, 3, 1, 2)}
AND_BACK = {"CHW": (0, 1, 2, 3), "HWC": (0, 2, 3, 1)}
GRAY = np.array([0.2989, 0.587, 0.114], np.float32)


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
        images = images.transpose(CHANNELS_FIRST[self.layout])
        images = self.apply(images, self._numbers(random, image.shape[:-3]))
        images = images.transpose(AND_BACK[self.layout])
        return images if image.ndim == 4 else images[0]

    @abstractmethod
    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        """The transformed batch of (N, C, H, W); `random` has shape (N, draws).

        What is returned shares no memory with `images`, unless it is `images` itself, unchanged,
        or `overwrite` allows to write into them.
        """

    def _numbers(self, random: Any, batch: tuple[int, ...]) -> Random:
        """The random numbers of a batch, (N, draws), as they were given or from the Generator."""
        shape = (*batch, self.draws)
        if isinstance(random, np.random.Generator):
            random = random.random(shape)
        numbers = np.asarray(random if self.draws else np.empty(shape), np.float64)
        if numbers.shape != shape:
            raise ValueError(
                f"{type(self).__name__} takes random numbers of shape {shape}, got "
                f"{'none' if random is None else numbers.shape}; pass an np.random.Generator or "
                "such an array, or wrap the dataset in TransformedDataset"
            )
        if not ((numbers >= 0) & (numbers < 1)).all():
            raise ValueError(f"random must be in [0, 1), got {numbers.min()} to {numbers.max()}")
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
        images = images.transpose(AND_BACK[self.layout])
        results = np.stack([self.function(image) for image in images])
        return results.transpose(CHANNELS_FIRST[self.layout])


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
        start, given = 0, images
        for transform in self.transforms:
            numbers = random[:, start : start + transform.draws]
            # Other images than those given are our own.
            images = transform.apply(images, numbers, overwrite or images is not given)
            start += transform.draws
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
    """Cut out `size` at random, after adding `padding` black pixels at all four sides.

    `size` is a height and a width, or one number for both. Every position is equally likely.

    Raises ValueError for a bad size or padding, and for images smaller than the crop.

    >>> image = np.arange(9).reshape(1, 3, 3)
    >>> RandomCrop(2)(image, np.array([0.9, 0.0])).tolist()
    [[[3, 4], [6, 7]]]
    """

    draws = 2

    def __init__(self, size: Size, padding: int = 0, *, layout: Layout = "CHW") -> None:
        super().__init__(layout=layout)
        self.size = _height_and_width(size)
        self.padding = check_integer("padding", padding, minimum=0)

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        if self.padding:
            images = _pad(images, self.padding)
        windows = _windows(images, self.size)
        top, left = (random * windows.shape[2:4]).astype(np.int64).T
        return windows[np.arange(len(images)), :, top, left]


class CenterCrop(Transform):
    """Cut `size` out of the middle; `size` is a height and a width, or one number for both.

    Raises ValueError for a bad size, and for images smaller than the crop.

    >>> CenterCrop(1)(np.arange(9).reshape(1, 3, 3)).tolist()
    [[[4]]]
    """

    def __init__(self, size: Size, *, layout: Layout = "CHW") -> None:
        super().__init__(layout=layout)
        self.size = _height_and_width(size)

    def apply(self, images: Images, random: Random, overwrite: bool = False) -> Images:
        windows = _windows(images, self.size)
        top, left = (round((count - 1) / 2) for count in windows.shape[2:4])
        return windows[:, :, top, left].copy()


class ColorJitter(Transform):
    """Change brightness, contrast and saturation by random factors, in this order.

    Each is a strength `s`, for factors from max(0, 1 - s) to 1 + s, or a pair (least, most).
    Images are uint8, or floats from 0 to 1, with 1 or 3 channels, and keep their dtype.

    Raises ValueError for bad strengths, TypeError for images of another dtype.

    >>> jitter = ColorJitter(brightness=(2, 2))
    >>> jitter(np.array([[[10, 200]]], np.uint8), np.zeros(3)).tolist()
    [[[20, 255]]]
    """

    draws = 3

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
        brightest = 255 if images.dtype == np.uint8 else 1
        out = images.astype(np.result_type(images, np.float32), order="C")
        least, most = self.ranges.T
        factors = (least + random * (most - least)).astype(out.dtype)[..., None, None, None]
        for which in np.flatnonzero((self.ranges != 1).any(axis=1)).tolist():
            factor = factors[:, which]
            end = _far_end(out, which) * (1 - factor)
            out *= factor
            out += end
            out.clip(0, brightest, out=out)
        if images.dtype == np.uint8:
            np.rint(out, out=out)
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
    likely: Layout = "HWC" if layout == "CHW" else "CHW"
    channels, elsewhere = (image.shape[axes.index("C") - 3] for axes in (layout, likely))
    if channels > 4 and elsewhere in (1, 3, 4):
        raise ValueError(
            f"an image of shape {image.shape[-3:]} looks like {likely}, but layout is {layout!r}; "
            f"pass layout={likely!r} to the transform, or move the channels"
        )


def _height_and_width(size: Size) -> tuple[int, int]:
    pair = (size, size) if isinstance(size, int | np.integer) else tuple(size)
    if len(pair) != 2 or not all(isinstance(n, int | np.integer) and n > 0 for n in pair):
        raise ValueError(f"size must be one or two positive integers, got {size!r}")
    return int(pair[0]), int(pair[1])


def _pad(images: Images, padding: int) -> Images:
    n, c, height, width = images.shape
    padded = np.zeros((n, c, height + 2 * padding, width + 2 * padding), images.dtype)
    padded[:, :, padding:-padding, padding:-padding] = images
    return padded


def _windows(images: Images, size: tuple[int, int]) -> Images:
    """Every crop of `size`, as a view (N, C, top, left, height, width)."""
    height, width = images.shape[2:]
    if size[0] > height or size[1] > width:
        raise ValueError(
            f"a crop of {size[0]} x {size[1]} is larger than the image of {height} x {width}; "
            "make the crop smaller or use RandomCrop with padding"
        )
    # As sliding_window_view, which takes three times as long.
    shape = (*images.shape[:2], height - size[0] + 1, width - size[1] + 1, *size)
    return as_strided(images, shape, (*images.strides, *images.strides[2:]))


def _factors(name: str, strength: float | Sequence[float]) -> tuple[float, float]:
    if isinstance(strength, Sequence):
        least, most = strength
    else:
        least, most = max(0.0, 1 - strength), 1 + strength
    if not 0 <= least <= most:
        raise ValueError(
            f"{name} must be a number of at least 0, or two in rising order, got {strength!r}"
        )
    return least, most


def _far_end(images: Images, which: int) -> Images:
    """What factor 0 makes of images: black, their mean gray, or their gray."""
    if which == 0:
        return np.zeros((), images.dtype)
    gray = np.einsum("nchw,c->nhw", images, GRAY)[:, None] if images.shape[1] == 3 else images
    return gray if which == 2 else gray.mean(axis=(1, 2, 3), keepdims=True)
