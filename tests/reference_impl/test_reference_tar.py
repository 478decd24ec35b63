"""TarShards and TarStream: samples in tar files."""

import io
import json
import pickle
import tarfile
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reference_impl import DataLoader, TarShards, TarStream
from reference_impl.worker import WorkerInfo


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(color: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (5, 4), color).save(file, "PNG")
    return file.getvalue()


def write(path: Path, members: list[tuple[str, bytes]], mode: Any = "w", **options: Any) -> Path:
    with tarfile.open(path, mode, **options) as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def numbered(path: Path, numbers: range) -> Path:
    return write(path, [(f"{n:03}.{s}", b"%d" % n) for n in numbers for s in ("cls", "txt")])


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def read_both(path: Any, **options: Any) -> list[Any]:
    """The samples, which must be the same by index and as a stream."""
    indexed = TarShards(path, **options)
    streamed = list(TarStream(path, **options))
    assert [s["__key__"] for s in streamed] == [s["__key__"] for s in indexed]
    assert [list(s) for s in streamed] == [list(s) for s in indexed]
    return streamed


def test_fields_are_decoded_by_their_suffix(tmp_path: Path) -> None:
    fields = {
        "npy": npy(np.arange(3)),
        "json": json.dumps({"a": [1]}).encode(),
        "txt": "déjà".encode(),
        "cls": b"7\n",
        "PNG": png((200, 0, 0)),
        "mask.png": png((0, 9, 0)),
        "bin": b"\0\1",
    }
    path = write(tmp_path / "a.tar", [(f"in/0.5/x.{s}", data) for s, data in fields.items()])
    for sample in (TarShards(path)[0], next(iter(TarStream(path)))):
        assert sample.pop("png")[:, 0, 0].tolist() == [200, 0, 0]
        assert sample.pop("mask.png").shape == (3, 4, 5)
        assert sample.pop("npy").tolist() == [0, 1, 2]
        assert sample == {
            "__key__": "in/0.5/x",
            "json": {"a": [1]},
            "txt": "déjà",
            "cls": 7,
            "bin": b"\0\1",
        }


def test_decoders_can_be_changed_by_whole_suffix_or_its_last_part(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("x.cls", b"7"), ("x.a.cls", b"8"), ("x.raw", b"9")])
    (sample,) = read_both(path, decoders={"a.cls": bytes, "raw": float})
    assert (sample["cls"], sample["a.cls"], sample["raw"]) == (7, b"8", 9.0)


def test_only_neighbours_share_a_key_as_in_webdataset(tmp_path: Path) -> None:
    names = ["a.x.1", "a.y", "b.x", "d/a.x", "a.z"]
    one = write(tmp_path / "1.tar", [(name, b"") for name in names])
    two = write(tmp_path / "2.tar", [("a.x", b"")])
    found = [(s.pop("__key__"), list(s)) for s in read_both([one, two])]
    assert found == [
        ("a", ["x.1", "y"]),
        ("b", ["x"]),
        ("d/a", ["x"]),
        ("a", ["z"]),
        ("a", ["x"]),
    ]


def test_what_is_no_field_is_left_out(tmp_path: Path) -> None:
    names = ["README", ".hidden.txt", "d/._a.txt", "__meta__/a.txt", "a.txt", "e.f/none"]
    path = write(tmp_path / "a.tar", [(name, b"") for name in names])
    with tarfile.open(path, "a") as tar:
        folder = tarfile.TarInfo("folder.x")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert [s["__key__"] for s in read_both(path)] == ["a"]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_every_common_format_are_read(tmp_path: Path, form: int) -> None:
    key = "é" * 90 + "/" + "n" * 120
    path = write(tmp_path / "a.tar", [(f"{key}.txt", b"long"), ("b.txt", b"")], format=form)
    assert read_both(path)[0] == {"__key__": key, "txt": "long"}


