"""The buttons of a page: a lab can be launched and downloaded, every page can be printed.

The theme would offer to launch chapters too, but their source is text, which neither Binder
nor Colab opens as a notebook. A lab's download is its whole folder, because a notebook alone
finds no checks.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PRINT = {
    "type": "javascript",
    "javascript": "window.print()",
    "text": "Print or save as PDF",
    "tooltip": "Print or save as PDF",
    "icon": "fas fa-file-pdf",
    "label": "download-pdf-button",
}


def lab_files(lab: Path) -> dict[str, Path]:
    """Return what a student needs from the folder `lab`: each file by its name in the zip."""
    return {
        f"{lab.name}/{path.relative_to(lab).as_posix()}": path
        for path in sorted(lab.rglob("*"))
        if path.is_file() and _is_shipped(path.relative_to(lab))
    }


def _is_shipped(path: Path) -> bool:
    made_by_running = any(part.startswith((".", "__pycache__")) for part in path.parts)
    return not made_by_running and path.suffix not in (".zip", ".log")


def write_zip(files: dict[str, Path], target: Path) -> None:
    """Write `files` to the zip `target`; the same files give the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _set_buttons(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if doctree is None:
        return
    source = Path(app.env.doc2path(pagename))
    buttons = context["header_buttons"]
    if source.suffix != ".ipynb":
        buttons[:] = [button for button in buttons if button.get("label") != "launch-buttons"]
        buttons.append(PRINT | {"text": ""})
        return
    target = Path(app.outdir) / "_downloads" / f"{source.stem}.zip"
    write_zip(lab_files(source.parent), target)
    lab = {
        "type": "link",
        "url": context["pathto"](f"_downloads/{target.name}", 1),
        "text": "This lab's folder (.zip)",
        "tooltip": "Download this lab's folder",
        "icon": "fas fa-folder",
        "label": "download-lab-button",
    }
    buttons.append(
        {
            "type": "group",
            "buttons": [lab, PRINT],
            "tooltip": "Download this lab",
            "icon": "fas fa-download",
            "label": "download-buttons",
        }
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx, after the theme has made its buttons."""
    app.connect("html-page-context", _set_buttons, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
