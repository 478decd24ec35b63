"""Links on the pages lead somewhere, launch buttons open real notebooks, images have words."""

import posixpath
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
from repository_address import repository_address

LAUNCHERS = ("mybinder.org", "colab.research.google.com")


def launch_links(page):
    return [a["href"] for a in page.select("a[href]") if urlsplit(a["href"]).hostname in LAUNCHERS]


def launched_path(link):
    """The path within the repository that a launch link opens."""
    parts = urlsplit(link)
    if parts.hostname == "mybinder.org":
        return parse_qs(parts.query)["urlpath"][0].removeprefix("lab/tree/")
    return unquote(parts.path.split("/blob/main/")[1])


def test_launch_links_open_notebooks_that_are_in_the_repository(root, pages):
    links = {launched_path(link) for page in pages.values() for link in launch_links(page)}
    assert links == {f"labs/{lab.name}/{lab.name}.ipynb" for lab in root.glob("labs/lab[0-9]*")}
    for path in links:
        assert nbformat.read(root / path, as_version=4).cells


def test_chapters_have_no_launch_button_for_their_text_would_open_as_text(pages):
    assert not any(launch_links(page) for name, page in pages.items() if "labs/" not in name)


def test_edit_links_lead_to_the_repository(root, pages):
    address = repository_address(root)
    links = [a["href"] for a in pages["book/intro.html"].select("a[href]")]
    assert f"{address}/edit/main/book/intro.md" in links


def local_targets(page):
    for tag, attribute in (("a", "href"), ("link", "href"), ("img", "src"), ("script", "src")):
        for element in page.select(f"{tag}[{attribute}]"):
            target = urlsplit(element[attribute])
            if not target.scheme and not target.netloc:
                yield unquote(target.path), target.fragment


def test_internal_links_resolve(site, pages):
    broken = []
    for name, page in pages.items():
        for path, fragment in local_targets(page):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            target = name if not path else target
            there = (site / target).is_file()
            if there and fragment and target in pages:
                there = pages[target].find(id=fragment) is not None
            if not there:
                broken.append((name, path, fragment))
    assert not broken


def test_every_image_of_a_text_has_alternative_text(pages):
    silent = [
        (name, image.get("src", "")[:60])
        for name, page in pages.items()
        for image in page.select("article img")
        if not image.get("alt", "").strip()
    ]
    assert not silent


def test_no_copies_of_sources_are_served(site):
    assert not (site / "_sources").exists()
    assert not [path for path in site.rglob("*") if path.suffix in (".md", ".ipynb")]


def test_every_page_names_its_icon_for_browsers_ask_for_one_anyway(pages):
    assert not [name for name, page in pages.items() if not page.select("link[rel~=icon]")]
