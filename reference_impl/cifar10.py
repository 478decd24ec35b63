"""CIFAR10: 60,000 small photos in ten classes, from either release of its files.

The binary release holds records of 3073 bytes: a label, then the red, the green and the blue
plane of 32 x 32. The python release holds pickles of the same bytes. A pickle can name functions
to be called when it is read; here the few names that these files need are given harmless
stand-ins, and any other name is refused.
"""

import os
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import TensorDataset
from reference_impl.download import Progress, download

PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS

Release = Literal["binary", "python"]
FILES: dict[Release, str] = {
    "binary": "cifar-10-batches-bin/{}.bin",
    "python": "cifar-10-batches-py/{}",
}


class CIFAR10(TensorDataset):
    """Small photos: samples are (image, label), read from `root` into memory.

    An image is uint8 of shape (3, 32, 32); a label is an int64 from 0 to 9, an index of
    `classes`. `images` (n, 3, 32, 32) and `labels` (n,) are the whole arrays.

    `release` is "binary" or "python"; with None it is the one that is there, or else "binary".
    `download=True` brings the archive of a release that is not there (`progress` as in
    `download`), from `urls` and checked against `checksums`, which a subclass may change.

    Raises ValueError for another release and, naming it, for a file that is not what it should
    be; FileNotFoundError for an absent one; what `download` raises.
    """

    urls: ClassVar[dict[Release, str]] = {
        "binary": "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "python": "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    }
    checksums: ClassVar[dict[Release, str]] = {
        "binary": "md5:c32a1d4ab5d03f1284b67883e8d87530",
        "python": "md5:c58f30108f718f92721af3b95e74349a",
    }
    classes = (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    )

    def __init__(
        self,
        root: str | PathLike[str],
        train: bool = True,
        download: bool = False,
        *,
        release: Release | None = None,
        progress: Progress | None = None,
    ) -> None:
        if release is not None and release not in FILES:
            raise ValueError(f"release must be 'binary', 'python' or None, got {release!r}")
        self.root = Path(root)
        there = [r for r in FILES if all((self.root / name).is_file() for name in _names(r))]
        self.release: Release = release or (there[0] if there else "binary")
        if download and self.release not in there:
            self._download(progress)
        *training, test = [self.root / name for name in _names(self.release)]
        batches = [self._read(path) for path in (training if train else [test])]
        self.images = np.concatenate([images for images, _ in batches])
        self.labels = np.concatenate([labels for _, labels in batches])
        super().__init__(self.images, self.labels)

    def _download(self, progress: Progress | None) -> None:
        url = self.urls[self.release]
        archive = self.root / url.rpartition("/")[2]
        download(url, archive, self.checksums[self.release], progress)
        extract(archive, self.root, _names(self.release))

    def _read(self, path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        try:
            images, labels = (_read_pickle if self.release == "python" else _read_binary)(path)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{path} is missing; use download=True, or unpack "
                f"{self.urls[self.release].rpartition('/')[2]} into {self.root}"
            ) from None
        wrong = labels[(labels < 0) | (labels > 9)]
        if len(wrong):
            raise ValueError(f"{path}: expected labels from 0 to 9, got {wrong[0]}")
        return images.reshape(-1, 3, 32, 32), labels


def extract(archive: Path, folder: Path, names: list[str]) -> None:
    """Unpack the files `names` of the tar file `archive` into `folder`, and nothing else.

    Each gets its name when it is whole. Raises ValueError if the archive is broken or lacks one.
    """
    import shutil
    import tarfile
    import zlib

    missing = set(names)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                wanted = member.name in missing and member.isreg()
                source = tar.extractfile(member) if wanted else None
                if source is None:
                    continue
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                part = target.with_name(target.name + ".part")
                with source, part.open("wb") as file:
                    shutil.copyfileobj(source, file)
                os.replace(part, target)
                missing.remove(member.name)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise ValueError(f"{archive} is not a whole .tar.gz file: {error}") from None
    if missing:
        raise ValueError(f"{archive} holds no file {min(missing)}; expected {len(names)} batches")


def _names(release: Release) -> list[str]:
    """The five files of the training set and the one of the test set."""
    batches = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    return [FILES[release].format(batch) for batch in batches]


def _read_binary(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    data = np.fromfile(path, dtype=np.uint8)
    if not len(data) or len(data) % RECORD:
        raise ValueError(
            f"{path} has {len(data)} bytes; expected records of {RECORD} bytes, at least one"
        )
    records = data.reshape(-1, RECORD)
    return records[:, 1:], records[:, 0].astype(np.int64)


def _read_pickle(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with path.open("rb") as file:
        try:
            batch = _unpickle(file)
            fields = {k.decode() if isinstance(k, bytes) else k: v for k, v in batch.items()}
            images, labels = fields["data"].to_numpy(), np.array(fields["labels"], dtype=np.int64)
            if images.shape != (len(labels), PIXELS):
                raise ValueError(f"data has shape {images.shape}, with {len(labels)} labels")
        except Exception as error:
            raise ValueError(
                f"{path} is not a batch of CIFAR-10, expected a pickled dict with data, "
                f"uint8 of shape (n, {PIXELS}), and n labels: {error}"
            ) from None
    return images, labels


def _unpickle(file: Any) -> Any:
    """The pickle in `file`, which cannot call anything but the stand-ins."""
    import pickle

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) not in STAND_INS:
                raise pickle.UnpicklingError(f"it names {f'{module}.{name}'!r}, which was not run")
            return STAND_INS[module, name]

    return Unpickler(file, encoding="bytes").load()


class _PickledDtype:
    def __init__(self, name: Any, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        pass


class _PickledArray:
    """Takes what a pickle says of an array: version, shape, dtype, column order and bytes."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, self.by_column, self.data = state

    def to_numpy(self) -> NDArray[np.uint8]:
        if self.dtype.name not in ("u1", b"u1"):
            raise ValueError(f"data has dtype {self.dtype.name!r}")
        order: Literal["F", "C"] = "F" if self.by_column else "C"
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.shape, order=order)


def _encode(text: str, _: Any) -> bytes:
    return text.encode("latin-1")


STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy", "ndarray"): _PickledArray,
    ("numpy", "dtype"): _PickledDtype,
    ("_codecs", "encode"): _encode,  # how Python 3 writes bytes in the old format
}
