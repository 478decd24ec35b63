"""download: a file from the web, whole or not at all.

Bytes go to a file beside the target, whose name ends in `.part`, and a later call goes on where
an earlier one was cut off. Only a file with the right checksum gets the target's name.
"""

import os
import sys
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

CHUNK = 1 << 20

Progress = Callable[[int, int | None], Any]


def download(
    url: str,
    path: str | PathLike[str],
    checksum: str,
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """Bring `url` to `path`, unless a file with the right checksum is there; returns the path.

    `checksum` is "md5:" or "sha256:" and the hexadecimal digest. `progress(done, total)` is
    called with bytes so far and bytes in all (None if the server does not say); without it, one
    line on standard error counts. `timeout` is in seconds, for each wait for the server.

    Raises ConnectionError if the server cannot be reached, refuses, or hangs up too early (what
    has come is kept); ValueError for another checksum (what has come is removed), and for a
    `url` or `checksum` of another form.
    """
    path = Path(path)
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"url must start with http:// or https://, got {url!r}")
    algorithm, colon, digest = checksum.partition(":")
    if algorithm not in ("md5", "sha256") or not colon:
        raise ValueError(f"checksum must be 'md5:...' or 'sha256:...', got {checksum!r}")
    if path.exists() and _digest(path, algorithm) == digest:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    _receive(url, part, progress or _count_on_stderr(path.name), timeout)
    found = _digest(part, algorithm)
    if found != digest:
        part.unlink()
        raise ValueError(
            f"{url} has {algorithm} {found}, expected {digest}; what came was removed, so "
            "download again, or correct the checksum if the file has changed"
        )
    os.replace(part, path)
    return path


def _receive(url: str, part: Path, progress: Progress, timeout: float) -> None:
    """Append to `part` what it lacks of `url`."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    done = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        with urlopen(request, timeout=timeout) as response:
            if response.status != 206:  # The server sends the whole file, not the rest.
                done = 0
            length = response.headers.get("Content-Length")
            total = done + int(length) if length else None
            with part.open("r+b" if done else "wb") as file:
                file.seek(done)
                while chunk := response.read(CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, total)
    except HTTPError as error:
        error.close()
        if error.code == 416 and done:  # There is no rest: the part is whole, or of another file.
            return
        raise ConnectionError(f"{url} cannot be downloaded: {error}") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ConnectionError(
            f"{url} cannot be downloaded: {reason}; check the network and try again, "
            f"or bring the file to {part.with_suffix('')} by hand"
        ) from None
    if total is not None and done < total:
        raise ConnectionError(
            f"{url} broke off after {done} of {total} bytes; download again to get the rest"
        )


def _digest(path: Path, algorithm: str) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _count_on_stderr(name: str) -> Progress:
    def show(done: int, total: int | None) -> None:
        of = f" of {total / 1e6:.1f}" if total else ""
        end = "\n" if done == total else ""
        print(f"\r{name}: {done / 1e6:.1f}{of} MB", end=end, file=sys.stderr, flush=True)

    return show
