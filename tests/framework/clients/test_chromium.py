"""Chromium: a page with everything that a browser does over HTTP/1.1, and its console."""

from __future__ import annotations

import pytest
from clientkit import ClientApp, missing, package, sha
from serving import serving

from workshop.book.screenshots import FLAGS, find_browser


@pytest.fixture(scope="module")
def browser():
    path = find_browser() or missing("Chromium")
    playwright = package("playwright.sync_api").sync_playwright
    with playwright() as started:
        browser = started.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("mode", ["protocol", "pool", "threads"])
def test_a_page_fetches_uploads_streams_and_hears_events(browser, mode, tmp_path):
    client = ClientApp(tmp_path)
    with serving(mode, client.app, limits=client.app.limits) as served:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"http://127.0.0.1:{served.address[1]}/files/page.html")
        try:
            page.wait_for_function("document.title === 'done'", timeout=20_000)
        except Exception as error:
            raise AssertionError(f"the page did not come to its end: {said}") from error
        seen = page.evaluate("window.seen")
        page.close()
    assert seen["echo"] == {"a": "ü"}
    assert seen["stream"].endswith("line 9\n") and seen["many"] is True
    assert seen["part"] == [206, 10]
    assert seen["sha"] == seen["upload"] == sha(client.data)
    assert seen["refused"] == 413, "an early answer to an upload, read and not reset"
    assert seen["ids"] == ["1", "2", "3", "4", "5", "6"], "it came back and went on where it was"
    assert seen["data"][5] == "ü6\nsecond line"
    assert [line for line in said if "413" not in line] == []
