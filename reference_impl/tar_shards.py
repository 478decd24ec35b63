"""TarShards and TarStream: samples in tar files, in the layout of webdataset.

Neighbouring files of a tar file that share a key are one sample. The key is the name up to the
first dot of its last part, and what follows that dot names the field: `train/0001.jpg` and
`train/0001.cls` are the fields "jpg" and "cls" of the sample "train/0001".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, SupportsIndex, TypeAlias

import numpy as np

from reference_impl.dataset import Dataset, Indices, IterableDataset, check_index, check_indices
from reference_impl.image_folder import SUFFIXES, decode_image

Sample: TypeAlias = dict[str, Any]
Shards: TypeAlias = str | PathLike[str] | Iterable[str | PathLike[str]]
Decoders: TypeAlias = Mapping[str, Callable[[bytes], Any]]


def _decode_json(data: bytes) -> Any:
    import json

    return json.loads(data)


def _decode_image(data: bytes) -> Any:
    return decode_image(BytesIO(data))


DECODERS: dict[str, Callable[[bytes], Any]] = {
    "cls": int,
    "json": _decode_json,
    "npy": lambda data: np.load(BytesIO(data), allow_pickle=False),
    "txt": lambda data: data.decode("utf-8"),
    **{suffix[1:]: _decode_image for suffix in SUFFIXES},
}


class TarShards(Dataset[Sample]):
    """The samples of uncompressed tar files in any order: dicts of `"__key__"` and the fields.

    `shards` is a path or several. A pass over the headers notes where each field starts, as
    arrays. A field is decoded by the last part of its suffix: npy, json, txt, cls (an int) and
    images (RGB, uint8, (3, H, W)); any other is bytes. `decoders` adds to these, by suffix.

    Left out are files without a dot, hidden ones, and those that webdataset takes for its own
    (`__name__`).

    Raises ValueError, naming the file, for one that is not a whole, uncompressed tar file, for
    a field that comes twice in a sample and, when it is read, for one that cannot be decoded.

    >>> import tarfile, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "shard-0.tar"
    >>> with tarfile.open(path, "w") as tar:
    ...     for name, data in [("a.cls", b"3"), ("a.txt", b"three"), ("b.cls", b"4")]:
    ...         member = tarfile.TarInfo(name)
    ...         member.size = len(data)
    ...         tar.addfile(member, BytesIO(data))
    >>> shards = TarShards(path)
    >>> len(shards), shards[0]
    (2, {'__key__': 'a', 'cls': 3, 'txt': 'three'})
    >>> list(TarStream(path))[1]
    {'__key__': 'b', 'cls': 4}
    >>> folder.cleanup()
    """

    def __init__(self, shards: Shards, decoders: Decoders | None = None) -> None:
        self.shards = _paths(shards)
        self.decoders = decoders or {}
        keys: list[str] = []
        sizes: list[int] = []
        suffixes: dict[str, int] = {}
        fields: list[tuple[int, int, int, int]] = []
        for number, shard in enumerate(self.shards):
            for key, sample in _samples(shard, "r:", lambda _, m: (m.offset_data, m.size)):
                keys.append(key)
                sizes.append(len(sample))
                for suffix, (offset, size) in sample.items():
                    kind = suffixes.setdefault(suffix, len(suffixes))
                    fields.append((number, kind, offset, size))
        self.keys = np.array(keys, dtype=np.str_)
        self.suffixes = tuple(suffixes)
        self._ends = np.cumsum(sizes, dtype=np.int64)
        self._fields = np.array(fields, dtype=np.int64).reshape(-1, 4)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: SupportsIndex) -> Sample:
        return self.__getitems__([check_index(index, len(self))])[0]

    def __getitems__(self, indices: Indices) -> list[Sample]:
        """These samples as a list, with each file opened once."""
        positions = check_indices(indices, len(self)).tolist()
        with ExitStack() as stack:
            opened = cache(lambda shard: stack.enter_context(self.shards[shard].open("rb")))
            return [self._read(opened, position) for position in positions]

    def stream(self) -> "TarStream":
        """The same samples in the order of the files, read from start to end."""
        return TarStream(self.shards, self.decoders)

    def _read(self, opened: Callable[[int], BinaryIO], position: int) -> Sample:
        sample: Sample = {"__key__": str(self.keys[position])}
        start = self._ends[position - 1] if position else 0
        for shard, kind, offset, size in self._fields[start : self._ends[position]].tolist():
            file = opened(shard)
            file.seek(offset)
            suffix, data = self.suffixes[kind], file.read(size)
            where = f"{self.shards[shard]}, {sample['__key__']}.{suffix}"
            if len(data) < size:
                raise ValueError(f"{where}: expected {size} bytes, got {len(data)}")
            sample[suffix] = _decode(data, suffix, self.decoders, where)
        return sample


class TarStream(IterableDataset[Sample]):
    """The samples of tar files, which may be compressed, in the order of the files.

    Samples, fields, decoders and errors are those of `TarShards`; nothing is indexed. Among `n`
    workers of a loader, worker `i` reads the files `shards[i::n]`, so that no sample comes
    twice; more workers than files have nothing to do.
    """

    def __init__(self, shards: Shards, decoders: Decoders | None = None) -> None:
        self.shards = _paths(shards)
        self.decoders = decoders or {}

    def __iter__(self) -> Iterator[Sample]:
        from reference_impl.worker import get_worker_info

        worker = get_worker_info()
        for shard in self.shards[worker.id :: worker.num_workers] if worker else self.shards:
            for key, fields in _samples(shard, "r|*", lambda t, m: t.extractfile(m).read()):
                yield {"__key__": key} | {
                    suffix: _decode(data, suffix, self.decoders, f"{shard}, {key}.{suffix}")
                    for suffix, data in fields.items()
                }


def _paths(shards: Shards) -> list[Path]:
    several = [shards] if isinstance(shards, str | PathLike) else shards
    paths = [Path(shard) for shard in several]
    if not paths:
        raise ValueError("shards must be the paths of one tar file or more, got none")
    return paths


def _decode(data: bytes, suffix: str, decoders: Decoders, where: str) -> Any:
    kind = suffix.rpartition(".")[2]
    decode = decoders.get(suffix) or decoders.get(kind) or DECODERS.get(kind, bytes)
    try:
        return decode(data)
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{where} cannot be decoded: {error}") from error


def _samples(
    path: Path, mode: Any, read: Callable[[Any, Any], Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The key of each sample, and for each of its fields what `read(tar, member)` returns."""
    import tarfile
    import zlib

    class StrictHeader(tarfile.TarInfo):
        """tarfile takes a broken header for the end of the file; this one does not."""

        @classmethod
        def fromtarfile(cls, tar: tarfile.TarFile) -> "StrictHeader":
            try:
                return super().fromtarfile(tar)
            except tarfile.HeaderError as error:
                if isinstance(error, tarfile.EOFHeaderError):  # type: ignore[attr-defined]
                    raise
                raise tarfile.ReadError(f"{error} at byte {tar.offset}") from None

    try:
        with tarfile.open(path, mode, tarinfo=StrictHeader) as tar:
            for key, members in groupby(_named(tar), key=itemgetter(0)):
                fields: dict[str, Any] = {}
                for _, suffix, member in members:
                    if suffix in fields:
                        raise ValueError(f"{path}: sample {key!r} has two fields {suffix!r}")
                    fields[suffix] = read(tar, member)
                yield key, fields
    except (tarfile.TarError, EOFError, zlib.error) as error:
        kind = "whole, uncompressed" if mode == "r:" else "whole"
        raise ValueError(f"{path} is not a {kind} tar file: {error}") from None


def _named(tar: Any) -> Iterator[tuple[str, str, Any]]:
    """Key, suffix and header of each file that belongs to a sample."""
    for member in tar:
        name = member.name.rpartition("/")[2]
        base, dot, suffix = name.partition(".")
        own = any(part[:2] == part[-2:] == "__" for part in member.name.split("/"))
        if member.isreg() and base and dot and not own:
            yield member.name[: -len(dot + suffix)], suffix.lower(), member
        tar.members.clear()  # tarfile would keep every header.
