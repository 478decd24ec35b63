"""The repository's address, for the site's edit, issue and launch links.

A clone with a git remote uses that remote's address, so a fork's site points at the fork.
Elsewhere it is the one in pyproject.toml.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config

HOSTS = ("github", "gitlab", "bitbucket")


def repository_address(root: Path) -> str:
    """Return the web address of the repository whose working tree is `root`."""
    return web_address(_origin(root)) or _address_in_pyproject(root)


def web_address(remote: str) -> str | None:
    """Return the https address of a git remote, without credentials; None for a local path.

    >>> web_address("git@github.com:ada/course.git")
    'https://github.com/ada/course'
    >>> web_address("https://ada:secret@github.com/ada/course.git")
    'https://github.com/ada/course'
    >>> web_address("../course") is None
    True
    """
    scp_form = re.fullmatch(r"(?:[^@/]+@)?([\w-]+(?:\.[\w-]+)+):(?!/)(\S+)", remote)
    if scp_form:
        host, path = scp_form.groups()
    else:
        parts = urlsplit(remote)
        if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
            return None
        host, path = parts.hostname, parts.path
    path = path.strip("/").removesuffix(".git")
    return f"https://{host}/{path}" if path.count("/") else None


def _origin(root: Path) -> str:
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def _address_in_pyproject(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["repository"])


def offered_buttons(address: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return theme options with `address` and only the buttons that its host supports."""
    host = urlsplit(address).hostname or ""
    provider = next((name for name in HOSTS if name in host), None)
    if provider is None:
        return {
            key: value
            for key, value in options.items()
            if key not in ("use_repository_button", "use_edit_page_button", "use_issues_button")
            and key != "launch_buttons"
        }
    launch = dict(options.get("launch_buttons", {}))
    if provider != "github":
        launch.pop("colab_url", None)
    issues = options.get("use_issues_button", False) and provider != "bitbucket"
    return options | {
        "repository_url": address,
        "launch_buttons": launch,
        "use_issues_button": issues,
    }


def _set_address(app: Sphinx, config: Config) -> None:
    address = repository_address(Path(app.srcdir))
    config.html_theme_options = offered_buttons(address, config.html_theme_options)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", _set_address)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
