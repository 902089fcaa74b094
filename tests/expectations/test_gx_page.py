"""Great Expectations' own page: its words, no values of the data, and nothing to load or run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.expectations.table import Pair

from dataready.expectations.gx_bridge import run_gx, write_gx
from dataready.expectations.gx_page import offline
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract


@pytest.fixture(scope="module")
def page(
    pair: Pair, broken: Extract, rules: tuple[Rule, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The page of a suite that is broken in many ways."""
    folder = tmp_path_factory.mktemp("page")
    hostile = Rule(kind="categories", column="country", values=("<script>alert(1)</script>",))
    write_gx((*rules, hostile), folder / "orders.json")
    run_gx(folder / "orders.json", broken, pair.plan, {}, trust=False, docs=folder / "data_docs")
    (path,) = (folder / "data_docs").iterdir()
    return path


def test_it_says_what_failed_and_no_value(page: Path) -> None:
    """Counts and shares; what failing cells hold stays in the extract. Its owner alone reads it."""
    text = page.read_text(encoding="utf-8")
    assert "unexpected values found" in text
    assert not any(value in text for value in ("12 EUR", "user1", "yesterday"))
    assert page.stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_to_load_or_run() -> None:
    """Scripts, styles of other hosts, images and handlers go; links within the page stay."""
    given = (
        '<head><link rel="stylesheet" href="https://a/b.css"><SCRIPT src="//c">x</SCRIPT></head>'
        '<a href="https://d">d</a><a href="#e">e</a><img src="f"><b onclick="g()">h</b>'
    )
    made = offline(given)
    assert 'href="#e"' in made
    assert "default-src 'none'" in made
    assert not any(gone in made.lower() for gone in ("https", "<script", "<img", "onclick", "//c"))


@pytest.mark.browser
def test_a_browser_asks_for_the_page_alone(page: Path) -> None:
    """No request but for the file itself, and no complaint."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DATAREADY_CHROMIUM") or shutil.which("chromium")
    assert chromium, "There is no Chromium: apt-get install chromium"
    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(page.as_uri())
        seen = tab.inner_text("body")
        browser.close()
    assert asked == [page.as_uri()]
    assert said == []
    assert "Unsuccessful Expectations" in seen
