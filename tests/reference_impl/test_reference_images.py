"""Digits and ImageFolder."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import reference_impl
from reference_impl import DataLoader, Digits, ImageFolder


def save(path: Path, color: tuple[int, int, int] = (1, 2, 3), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (5, 4), color).convert(mode).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    save(tmp_path / "dog" / "b.png")
    save(tmp_path / "dog" / "a.PNG", color=(200, 0, 0))
    save(tmp_path / "cat" / "deep" / "c.bmp")
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "cat" / "._c.png").write_text("left by a file manager")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "README.md").write_text("no class")
    return tmp_path


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def test_classes_and_files_are_sorted_and_suffixes_count_in_any_case(root: Path) -> None:
    folder = ImageFolder(root)
    assert folder.classes == ["cat", "dog"]
    assert folder.class_to_idx == {"cat": 0, "dog": 1}
    assert [path.name for path, _ in folder.samples] == ["c.bmp", "a.PNG", "b.png"]
    assert folder.targets == [0, 1, 1] and len(folder) == 3


def test_many_files_are_sorted_too(tmp_path: Path) -> None:
    names = [f"{number:02}.png" for number in range(30)]
    for name in (*names[::2], *names[:0:-2]):
        save(tmp_path / "a" / name)
    assert [path.name for path, _ in ImageFolder(tmp_path).samples] == names


def test_images_are_rgb_with_channels_first_unless_said(root: Path) -> None:
    image, label = ImageFolder(root)[1]
    assert image.shape == (3, 4, 5) and image.dtype == np.uint8 and label == 1
    assert image[:, 0, 0].tolist() == [200, 0, 0]
    assert image.flags.writeable and image.flags.c_contiguous
    assert ImageFolder(root, layout="HWC")[1][0].shape == (4, 5, 3)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_images_of_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    save(tmp_path / "a" / "1.png", color=(255, 255, 255), mode=mode)
    image, _ = ImageFolder(tmp_path)[0]
    assert image.shape == (3, 4, 5) and image.min() == 255


def test_the_transform_is_applied_to_the_image(root: Path) -> None:
    image, _ = ImageFolder(root, transform=lambda image: image.mean())[0]
    assert image == 2.0


def test_a_loader_stacks_the_images_of_a_folder(root: Path) -> None:
    images, labels = next(iter(DataLoader(ImageFolder(root), 3)))
    assert images.shape == (3, 3, 4, 5) and labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("kept", [0, 0.02, 0.5])
def test_a_broken_image_is_named(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / "a" / f"1{suffix}"
    save(path)
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    folder = ImageFolder(tmp_path)
    with pytest.raises(ValueError) as caught:
        folder[0]
    assert str(caught.value).startswith(f"{path} is not a whole image that Pillow can read: ")


def test_an_image_that_has_gone_is_not_called_broken(root: Path) -> None:
    folder = ImageFolder(root)
    folder.samples[0][0].unlink()
    with pytest.raises(FileNotFoundError):
        folder[0]


def test_folders_without_classes_or_images_are_refused(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "absent"):
        message = f"{root} must be a folder with one subfolder a class"
        fails(FileNotFoundError, message, ImageFolder, root)
    (tmp_path / "empty").mkdir()
    message = (
        f"{tmp_path / 'empty'} holds no image; a file must end in "
        ".bmp, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff, .webp"
    )
    fails(FileNotFoundError, message, ImageFolder, tmp_path)


def test_a_wrong_layout_is_refused(root: Path) -> None:
    message = "layout must be 'CHW' or 'HWC', got 'WHC'"
    fails(ValueError, message, ImageFolder, root, layout="WHC")


def test_an_image_index_out_of_range_is_refused(root: Path) -> None:
    folder = ImageFolder(root)
    message = "index 3 is out of range for a dataset of 3 samples"
    fails(IndexError, message, folder.__getitem__, 3)
    assert folder[-1][1] == 1


def test_digits_are_what_they_say() -> None:
    digits = Digits()
    assert digits.images.shape == (1797, 1, 8, 8) and digits.images.dtype == np.uint8
    assert digits.labels.shape == (1797,) and digits.labels.dtype == np.int64
    assert (digits.images.min(), digits.images.max()) == (0, 16)
    assert digits.labels[:10].tolist() == list(range(10))
    assert np.bincount(digits.labels).min() > 170


def test_a_class_mean_reads_most_digits() -> None:
    train, test = Digits("train"), Digits("test")
    means = np.stack([train.images[train.labels == label].mean(axis=0) for label in range(10)])
    distances = ((test.images[:, None] - means[None]) ** 2).sum(axis=(2, 3, 4))
    assert (distances.argmin(axis=1) == test.labels).mean() > 0.8


def test_the_splits_of_digits_are_a_partition() -> None:
    whole, train, test = Digits(), Digits("train"), Digits("test")
    assert np.array_equal(np.concatenate([train.images, test.images]), whole.images)
    assert np.array_equal(np.concatenate([train.labels, test.labels]), whole.labels)
    assert set(test.labels.tolist()) == set(range(10))
    message = "split must be 'train', 'test' or None, got 'valid'"
    fails(ValueError, message, Digits, "valid")


def test_the_digits_file_names_its_source_and_licence() -> None:
    text = (Path(reference_impl.__file__).parent / "data" / "README.md").read_text()
    assert "10.24432/C50P49" in text and "CC BY 4.0" in text


def test_everything_exported_exists_and_importing_it_brings_no_pillow() -> None:
    assert sorted(reference_impl.__all__) == sorted(set(reference_impl.__all__))
    for name in reference_impl.__all__:
        assert getattr(reference_impl, name).__doc__
    code = "import sys, reference_impl; print([m for m in ('PIL', 'torch') if m in sys.modules])"
    parent = Path(reference_impl.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