@given(st.data())
def test_any_order_gives_the_samples_of_the_stream(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    folder = tmp_path_factory.mktemp("tar")
    sizes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    ends = np.cumsum(sizes)
    paths = [
        numbered(folder / f"{i}.tar", range(end - size, end))
        for i, (size, end) in enumerate(zip(sizes, ends.tolist(), strict=True))
    ]
    shards = TarShards(paths)
    whole = list(shards.stream())
    assert [s["cls"] for s in whole] == list(range(sum(sizes))) and len(shards) == len(whole)
    if whole:
        index = st.integers(-len(whole), len(whole) - 1)
        indices = data.draw(st.lists(index, max_size=6))
        wanted = [whole[i] for i in indices]
        assert [shards[i] for i in indices] == shards.__getitems__(indices) == wanted


def test_a_loader_makes_columns_of_samples(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.tar", range(4))
    batch = {"__key__": ["002", "003"], "cls": [2, 3], "txt": ["2", "3"]}
    for dataset in (TarShards(path), TarStream(path)):
        _, last = DataLoader(dataset, 2)
        assert last | {"cls": last["cls"].tolist()} == batch


def test_workers_share_the_files_of_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [numbered(tmp_path / f"{i}.tar", range(2 * i, 2 * i + 2)) for i in range(5)]
    stream = pickle.loads(pickle.dumps(TarStream(paths)))

    def read(worker: int, workers: int) -> list[int]:
        info = WorkerInfo(id=worker, num_workers=workers, seed=0, dataset=stream)
        monkeypatch.setattr("reference_impl.worker.get_worker_info", lambda: info)
        return [sample["cls"] for sample in stream]

    assert [read(i, 2) for i in range(2)] == [[0, 1, 4, 5, 8, 9], [2, 3, 6, 7]]
    for workers in (1, 3, 7):
        parts = [read(i, workers) for i in range(workers)]
        assert sorted(chain(*parts)) == list(range(10))


def test_a_stream_may_be_compressed_and_an_index_may_not(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar.gz", [("a.cls", b"1"), ("b.cls", b"2")], "w:gz")
    assert [s["cls"] for s in TarStream(path)] == [1, 2]
    with pytest.raises(ValueError) as caught:
        TarShards(path)
    assert str(caught.value).startswith(f"{path} is not a whole, uncompressed tar file: ")


def test_the_index_is_arrays_and_travels(tmp_path: Path) -> None:
    shards = TarShards(numbered(tmp_path / "a.tar", range(1000)))
    sent = pickle.dumps(shards)
    assert len(sent) < 1000 * 100
    assert pickle.loads(sent)[999] == {"__key__": "999", "cls": 999, "txt": "999"}


def test_a_file_cut_short_anywhere_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("a.txt", b"x" * 700), ("b.txt", b"y" * 600)])
    whole = path.read_bytes()
    # 512 a header, 1024 each file's data, then the end mark of at least one empty block.
    for kept in (0, 100, 512, 1000, 1536, 1700, 2048, 2500, 3072, 3300):
        path.write_bytes(whole[:kept])
        for read in (TarShards, lambda path: list(TarStream(path))):
            with pytest.raises(ValueError) as caught:
                read(path)
            assert str(caught.value).startswith(f"{path} is not a whole"), kept
            assert "\n" not in str(caught.value)


def test_a_broken_header_does_not_end_the_file_silently(tmp_path: Path) -> None:
    path = numbered(tmp_path / "a.tar", range(3))
    data = bytearray(path.read_bytes())
    data[2 * 1024 + 10] ^= 1
    path.write_bytes(data)
    message = f"{path} is not a whole, uncompressed tar file: bad checksum at byte 2048"
    fails(ValueError, message, TarShards, path)
    message = f"{path} is not a whole tar file: bad checksum at byte 2048"
    fails(ValueError, message, list, TarStream(path))


def test_a_file_that_shrank_after_it_was_indexed_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("a.txt", b"x" * 100)])
    shards = TarShards(path)
    path.write_bytes(path.read_bytes()[:540])
    fails(ValueError, f"{path}, a.txt: expected 100 bytes, got 28", shards.__getitem__, 0)


def test_a_field_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    members = [("ok.cls", b"1"), ("a.cls", b"cat"), ("b.npy", npy(np.array([{}], dtype=object)))]
    path = write(tmp_path / "a.tar", [*members, ("c.png", png((1, 2, 3))[:40])])
    shards = TarShards(path)
    assert shards[0]["cls"] == 1
    message = f"{path}, a.cls cannot be decoded: invalid literal for int() with base 10: b'cat'"
    fails(ValueError, message, shards.__getitem__, 1)
    fails(ValueError, message, list, TarStream(path))
    for index, field in ((2, "b.npy"), (3, "c.png")):
        with pytest.raises(ValueError) as caught:
            shards[index]
        assert str(caught.value).startswith(f"{path}, {field} cannot be decoded: ")


def test_a_field_that_comes_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", [("a.cls", b"1"), ("a.CLS", b"2")])
    message = f"{path}: sample 'a' has two fields 'cls'"
    fails(ValueError, message, TarShards, path)
    fails(ValueError, message, list, TarStream(path))


def test_shards_that_are_not_there_are_refused(tmp_path: Path) -> None:
    message = "shards must be the paths of one tar file or more, got none"
    fails(ValueError, message, TarShards, [])
    fails(ValueError, message, TarStream, tmp_path.glob("*.tar"))
    for read in (TarShards, lambda path: list(TarStream(path))):
        with pytest.raises(FileNotFoundError, match="absent"):
            read(tmp_path / "absent.tar")


def test_a_sample_out_of_range_is_refused(tmp_path: Path) -> None:
    shards = TarShards(numbered(tmp_path / "a.tar", range(2)))
    message = "index 2 is out of range for a dataset of 2 samples"
    fails(IndexError, message, shards.__getitem__, 2)
    fails(IndexError, message, shards.__getitems__, [2])
