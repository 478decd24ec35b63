"""One lock file, the same commands in the Makefile and in the README, Binder alike."""

import importlib.util
import os
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text()


@pytest.fixture(scope="module")
def targets(root):
    return set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))


def requirement_lines(path):
    """A requirements file's entries, each on one line, without comments."""
    joined = path.read_text().replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in joined.splitlines()]
    return [line for line in lines if line]


def test_the_lock_pins_everything_with_hashes_and_names_no_registry(root):
    text = (root / "requirements.lock").read_text()
    assert "://" not in text
    for line in requirement_lines(root / "requirements.lock"):
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_lock_holds_everything_that_the_project_asks_for(root):
    def names(path):
        return {
            re.match(r"[\w.-]+", line).group().lower().replace("_", "-")
            for line in requirement_lines(root / path)
        }

    assert names("requirements.in") <= names("requirements.lock")


def test_binder_installs_the_same_lock_and_the_project(root):
    assert requirement_lines(root / "binder/requirements.txt") == ["-r ../requirements.lock"]
    post_build = root / "binder/postBuild"
    assert "-e ." in post_build.read_text()
    assert os.access(post_build, os.X_OK)
    assert (root / "binder/runtime.txt").read_text().strip() in ("python-3.11", "python-3.12")


def test_the_readme_names_every_target_and_no_other(readme, targets):
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", readme, re.MULTILINE)) == targets


def test_the_readme_gives_the_plain_commands_behind_each_target(
    root, readme, targets, require_program
):
    make = require_program("make", package="make")
    # A make around these tests would pass its own options on.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    for target in sorted(targets - {"help", "lock", "clean"}):
        command = [make, "-n", "-B", target, "PYTHON=python3"]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=True
        )
        for line in done.stdout.splitlines():
            if line.startswith((".venv/bin/", "python3 -m")):
                assert line in readme, f"make {target}"


def test_the_modules_that_the_readme_runs_exist(readme):
    for module in set(re.findall(r"python3? -m ([\w.]+)", readme)):
        assert importlib.util.find_spec(module), module


def test_continuous_integration_runs_the_readme_s_test_command(root):
    script = root / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "\nmake test\n" in script.read_text()
