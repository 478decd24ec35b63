"""Transforms: laws that hold for an image and for a batch, and what is refused."""

import time
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import (
    CenterCrop,
    ColorJitter,
    Compose,
    CutMix,
    DataLoader,
    Digits,
    Lambda,
    Mixup,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    Subset,
    TransformedDataset,
    random_split,
)
from reference_impl.transforms import Transform

MEAN, STD = [100.0, 120.0, 140.0], [50.0, 60.0, 70.0]
TRANSFORMS: dict[str, Any] = {
    "flip": lambda **layout: RandomHorizontalFlip(**layout),
    "crop": lambda **layout: RandomCrop((5, 4), **layout),
    "padded crop": lambda **layout: RandomCrop(8, padding=2, **layout),
    "center": lambda **layout: CenterCrop((4, 5), **layout),
    "jitter": lambda **layout: ColorJitter(0.4, (0.5, 2), 0.9, **layout),
    "normalize": lambda **layout: Normalize(MEAN, STD, **layout),
    "function": lambda **layout: Lambda(np.negative, **layout),
    "all": lambda **layout: Compose(
        [
            ColorJitter(0.3, 0.3, 0.3, **layout),
            RandomCrop(6, padding=2, **layout),
            RandomHorizontalFlip(**layout),
            CenterCrop(5, **layout),
            Normalize(MEAN, STD, **layout),
            np.abs,
            RandomHorizontalFlip(**layout),
        ]
    ),
}


def images(n: int, seed: int = 0, dtype: Any = np.uint8, shape: Any = (3, 7, 6)) -> Any:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (n, *shape), dtype=np.uint8)
    return pixels if dtype == np.uint8 else (pixels / 255).astype(dtype)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@given(n=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_batch_is_its_images_one_by_one_to_the_bit(
    name: str, dtype: Any, n: int, seed: int
) -> None:
    transform = TRANSFORMS[name]()
    batch = images(n, seed, dtype)
    before = batch.copy()
    random = np.random.default_rng(seed).random((n, transform.draws))
    together = transform(batch, random)
    alone = [transform(image, row) for image, row in zip(batch, random, strict=True)]
    assert np.array_equal(together, np.stack(alone))
    assert together.dtype == alone[0].dtype
    assert np.array_equal(batch, before)
    drawn = transform(batch, np.random.default_rng(seed))
    assert np.array_equal(drawn, together)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_input_can_be_read_only_and_shares_nothing_with_the_output(name: str) -> None:
    batch = images(4)
    batch.flags.writeable = False
    result = TRANSFORMS[name]()(batch, np.random.default_rng(0))
    assert not np.shares_memory(batch, result)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("single", [False, True])
def test_a_layout_only_moves_the_axes(name: str, single: bool) -> None:
    batch = images(5)
    random = np.random.default_rng(1).random((5, TRANSFORMS[name]().draws))
    random = random[0] if single else random
    image = batch[0] if single else batch
    expected = TRANSFORMS[name]()(image, random)
    last = TRANSFORMS[name](layout="HWC")(np.moveaxis(image, -3, -1), random)
    assert np.array_equal(np.moveaxis(last, -1, -3), expected)


@pytest.mark.parametrize("name", ["flip", "crop", "padded crop", "center", "jitter"])
def test_uint8_stays_uint8_and_normalized_is_float32(name: str) -> None:
    rng = np.random.default_rng(0)
    assert TRANSFORMS[name]()(images(2), rng).dtype == np.uint8
    for dtype in (np.uint8, np.int64, np.float64):
        assert Normalize(MEAN, STD)(images(2).astype(dtype)).dtype == np.float32


def test_a_flip_mirrors_the_columns_with_its_probability() -> None:
    batch = np.tile(np.arange(3, dtype=np.uint8), (10_000, 1, 1, 1))
    for p in (0, 0.3, 1):
        result = RandomHorizontalFlip(p)(batch, np.random.default_rng(0))
        mirrored = result[:, 0, 0, 0] == 2
        assert np.array_equal(result[mirrored], batch[mirrored][..., ::-1])
        assert np.array_equal(result[~mirrored], batch[~mirrored])
        assert abs(mirrored.mean() - p) < 5 * np.sqrt(p * (1 - p) / 10_000) + 1e-12


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 3))
def test_a_crop_reaches_every_offset_equally_often(height: int, width: int, padding: int) -> None:
    image = np.arange(1, 37).reshape(1, 6, 6)
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    down, right = 6 + 2 * padding - height + 1, 6 + 2 * padding - width + 1
    crop = RandomCrop((height, width), padding)
    for top in range(down):
        for left in range(right):
            middle = np.array([(top + 0.5) / down, (left + 0.5) / right])
            expected = padded[:, top : top + height, left : left + width]
            assert np.array_equal(crop(image, middle), expected)
    last = crop(image, np.full(2, np.nextafter(1, 0)))
    assert np.array_equal(last, padded[:, -height:, -width:])


