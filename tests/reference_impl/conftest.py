"""What the tests of workers share."""

import sys
import types

import pytest


@pytest.fixture
def spawns(monkeypatch):
    """For tests that start processes: these need not import pytest again, as their main module."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
