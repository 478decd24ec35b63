"""What all workloads are given: how large to be, and where files may lie."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """`scale` 1 is the full size; `folder` is emptied by whoever made it."""

    folder: Path
    scale: float = 1.0

    def size(self, full: int, least: int) -> int:
        """How many in place of `full`: scaled, but never fewer than `least`.

        >>> Setting(Path("."), scale=0.01).size(50_000, least=128)
        500
        """
        return max(least, round(full * self.scale))