def test_padding_is_black_and_the_same_at_all_four_sides() -> None:
    whole = RandomCrop(5, padding=2)(np.ones((1, 1, 1), int), np.zeros(2))
    expected = np.zeros((5, 5))
    expected[2, 2] = 1
    assert np.array_equal(whole[0], expected)


def test_a_padded_dataset_gives_the_same_crops_as_padding_each_batch() -> None:
    batch = images(20)
    random = np.random.default_rng(0).random((20, 2))
    beforehand = np.pad(batch, ((0, 0), (0, 0), (2, 2), (2, 2)))
    expected = RandomCrop((7, 6), padding=2)(batch, random)
    assert np.array_equal(RandomCrop((7, 6))(beforehand, random), expected)


@given(st.integers(1, 7), st.integers(1, 6))
def test_a_center_crop_leaves_the_same_on_both_sides_give_or_take_one(h: int, w: int) -> None:
    image = np.arange(42).reshape(1, 7, 6)
    first = int(CenterCrop((h, w))(image)[0, 0, 0])
    top, left = divmod(first, 6)
    assert abs(7 - h - 2 * top) <= 1 and abs(6 - w - 2 * left) <= 1


def test_without_strength_jitter_changes_nothing() -> None:
    for dtype in (np.uint8, np.float32):
        batch = images(4, dtype=dtype)
        assert np.array_equal(ColorJitter()(batch, np.random.default_rng(0)), batch)


def test_jitter_draws_its_factors_from_the_range_around_one() -> None:
    batch = np.full((5000, 1, 1, 1), 100.0 / 255)
    bright = ColorJitter(brightness=0.5)(batch, np.random.default_rng(0)).ravel() * 2.55
    assert 0.5 <= bright.min() < 0.51 and 1.49 < bright.max() <= 1.5
    assert abs(bright.mean() - 1) < 0.02
    gray = ColorJitter(saturation=(0, 0))(images(2), np.random.default_rng(0))
    assert (gray[:, 0] == gray[:, 1]).all() and (gray[:, 1] == gray[:, 2]).all()
    flat = ColorJitter(contrast=(0, 0))(images(2), np.random.default_rng(0))
    assert len(np.unique(flat[0])) == 1


@given(st.floats(0.1, 5), st.integers(2, 6), st.integers(0, 99))
@pytest.mark.parametrize("mixing", [Mixup, CutMix])
def test_mixed_labels_sum_to_one_and_tell_what_is_in_the_image(
    mixing: Any, alpha: float, n: int, seed: int
) -> None:
    labels = np.arange(n)
    batch = np.eye(n, dtype=np.float32)[labels][:, :, None, None].repeat(6, 2).repeat(5, 3)
    before = batch.copy()
    mixed, soft = mixing(alpha, num_classes=n)(batch, labels, seed)
    assert np.array_equal(batch, before)
    assert soft.dtype == np.float32 and soft.shape == (n, n)
    assert np.allclose(soft.sum(axis=1), 1) and (soft >= 0).all()
    assert np.allclose(mixed.mean(axis=(2, 3)), soft, atol=1e-5)
    assert np.allclose(np.diag(np.roll(soft, 1, axis=1)), soft[1, 0])  # partner: the one before


def test_mixing_keeps_as_much_as_beta_says_and_cutmix_keeps_the_dtype() -> None:
    batch, labels = images(2, shape=(3, 16, 16)), np.array([0, 1])
    kept = [Mixup(1.0, 2)(batch, labels, seed)[1][0, 0] for seed in range(500)]
    assert abs(np.mean(kept) - 0.5) < 5 * np.sqrt(1 / 12 / 500)
    assert CutMix(1.0, 2)(batch, labels, 0)[0].dtype == np.uint8
    assert Mixup(1.0, 2)(batch, labels, 0)[0].dtype == np.float32


Pair = namedtuple("Pair", ["image", "label"])
AUGMENT = Compose([RandomCrop(8, padding=2), RandomHorizontalFlip(), Normalize([8], [4])])


class Samples:
    """A dataset without `__getitems__`, of samples of any kind."""

    def __init__(self, wrap: Any) -> None:
        self.wrap, self.digits = wrap, Digits()

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, index: int) -> Any:
        return self.wrap(*self.digits[index])


