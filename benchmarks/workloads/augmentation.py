"""W2's contestants: random crop with padding, random flip, normalise to float32."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks.workloads import peers
from reference_impl import DataLoader, TensorDataset
from reference_impl.transformed_dataset import TransformedDataset
from reference_impl.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

PADDING = 4
BATCH_SIZE = 128
MEAN = np.array([0.49, 0.48, 0.45], np.float32).reshape(3, 1, 1)
STD = np.array([0.25, 0.24, 0.26], np.float32).reshape(3, 1, 1)


def ours(images: Images, labels: Labels) -> Iterable[Any]:
    """Transforms that take a whole batch."""
    steps = [
        RandomCrop(32, padding=PADDING),
        RandomHorizontalFlip(),
        Normalize((255 * MEAN.ravel()).tolist(), (255 * STD.ravel()).tolist()),
    ]
    dataset = TransformedDataset(TensorDataset(images, labels), Compose(steps), seed=0)
    return DataLoader(dataset, BATCH_SIZE, shuffle=True, seed=0)


def torch_samples(images: Images, labels: Labels) -> Any:
    """A torch dataset that transforms sample by sample, step by step as torchvision does."""
    import torch
    from torch.nn.functional import pad
    from torch.utils.data import DataLoader

    pictures, targets = torch.from_numpy(images), torch.from_numpy(labels)

    def crop(picture: Any) -> Any:
        picture = pad(picture, [PADDING] * 4)
        top = torch.randint(0, 2 * PADDING + 1, (1,)).item()
        left = torch.randint(0, 2 * PADDING + 1, (1,)).item()
        return picture[..., top : top + 32, left : left + 32]

    def flip(picture: Any) -> Any:
        return picture.flip(-1) if torch.rand(1) < 0.5 else picture

    def normalize(picture: Any) -> Any:
        mean = torch.as_tensor(MEAN.ravel().tolist()).view(-1, 1, 1)
        std = torch.as_tensor(STD.ravel().tolist()).view(-1, 1, 1)
        if (std == 0).any():
            raise ValueError("std must not be 0")
        return picture.clone().sub_(mean).div_(std)

    class Augmented:
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, index: int) -> Any:
            picture = flip(crop(pictures[index]))
            return normalize(picture.to(torch.float32).div(255)), targets[index]

    return DataLoader(Augmented(), BATCH_SIZE, shuffle=True)


def grain_samples(images: Images, labels: Labels) -> Any:
    """grain with a transform for each sample, in NumPy."""
    import grain

    class Augment(grain.transforms.RandomMap):  # type: ignore[misc, unused-ignore]
        def random_map(self, sample: Any, rng: np.random.Generator) -> Any:
            return _augment(sample[0], rng), sample[1]

    samples = grain.MapDataset.source(peers.Rows((images, labels))).seed(0).shuffle()
    return samples.random_map(Augment()).batch(BATCH_SIZE).to_iter_dataset()


def loop(images: Images, labels: Labels) -> Iterator[Any]:
    """A Python loop over the samples of a batch."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(images)).tolist()
    for start in range(0, len(order), BATCH_SIZE):
        batch = order[start : start + BATCH_SIZE]
        yield np.stack([_augment(images[i], rng) for i in batch]), labels[batch]


def gather_and_normalise(images: Images, labels: Labels) -> Iterator[Any]:
    """What is left without augmentation: the limit."""
    order = np.random.default_rng(0).permutation(len(images))
    scale, shift = 1 / (255 * STD), MEAN / STD
    for start in range(0, len(order), BATCH_SIZE):
        batch = order[start : start + BATCH_SIZE]
        pictures = np.multiply(images.take(batch, axis=0), scale)
        pictures -= shift
        yield pictures, labels.take(batch)


def is_crop_of(picture: NDArray[np.float32], image: Images) -> bool:
    """Whether `picture` is `image` cropped somewhere, flipped or not, and normalised."""
    edge = ((0, 0), (PADDING, PADDING), (PADDING, PADDING))
    windows = sliding_window_view(np.pad(image, edge), image.shape)[0]
    either = np.stack([windows, windows[..., ::-1]])
    return bool(np.isclose(_normalise(either), picture, atol=1e-4).all(axis=(-3, -2, -1)).any())


def _augment(image: Images, rng: np.random.Generator) -> NDArray[np.float32]:
    padded = np.pad(image, ((0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    top, left = rng.integers(0, 2 * PADDING + 1, 2)
    picture = padded[:, top : top + 32, left : left + 32]
    return _normalise(picture[..., ::-1] if rng.random() < 0.5 else picture)


def _normalise(pictures: Images) -> NDArray[np.float32]:
    return np.asarray((pictures.astype(np.float32) / 255 - MEAN) / STD, np.float32)
