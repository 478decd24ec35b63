"""What tests of every folder share."""

import os
import shutil
from collections.abc import Callable

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