@pytest.mark.parametrize("epoch", [0, 3])
def test_a_transformed_batch_is_its_samples_one_by_one(epoch: int) -> None:
    dataset = TransformedDataset(Digits(), AUGMENT, seed=5).at_epoch(epoch)
    picked = [3, -1, 700, 3]
    pixels, labels = dataset.__getitems__(picked)
    for row, index in enumerate(picked):
        image, label = dataset[index]
        assert np.array_equal(pixels[row], image) and labels[row] == label
    assert np.array_equal(dataset[-1][0], dataset[len(dataset) - 1][0])


@pytest.mark.parametrize(
    ("wrap", "field"),
    [
        (lambda image, label: (image, label), 0),
        (lambda image, label: [label, image], 1),
        (lambda image, label: {"image": image, "label": label}, "image"),
        (Pair, 0),
        (lambda image, label: image, 0),
    ],
)
def test_the_field_is_transformed_in_samples_of_every_kind(wrap: Any, field: Any) -> None:
    dataset = TransformedDataset(Samples(wrap), AUGMENT, field=field)  # type: ignore[arg-type]
    wanted = TransformedDataset(Digits(), AUGMENT)[9]
    for sample in (dataset[9], dataset.__getitems__([9])[0]):
        assert type(sample) is type(wrap(*Digits()[9]))
        image = sample if isinstance(sample, np.ndarray) else sample[field]
        assert np.array_equal(image, wanted[0])


def test_epochs_and_seeds_change_the_numbers_and_views_leave_each_other_alone() -> None:
    dataset = TransformedDataset(Digits(), AUGMENT, seed=1)
    first, second = dataset.at_epoch(1), dataset.at_epoch(2)
    batches = [d.__getitems__(range(50))[0] for d in (dataset, first, second)]
    batches.append(TransformedDataset(Digits(), AUGMENT, seed=2).__getitems__(range(50))[0])
    assert len({batch.tobytes() for batch in batches}) == 4
    assert np.array_equal(dataset.at_epoch(1).__getitems__(range(50))[0], batches[1])
    nested = TransformedDataset(Subset(dataset, [0, 1]), np.negative).at_epoch(2)
    assert np.array_equal(nested[1][0], -second[1][0])


def test_a_loader_augments_anew_each_epoch_and_the_same_whatever_the_batches() -> None:
    train, _ = random_split(Digits(), [100, 1697], seed=0)
    dataset = TransformedDataset(train, AUGMENT)

    def epoch(number: int, batch_size: int, collate: Any = None) -> Any:
        loader = DataLoader(dataset, batch_size, collate_fn=collate)
        loader.set_epoch(number)
        return np.concatenate([batch[0] for batch in loader])

    one = epoch(1, 7)
    assert np.array_equal(one, epoch(1, 100))
    assert np.array_equal(one, epoch(1, 1))
    assert np.array_equal(one, epoch(1, 9, lambda s: (np.stack([x for x, _ in s]), 0)))
    assert not np.array_equal(one, epoch(0, 7))


def test_a_plain_function_is_applied_to_each_image() -> None:
    dataset = TransformedDataset(Digits(), lambda image: image.sum())
    assert [x for x, _ in dataset.__getitems__([1, 2])] == [dataset[1][0], dataset[2][0]]


def test_a_batch_costs_a_fraction_of_its_images_one_by_one() -> None:
    transform = Compose([RandomCrop(32, padding=4), RandomHorizontalFlip(), Normalize(MEAN, STD)])
    batch = images(256, shape=(3, 32, 32))
    random = np.random.default_rng(0).random((256, 3))

    def cpu(work: Any) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    def together() -> None:
        for _ in range(10):
            transform(batch, random)

    def alone() -> None:
        for _ in range(10):
            for image, row in zip(batch, random, strict=True):
                transform(image, row)

    times = [(cpu(together), cpu(alone)) for _ in range(3)]
    assert min(t for _, t in times) > 4 * min(t for t, _ in times)


