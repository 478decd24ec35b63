"""What tests of every folder share."""

import gc
import os
import shutil
import warnings
from collections.abc import Callable, Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


@pytest.fixture(scope="session")
def require_program() -> Callable[..., str]:
    """`require_program("bwrap", package="bubblewrap")`: its path, or the test is skipped.

    In continuous integration (CI=true) a missing program fails the test instead.
    """

    def require(name: str, *, package: str) -> str:
        path = shutil.which(name)
        if path is None:
            message = f"{name} is missing: install the system package {package}"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return path

    return require


@pytest.fixture
def sockets_left_by_jupyter() -> Iterator[None]:
    """Jupyter's client leaves sockets to the garbage collector, which warns; let it be quiet."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
