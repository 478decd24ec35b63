"""CIFAR10 from small archives in the true format, and the download from a server on loopback."""

import hashlib
import io
import os
import pickle
import re
import struct
import tarfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from reference_impl import CIFAR10, DataLoader
from reference_impl.download import download

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 4, 3072), dtype=np.uint8)  # five training batches and the test
LABELS = RNG.integers(0, 10, (6, 4))
FILES = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined,misc]
    """Writes text and bytes as Python 2 did, as in the files of 2009."""

    def save_string(self, value: str | bytes) -> None:
        data = value.encode() if isinstance(value, str) else value
        short = len(data) < 256
        size = struct.pack("<B" if short else "<i", len(data))
        self.write((pickle.SHORT_BINSTRING if short else pickle.BINSTRING) + size + data)
        self.memoize(value)

    dispatch = pickle._Pickler.dispatch | {str: save_string, bytes: save_string}  # type: ignore


def python_2_pickle(value: Any) -> bytes:
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def batch(number: int) -> dict[Any, Any]:
    return {
        "batch_label": f"training batch {number + 1} of 5",
        "labels": LABELS[number].tolist(),
        "data": IMAGES[number],
        "filenames": [f"image_{n}.png" for n in range(4)],
    }


def binary(number: int) -> bytes:
    return np.column_stack([LABELS[number].astype(np.uint8), IMAGES[number]]).tobytes()


def members(release: str) -> dict[str, bytes]:
    """The files of the archive of `release`, by name."""
    if release == "binary":
        files = {f"cifar-10-batches-bin/{f}.bin": binary(n) for n, f in enumerate(FILES)}
        return files | {"cifar-10-batches-bin/batches.meta.txt": b"airplane\n"}
    files = {f"cifar-10-batches-py/{f}": python_2_pickle(batch(n)) for n, f in enumerate(FILES)}
    return files | {"cifar-10-batches-py/readme.html": b"<p>"}


