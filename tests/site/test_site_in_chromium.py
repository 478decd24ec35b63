"""In a browser: nothing is asked of the network, nothing fails, search finds."""

from urllib.parse import quote


def test_no_page_makes_a_request_elsewhere_or_reports_an_error(pages, address, page):
    seen = []
    problems = []
    page.on("request", lambda request: seen.append(request.url))
    page.on(
        "requestfailed",
        # A page that leads on to another drops what it was loading: no failure.
        lambda request: (
            request.failure != "net::ERR_ABORTED" and problems.append(f"failed: {request.url}")
        ),
    )
    page.on("response", lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and problems.append(message.text),
    )
    for name in pages:
        page.goto(address + name, wait_until="networkidle")
    assert not problems
    assert not [url for url in seen if not url.startswith((address, "data:"))]
    assert len(seen) > len(pages)


def test_search_finds_the_page_that_a_word_is_on(pages, address, page):
    word = pages["book/02_batching.html"].h1.get_text().strip("#").split()[-1]
    page.goto(f"{address}search.html?q={quote(word)}")
    found = page.locator("#search-results li a")
    found.first.wait_for()
    assert any("book/02_batching.html" in link.get_attribute("href") for link in found.all())


def test_ctrl_k_opens_the_search_field(address, page):
    page.goto(f"{address}book/intro.html")
    page.keyboard.press("Control+k")
    page.locator("dialog input[type=search]").first.wait_for(state="visible")


def test_a_lab_downloads_as_its_whole_folder(address, page):
    page.goto(f"{address}labs/lab01/lab01.html")
    link = page.locator("a[href$='lab01.zip']").first.get_attribute("href")
    answer = page.request.get(f"{address}labs/lab01/{link}")
    assert answer.ok
    assert answer.body().startswith(b"PK")
