"""ImageFolder: a folder of images with one subfolder a class.

Only paths are kept in memory; an image is read and decoded when asked for. Pillow decodes, and is
imported by the first read.
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Literal, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import Dataset, check_index

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


class ImageFolder(Dataset[tuple[Any, int]]):
    """Images under `root/class name/`, at any depth; samples are (image, class index).

    Classes are the sorted folder names, and files are sorted within a class. Suffixes count in
    any case, and names that start with a dot do not count. An image is RGB, uint8, of shape
    (3, H, W), or (H, W, 3) with `layout="HWC"`; `transform` is applied to it. `classes`,
    `class_to_idx`, `samples` (path and class index) and `targets` are as in torchvision.

    Raises FileNotFoundError for a root without class folders or a class without images,
    ValueError for another layout and, when it is read, for a file that is not a whole image.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("dog", "cat"):
    ...         (Path(root) / name).mkdir()
    ...         Image.new("RGB", (5, 4), "white").save(Path(root) / name / "1.PNG")
    ...     folder = ImageFolder(root)
    ...     image, label = folder[1]
    >>> folder.classes, image.shape, label
    (['cat', 'dog'], (3, 4, 5), 1)
    """

    def __init__(
        self,
        root: str | PathLike[str],
        transform: Callable[[NDArray[np.uint8]], Any] | None = None,
        layout: Literal["CHW", "HWC"] = "CHW",
    ) -> None:
        if layout not in ("CHW", "HWC"):
            raise ValueError(f"layout must be 'CHW' or 'HWC', got {layout!r}")
        self.root = Path(root)
        self.transform = transform
        self.layout = layout
        self.classes = sorted(
            entry.name
            for entry in (self.root.iterdir() if self.root.is_dir() else ())
            if entry.is_dir() and not entry.name.startswith(".")
        )
        if not self.classes:
            raise FileNotFoundError(f"{self.root} must be a folder with one subfolder a class")
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.samples = [
            (path, index)
            for name, index in self.class_to_idx.items()
            for path in _images_below(self.root / name)
        ]
        self.targets = [index for _, index in self.samples]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, int]:
        path, target = self.samples[check_index(index, len(self))]
        image = read_image(path, self.layout)
        return (self.transform(image) if self.transform else image), target


def read_image(path: Path, layout: Literal["CHW", "HWC"] = "CHW") -> NDArray[np.uint8]:
    """The image at `path` as RGB, uint8, of shape (3, H, W), or (H, W, 3) with `layout="HWC"`.

    Raises ValueError, naming the file, if it is not a whole image.
    """
    try:
        return decode_image(path, layout)
    except (FileNotFoundError, ImportError):
        raise
    except Exception as error:
        raise ValueError(f"{path} is not a whole image that Pillow can read: {error}") from error


def decode_image(
    source: Path | BinaryIO, layout: Literal["CHW", "HWC"] = "CHW"
) -> NDArray[np.uint8]:
    """The image in a file that is open or at a path, as `read_image` gives it.

    Raises whatever Pillow raises if it is not a whole image.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "reading images needs Pillow; install it with: pip install pillow"
        ) from None
    with Image.open(source) as image:
        rgb = image if image.mode == "RGB" else image.convert("RGB")
        if layout == "HWC":
            return np.array(rgb)
        # Pillow takes the planes apart faster than NumPy moves the axes.
        planes = bytearray().join(rgb.tobytes("raw", plane) for plane in "RGB")
        return np.frombuffer(planes, np.uint8).reshape(3, rgb.height, rgb.width)


def _images_below(folder: Path) -> list[Path]:
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )
    if not paths:
        raise FileNotFoundError(
            f"{folder} holds no image; a file must end in {', '.join(SUFFIXES)}"
        )
    return paths
