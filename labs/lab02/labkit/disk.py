"""A disk and a clock that are simulated, so that a slow disk is the same on every machine."""

from collections.abc import Mapping


class Clock:
    """A clock that moves only when it is told to. `now` is in seconds.

    >>> clock = Clock()
    >>> clock.sleep(0.25)
    >>> clock.now
    0.25
    """

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Move the clock forward by `seconds`; a negative time raises ValueError."""
        if seconds < 0:
            raise ValueError(f"seconds must not be negative, got {seconds}")
        self.now += seconds


class SimulatedDisk:
    """Named files on a disk that charges its clock for every seek and every byte.

    `files` maps names to bytes. A read that goes on where the last one ended costs
    `size / bandwidth`; any other read costs `seek_time` as well, as on a disk with a head.
    `seek_time` is in seconds, `bandwidth` in bytes a second: both are parameters of the
    simulation, not measurements. `reads`, `seeks` and `bytes_read` count what happened.

    >>> disk = SimulatedDisk({"rows": bytes(100)}, seek_time=0.01, bandwidth=1000)
    >>> parts = [disk.read("rows", offset, 10) for offset in (0, 10, 50)]
    >>> disk.reads, disk.seeks, disk.bytes_read, round(disk.clock.now, 3)
    (3, 2, 30, 0.05)
    """

    exposed = ("read", "size")

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        seek_time: float = 0.008,
        bandwidth: float = 150e6,
        clock: Clock | None = None,
    ) -> None:
        if seek_time < 0 or bandwidth <= 0:
            raise ValueError(
                f"seek_time must be at least 0 and bandwidth above 0, got {seek_time} and "
                f"{bandwidth}"
            )
        self.files = dict(files)
        self.seek_time = seek_time
        self.bandwidth = bandwidth
        self.clock = Clock() if clock is None else clock
        self.reads = self.seeks = self.bytes_read = 0
        self._head: tuple[str, int] | None = None

    def size(self, name: str) -> int:
        """The length of file `name` in bytes; a name that is not there raises FileNotFoundError."""
        return len(self._file(name))

    def read(self, name: str, offset: int, size: int) -> bytes:
        """`size` bytes of file `name` from `offset`, or fewer where the file ends."""
        if offset < 0 or size < 0:
            raise ValueError(f"offset and size must not be negative, got {offset} and {size}")
        data = self._file(name)[offset : offset + size]
        moved = self._head != (name, offset)
        self._head = (name, offset + len(data))
        self.reads += 1
        self.seeks += moved
        self.bytes_read += len(data)
        self.clock.sleep(moved * self.seek_time + len(data) / self.bandwidth)
        return data

    def _file(self, name: str) -> bytes:
        if name not in self.files:
            raise FileNotFoundError(f"no file {name!r} on this disk; it has {sorted(self.files)}")
        return self.files[name]