def archive(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """A .tar.gz of `files`, after symbolic `links`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def unpack(root: Path, release: str) -> None:
    for name, data in members(release).items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)


def md5(data: bytes) -> str:
    return "md5:" + hashlib.md5(data).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `files`; can ignore Range, hang up after some bytes, or say nothing at all."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.ranges: list[str | None] = []
        self.ignores_range = self.without_length = self.silent = False
        self.hangs_up_after: int | None = None
        self.done = Event()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def handle_error(self, *_: Any) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        data, asked = self.server.files.get(self.path[1:]), self.headers["Range"]
        self.server.ranges.append(asked)
        if self.server.silent:
            self.server.done.wait(60)
            return
        if data is None:
            return self.send_error(404)
        start = 0
        if asked and not self.server.ignores_range:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])  # type: ignore[index]
            if start >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        if not self.server.without_length:
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:][: self.server.hangs_up_after])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.done.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def publish(server: Server) -> Callable[..., type[CIFAR10]]:
    """`publish("binary", data)` puts an archive on the server, and returns a CIFAR10 for it."""

    def publish(release: Any, data: bytes) -> type[CIFAR10]:
        name = f"cifar-10-{release}.tar.gz"
        server.files[name] = data

        class Local(CIFAR10):
            urls = CIFAR10.urls | {release: server.url(name)}
            checksums = CIFAR10.checksums | {release: md5(data)}

        return Local

    return publish


def quiet(done: int, total: int | None) -> None:
    pass


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def message_of(error: type[Exception], call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("release", ["binary", "python"])
def test_both_releases_are_read_as_the_same_arrays(tmp_path: Path, release: str) -> None:
    unpack(tmp_path, release)
    train, test = CIFAR10(tmp_path), CIFAR10(tmp_path, train=False)
    assert train.release == release and (len(train), len(test)) == (20, 4)
    assert np.array_equal(train.images, IMAGES[:5].reshape(-1, 3, 32, 32))
    assert np.array_equal(train.labels, LABELS[:5].ravel())
    assert np.array_equal(test.images, IMAGES[5].reshape(-1, 3, 32, 32))
    assert np.array_equal(test.labels, LABELS[5])
    assert train.images.dtype == np.uint8 and train.labels.dtype == np.int64
    image, label = train[7]
    assert image.shape == (3, 32, 32) and CIFAR10.classes[label]
    images, labels = next(iter(DataLoader(train, 8, shuffle=True)))
    assert images.shape == (8, 3, 32, 32) and labels.shape == (8,)


def test_planes_are_red_green_and_blue_row_by_row(tmp_path: Path) -> None:
    unpack(tmp_path, "binary")
    image = CIFAR10(tmp_path)[0][0]
    assert image[1, 2, 3] == IMAGES[0, 0, 1024 + 2 * 32 + 3]


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_batch_written_by_python_3_is_read_too(tmp_path: Path, protocol: int) -> None:
    unpack(tmp_path, "python")
    path = tmp_path / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(pickle.dumps(batch(0), protocol))
    assert np.array_equal(CIFAR10(tmp_path, train=False).images.reshape(4, -1), IMAGES[0])
    columns = batch(0) | {"data": np.asfortranarray(IMAGES[0])}
    path.write_bytes(pickle.dumps({k.encode(): v for k, v in columns.items()}, protocol))
    assert np.array_equal(CIFAR10(tmp_path, train=False).images.reshape(4, -1), IMAGES[0])


def test_a_release_can_be_chosen_where_both_are(tmp_path: Path) -> None:
    for release in ("binary", "python"):
        unpack(tmp_path, release)
        assert CIFAR10(tmp_path, release=release).release == release  # type: ignore[arg-type]
    message = "release must be 'binary', 'python' or None, got 'matlab'"
    fails(ValueError, message, CIFAR10, tmp_path, release="matlab")


def test_the_official_archives_are_named_with_their_checksums() -> None:
    assert CIFAR10.checksums["python"] == "md5:c58f30108f718f92721af3b95e74349a"
    assert CIFAR10.checksums["binary"] == "md5:c32a1d4ab5d03f1284b67883e8d87530"
    assert all(url.endswith(f"cifar-10-{r}.tar.gz") for r, url in CIFAR10.urls.items())
    assert len(set(CIFAR10.classes)) == 10 and CIFAR10.classes[3] == "cat"


@pytest.mark.parametrize("release", ["binary", "python"])
def test_a_release_is_downloaded_once(
    tmp_path: Path, server: Server, publish: Any, release: Any
) -> None:
    local = publish(release, archive(members(release)))
    seen: list[Any] = []
    options: Any = {"release": release, "download": True}
    train = local(tmp_path / "new", progress=lambda *done: seen.append(done), **options)
    assert np.array_equal(train.labels, LABELS[:5].ravel())
    total = len(server.files[f"cifar-10-{release}.tar.gz"])
    assert seen[-1] == (total, total)
    left = {path.name for path in (tmp_path / "new").rglob("*") if path.is_file()}
    suffix = ".bin" if release == "binary" else ""
    assert left == {f"cifar-10-{release}.tar.gz", *(name + suffix for name in FILES)}
    (tmp_path / "new" / f"cifar-10-{release}.tar.gz").unlink()
    assert len(local(tmp_path / "new", train=False, **options)) == 4
    assert len(server.ranges) == 1


def test_an_archive_that_is_there_needs_no_network(tmp_path: Path, publish: Any) -> None:
    data = archive(members("binary"))
    local = publish("binary", data)
    local.urls["binary"] = "http://127.0.0.1:9/cifar-10-binary.tar.gz"
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(data)
    assert len(local(tmp_path, download=True)) == 20


def test_progress_is_one_line_on_standard_error(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytes(2_500_000)
    server.files["x.bin"] = data
    download(server.url("x.bin"), tmp_path / "x.bin", md5(data))
    shown = capsys.readouterr().err
    assert shown.startswith("\rx.bin: 1.0 of 2.5 MB\rx.bin: ")
    assert shown.endswith("\rx.bin: 2.5 of 2.5 MB\n") and shown.count("\n") == 1


def test_a_server_need_not_say_how_much_there_is(tmp_path: Path, server: Server) -> None:
    server.files["x"], server.without_length = b"12345", True
    seen: list[Any] = []
    path = download(server.url("x"), tmp_path / "x", md5(b"12345"), lambda *d: seen.append(d))
    assert path.read_bytes() == b"12345" and seen == [(5, None)]


@pytest.mark.parametrize("ignores_range", [False, True])
def test_a_download_that_broke_off_goes_on_where_it_was(
    tmp_path: Path, server: Server, ignores_range: bool
) -> None:
    data = RNG.bytes(100_000)
    server.files["x"], server.hangs_up_after = data, 60_000
    call = (server.url("x"), tmp_path / "x", md5(data), quiet)
    message = (
        f"{server.url('x')} broke off after 60000 of 100000 bytes; download again to get the rest"
    )
    fails(ConnectionError, message, download, *call)
    assert [path.name for path in tmp_path.iterdir()] == ["x.part"]
    server.hangs_up_after, server.ignores_range = None, ignores_range
    assert download(*call).read_bytes() == data
    assert server.ranges == [None, "bytes=60000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_part_that_is_already_whole_is_taken(tmp_path: Path, server: Server) -> None:
    server.files["x"] = b"12345"
    (tmp_path / "x.part").write_bytes(b"12345")
    assert download(server.url("x"), tmp_path / "x", md5(b"12345"), quiet).exists()
    assert server.ranges == ["bytes=5-"]


def test_a_part_of_another_file_is_found_out_and_removed(tmp_path: Path, server: Server) -> None:
    server.files["x"] = b"12345"
    (tmp_path / "x.part").write_bytes(b"99")
    call = (server.url("x"), tmp_path / "x", md5(b"12345"), quiet)
    assert "expected " in message_of(ValueError, download, *call)
    assert download(*call).read_bytes() == b"12345"


def test_a_file_with_another_checksum_is_not_kept(tmp_path: Path, server: Server) -> None:
    server.files["x"] = b"hello"
    message = (
        f"{server.url('x')} has md5 5d41402abc4b2a76b9719d911017c592, expected {'0' * 32}; what "
        "came was removed, so download again, or correct the checksum if the file has changed"
    )
    call = (server.url("x"), tmp_path / "x", "md5:" + "0" * 32, quiet)
    fails(ValueError, message, download, *call)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_by_one_with_the_right_checksum(
    tmp_path: Path, server: Server
) -> None:
    server.files["x"] = b"hello"
    path = tmp_path / "x"
    path.write_bytes(b"older")
    message_of(ValueError, download, server.url("x"), path, "sha256:" + "0" * 64, quiet)
    assert path.read_bytes() == b"older"
    right = "sha256:" + hashlib.sha256(b"hello").hexdigest()
    assert download(server.url("x"), path, right, quiet).read_bytes() == b"hello"
    assert download(server.url("x"), path, right, quiet) == path and len(server.ranges) == 2


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, server: Server) -> None:
    url = server.url("x")
    server.server_close()
    message = message_of(ConnectionError, download, url, tmp_path / "x", md5(b""), quiet)
    assert message.startswith(f"{url} cannot be downloaded: [Errno ")
    assert message.endswith(
        f"; check the network and try again, or bring the file to {tmp_path / 'x'} by hand"
    )


def test_a_server_that_refuses_is_named(tmp_path: Path, server: Server) -> None:
    message = f"{server.url('x')} cannot be downloaded: HTTP Error 404: Not Found"
    fails(ConnectionError, message, download, server.url("x"), tmp_path / "x", md5(b""), quiet)


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, server: Server) -> None:
    server.silent = True
    call = (server.url("x"), tmp_path / "x", md5(b""), quiet)
    assert "timed out" in message_of(ConnectionError, download, *call, timeout=0.1)


def test_what_cannot_be_downloaded_or_checked_is_refused(tmp_path: Path) -> None:
    message = "url must start with http:// or https://, got 'file:///etc/passwd'"
    fails(ValueError, message, download, "file:///etc/passwd", tmp_path / "x", md5(b""))
    for checksum in ("d41d8cd98f00b204e9800998ecf8427e", "crc:00", "md5"):
        message = f"checksum must be 'md5:...' or 'sha256:...', got {checksum!r}"
        fails(ValueError, message, download, "http://a.invalid/x", tmp_path / "x", checksum)


@pytest.mark.parametrize("kept", [0, 0.01, 0.5, 0.99])
def test_an_archive_cut_short_is_named(tmp_path: Path, publish: Any, kept: float) -> None:
    whole = archive(members("binary"))
    local = publish("binary", whole[: int(kept * len(whole))])
    message = message_of(ValueError, local, tmp_path, download=True, progress=quiet)
    assert message.startswith(f"{tmp_path / 'cifar-10-binary.tar.gz'} ")
    assert not list(tmp_path.rglob("test_batch.bin"))


def test_an_archive_with_a_flipped_byte_is_not_kept(
    tmp_path: Path, server: Server, publish: Any
) -> None:
    data = archive(members("binary"))
    local = publish("binary", data)
    flipped = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
    server.files["cifar-10-binary.tar.gz"] = flipped
    message = message_of(ValueError, local, tmp_path, download=True, progress=quiet)
    assert f" has {md5(flipped).replace(':', ' ')}, expected {md5(data)[4:]}; " in message
    assert list(tmp_path.iterdir()) == []


def test_an_archive_without_a_batch_is_named(tmp_path: Path, publish: Any) -> None:
    files = members("binary")
    del files["cifar-10-batches-bin/data_batch_3.bin"]
    local = publish("binary", archive(files))
    message = (
        f"{tmp_path / 'cifar-10-binary.tar.gz'} holds no file "
        "cifar-10-batches-bin/data_batch_3.bin; expected 6 batches"
    )
    fails(ValueError, message, local, tmp_path, download=True, progress=quiet)


def test_an_archive_writes_nothing_but_the_batches(tmp_path: Path, publish: Any) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    evil = {
        "../outside/evil": b"",
        f"{outside}/evil": b"",
        "cifar-10-batches-bin/../../outside/evil": b"",
        "cifar-10-batches-bin/other": b"",
    }
    links = {
        "cifar-10-batches-bin": str(outside),
        "cifar-10-batches-bin/test_batch.bin": str(outside / "evil"),
    }
    local = publish("binary", archive(evil | members("binary"), links))
    assert len(local(root, download=True, progress=quiet)) == 20
    assert list(outside.iterdir()) == []
    batches = root / "cifar-10-batches-bin"
    assert not batches.is_symlink()
    assert sorted(path.name for path in batches.iterdir()) == sorted(f"{f}.bin" for f in FILES)


class Hostile:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.mkdir, r"(posix|nt)\.mkdir"),
        (exec, r"builtins\.exec"),
        (pickle.loads, r"_?pickle\.loads"),
    ],
)
def test_a_hostile_pickle_runs_nothing(
    tmp_path: Path, function: Any, name: str, protocol: int
) -> None:
    unpack(tmp_path, "python")
    target, path = tmp_path / "made", tmp_path / "cifar-10-batches-py" / "test_batch"
    made = {
        os.mkdir: str(target),
        exec: f"import os; os.mkdir({str(target)!r})",
        pickle.loads: pickle.dumps(Hostile(os.mkdir, str(target))),
    }
    hostile = Hostile(function, made[function])
    for value in (hostile, batch(0) | {"data": hostile}, batch(0) | {"labels": [hostile]}):
        path.write_bytes(pickle.dumps(value, protocol))
        message = message_of(ValueError, CIFAR10, tmp_path, train=False)
        assert message.startswith(f"{path} is not a batch of CIFAR-10, ")
        names = name.replace("builtins", "(builtins|__builtin__)")
        assert re.search(f"it names '{names}', which was not run$", message)
        assert not target.exists()
    pickle.loads(pickle.dumps(hostile))
    assert target.exists()


WRONG: dict[str, Any] = {
    "no dict": ([1], "'list' object has no attribute 'items'"),
    "no data": ({"labels": []}, "'data'"),
    "no array": (batch(0) | {"data": [1]}, "'list' object has no attribute 'to_numpy'"),
    "other dtype": (batch(0) | {"data": IMAGES[0].astype(np.int16)}, "data has dtype b'i2'"),
    "other shape": (
        batch(0) | {"data": IMAGES[0, :, 1:]},
        "data has shape (4, 3071), with 4 labels",
    ),
    "too few labels": (
        batch(0) | {"labels": [1]},
        "data has shape (4, 3072), with 1 labels",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_pickle_of_something_else_is_named(tmp_path: Path, what: str) -> None:
    value, reason = WRONG[what]
    unpack(tmp_path, "python")
    path = tmp_path / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(python_2_pickle(value))
    message = (
        f"{path} is not a batch of CIFAR-10, expected a pickled dict with data, uint8 of shape "
        f"(n, 3072), and n labels: {reason}"
    )
    fails(ValueError, message, CIFAR10, tmp_path, train=False)


@pytest.mark.parametrize("kept", [0, 10, 1000, -1])
def test_a_pickle_cut_short_is_named(tmp_path: Path, kept: int) -> None:
    unpack(tmp_path, "python")
    path = tmp_path / "cifar-10-batches-py" / "data_batch_2"
    path.write_bytes(path.read_bytes()[:kept])
    message = message_of(ValueError, CIFAR10, tmp_path)
    assert message.startswith(f"{path} is not a batch of CIFAR-10, expected a pickled dict")


@pytest.mark.parametrize("size", [0, 1, 3072, 3074, 9000])
def test_a_binary_batch_of_no_whole_records_is_named(tmp_path: Path, size: int) -> None:
    unpack(tmp_path, "binary")
    path = tmp_path / "cifar-10-batches-bin" / "data_batch_2.bin"
    path.write_bytes(bytes(size))
    message = f"{path} has {size} bytes; expected records of 3073 bytes, at least one"
    fails(ValueError, message, CIFAR10, tmp_path)


def test_a_label_that_is_no_class_is_named(tmp_path: Path) -> None:
    unpack(tmp_path, "binary")
    path = tmp_path / "cifar-10-batches-bin" / "test_batch.bin"
    path.write_bytes(bytes(3073) + bytes([10]) + bytes(3072))
    message = f"{path}: expected labels from 0 to 9, got 10"
    fails(ValueError, message, CIFAR10, tmp_path, train=False)


def test_an_absent_batch_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-batches-bin" / "data_batch_1.bin"
    message = (
        f"{path} is missing; use download=True, or unpack cifar-10-binary.tar.gz into {tmp_path}"
    )
    fails(FileNotFoundError, message, CIFAR10, tmp_path)
    unpack(tmp_path, "python")
    path = tmp_path / "cifar-10-batches-py" / "data_batch_4"
    path.unlink()
    message = (
        f"{path} is missing; use download=True, or unpack cifar-10-python.tar.gz into {tmp_path}"
    )
    fails(FileNotFoundError, message, CIFAR10, tmp_path, release="python")