IMAGE = np.zeros((3, 8, 8), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: RandomHorizontalFlip(1.5),
            "p must be a probability from 0 to 1, got 1.5",
        ),
        (
            lambda: RandomCrop(0),
            "size must be one or two positive integers, got 0",
        ),
        (
            lambda: CenterCrop((4, 4, 4)),
            "size must be one or two positive integers, got (4, 4, 4)",
        ),
        (
            lambda: RandomCrop(4, padding=-1),
            "padding must be a non-negative integer, got -1",
        ),
        (
            lambda: RandomCrop(4, layout="NCHW"),  # type: ignore[arg-type]
            "layout must be 'CHW' or 'HWC', got 'NCHW'",
        ),
        (
            lambda: RandomCrop((9, 8))(IMAGE, np.zeros(2)),
            "a crop of 9 x 8 is larger than the image of 8 x 8; "
            "make the crop smaller or use RandomCrop with padding",
        ),
        (
            lambda: CenterCrop(9)(IMAGE),
            "a crop of 9 x 9 is larger than the image of 8 x 8; "
            "make the crop smaller or use RandomCrop with padding",
        ),
        (
            lambda: RandomCrop(4)(np.zeros((8, 8, 3)), np.zeros(2)),
            "an image of shape (8, 8, 3) looks like HWC, but layout is 'CHW'; "
            "pass layout='HWC' to the transform, or move the channels",
        ),
        (
            lambda: CenterCrop(2, layout="HWC")(IMAGE),
            "an image of shape (3, 8, 8) looks like CHW, but layout is 'HWC'; "
            "pass layout='CHW' to the transform, or move the channels",
        ),
        (
            lambda: CenterCrop(2)(np.zeros((8, 8))),
            "an image must be an array (C, H, W), or (N, C, H, W) a batch, got shape (8, 8)",
        ),
        (
            lambda: CenterCrop(2)([1]),  # type: ignore[arg-type]
            "an image must be an array (C, H, W), or (N, C, H, W) a batch, got list",
        ),
        (
            lambda: RandomCrop(4)(IMAGE),
            "RandomCrop takes random numbers of shape (2,), got none; pass an "
            "np.random.Generator or such an array, or wrap the dataset in TransformedDataset",
        ),
        (
            lambda: RandomCrop(4)(IMAGE[None], np.zeros(2)),
            "RandomCrop takes random numbers of shape (1, 2), got (2,); pass an "
            "np.random.Generator or such an array, or wrap the dataset in TransformedDataset",
        ),
        (
            lambda: RandomCrop(4)(IMAGE, np.array([0.0, 1.0])),
            "random must be in [0, 1), got 0.0 to 1.0",
        ),
        (
            lambda: Compose([RandomCrop(4), CenterCrop(2, layout="HWC")]),
            "transforms must have one layout, got CHW and HWC",
        ),
        (
            lambda: ColorJitter(contrast=-1),
            "contrast must be a number of at least 0, or two in rising order, got -1",
        ),
        (
            lambda: ColorJitter(saturation=(2, 1)),
            "saturation must be a number of at least 0, or two in rising order, got (2, 1)",
        ),
        (
            lambda: ColorJitter(1)(np.zeros((2, 4, 4)), np.zeros(3)),
            "ColorJitter takes 1 or 3 channels, got 2",
        ),
        (
            lambda: Normalize([1], [0]),
            "mean and std must have one number a channel, and std be above 0, "
            "got mean=[1] and std=[0]",
        ),
        (
            lambda: Normalize([1], [1])(IMAGE),
            "Normalize has means for 1 channels, but the images have 3",
        ),
        (lambda: Mixup(0, 2), "alpha must be above 0, got 0"),
        (lambda: CutMix(1, 0), "num_classes must be a positive integer, got 0"),
        (
            lambda: Mixup(1, 2)(IMAGE[None], np.array([0, 1]), 0),
            "Mixup takes a batch of images (N, C, H, W) with labels (N,), "
            "got shapes (1, 3, 8, 8) and (2,)",
        ),
        (
            lambda: CutMix(1, 2)(IMAGE[None], np.array([2]), 0),
            "labels must be integers from 0 to 1",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


def test_jitter_refuses_integers_whose_brightest_value_is_unknown() -> None:
    with pytest.raises(TypeError) as caught:
        ColorJitter(1)(IMAGE.astype(np.int64), np.zeros(3))
    assert str(caught.value) == "ColorJitter takes uint8 or floating images, got int64"


def test_a_transform_of_ones_own_is_one_method() -> None:
    class Noise(Transform):
        draws = 1

        def apply(self, images: Any, random: Any, overwrite: bool = False) -> Any:
            return images + random[:, :, None, None]

    result = Compose([Noise(), Noise()])(np.zeros((2, 1, 2, 2)), np.array([[0.1, 0.2], [0, 0.5]]))
    assert np.allclose(result[:, 0, 0, 0], [0.3, 0.5])


def test_a_transform_that_changes_nothing_does_not_give_the_input_away() -> None:
    class Same(Transform):
        def apply(self, images: Any, random: Any, overwrite: bool = False) -> Any:
            return images

    batch = images(3)
    before = batch.copy()
    result = Compose([Same(), RandomHorizontalFlip(1)])(batch, np.zeros((3, 1)))
    assert np.array_equal(batch, before) and np.array_equal(result, before[..., ::-1])


def test_normalizing_equals_torch_to_the_bit() -> None:
    torch = pytest.importorskip("torch")
    batch = images(8)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (MEAN, STD))
    theirs = torch.from_numpy(batch).to(torch.float32).sub_(mean).div_(std)
    assert np.array_equal(Normalize(MEAN, STD)(batch), theirs.numpy())
