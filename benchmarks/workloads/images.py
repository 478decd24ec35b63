"""W3: JPEG files, decoded by Pillow, with two workers."""

import multiprocessing
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads import peers
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, ImageFolder

BATCH_SIZE = 64
WORKERS = 2
CLASSES = 8


def jpeg_files(setting: Setting) -> Iterator[Workload]:
    """A folder of JPEG files, and the same files in two tar archives."""
    root = setting.folder / "jpeg"
    write_jpegs(root, setting.size(2_000, least=CLASSES * 16))
    folder = ImageFolder(root)
    base = "torch, 2 workers"
    yield Workload(
        "W3",
        "2,000 JPEG files of 224 x 224, decoded by Pillow, batches of 64; persistent workers",
        [
            Contestant(base, lambda: _torch(folder, WORKERS), needs="torch"),
            Contestant("ours, 2 processes", lambda: _ours(folder, WORKERS, "process")),
            Contestant("ours, 2 threads", lambda: _ours(folder, WORKERS, "thread")),
            Contestant("ours, no workers", lambda: _ours(folder, 0, "thread")),
            Contestant("torch, no workers", lambda: _torch(folder, 0), needs="torch"),
            Contestant(
                "webdataset, 2 workers",
                lambda: _webdataset(folder, setting.folder),
                needs="webdataset",
            ),
            Contestant("grain", lambda: peers.grain_batches(Files(folder), 64), needs="grain"),
            Contestant("naive loop", lambda: Epochs(lambda: _naive(folder))),
            Contestant("decode only, 2 processes", lambda: DecodeOnly(folder), limit=True),
        ],
        [Target("ours, 2 processes", 1.4), Target("ours, 2 threads", 1.2)],
    )


def write_jpegs(root: Path, count: int) -> None:
    """`count` JPEG files of 224 x 224, smooth as photographs are, in folders of classes."""
    rng = np.random.default_rng(0)
    for name in range(CLASSES):
        (root / f"class{name}").mkdir(parents=True)
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (28, 28, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((224, 224), Image.Resampling.BICUBIC))
        grain = rng.integers(-8, 9, smooth.shape)
        pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
        path = root / f"class{number % CLASSES}" / f"{number:05}.jpg"
        Image.fromarray(pixels).save(path, quality=90)


class Files:
    """A folder's images as samples (image of (3, H, W), class)."""

    def __init__(self, folder: ImageFolder) -> None:
        self.samples = folder.samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        path, label = self.samples[index]
        return _decode(path.read_bytes()), label


class DecodeOnly:
    """Two processes that open and decode the files, and hand nothing over: the limit."""

    def __init__(self, folder: ImageFolder) -> None:
        self.paths = [path for path, _ in folder.samples]
        self.pool = multiprocessing.get_context("spawn").Pool(WORKERS)

    def __iter__(self) -> Iterator[None]:
        return self.pool.imap_unordered(_decode_and_drop, self.paths, chunksize=BATCH_SIZE)

    def __del__(self) -> None:
        self.pool.terminate()
        self.pool.join()


def _ours(folder: ImageFolder, workers: int, kind: Any) -> DataLoader:
    return DataLoader(
        folder,
        BATCH_SIZE,
        num_workers=workers,
        worker_type=kind,
        persistent_workers=workers > 0,
        timeout=120 if workers else 0,
    )


def _torch(folder: ImageFolder, workers: int) -> Any:
    import torch
    from torch.utils.data import DataLoader

    class Tensors(Files):
        def __getitem__(self, index: int) -> tuple[Any, int]:
            picture, label = super().__getitem__(index)
            return torch.from_numpy(picture), label

    return DataLoader(
        Tensors(folder),
        BATCH_SIZE,
        num_workers=workers,
        persistent_workers=workers > 0,
        timeout=120 if workers else 0,
    )


def _webdataset(folder: ImageFolder, where: Path) -> Any:
    import webdataset

    urls = _shards(folder, where)

    def decoded(sample: tuple[bytes, bytes]) -> tuple[NDArray[np.uint8], int]:
        return _decode(sample[0]), int(sample[1])

    dataset = webdataset.WebDataset(urls, shardshuffle=False).to_tuple("jpg", "cls").map(decoded)
    return webdataset.WebLoader(
        dataset.batched(BATCH_SIZE),
        batch_size=None,
        num_workers=WORKERS,
        persistent_workers=True,
        timeout=120,
    )


def _shards(folder: ImageFolder, where: Path) -> list[str]:
    """The folder's files as one tar archive a worker."""
    paths = [where / f"shard{number}.tar" for number in range(WORKERS)]
    for number, shard in enumerate(paths):
        with tarfile.open(shard, "w") as archive:
            for path, label in folder.samples[number::WORKERS]:
                members = {"jpg": path.read_bytes(), "cls": str(label).encode()}
                for suffix, content in members.items():
                    info = tarfile.TarInfo(f"{path.stem}.{suffix}")
                    info.size = len(content)
                    archive.addfile(info, BytesIO(content))
    return [str(path) for path in paths]


def _naive(folder: ImageFolder) -> Iterator[Any]:
    samples = Files(folder)
    for start in range(0, len(samples), BATCH_SIZE):
        stop = min(start + BATCH_SIZE, len(samples))
        images, labels = zip(*(samples[i] for i in range(start, stop)), strict=True)
        yield np.stack(images), np.array(labels)


def _decode(content: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB"))
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _decode_and_drop(path: Path) -> None:
    with Image.open(path) as image:
        image.load()
