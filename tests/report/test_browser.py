"""The HTML report in a real Chromium: what it shows, what it loads, how it behaves."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.report.factory import HOSTILE, NASTY_SQL, full_report, report, wide

from dataready.report.html import render_html

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (400, 1000, 1600)

# Each piece of text that can be seen, with the rectangles of its lines, cut to what its
# scrolling boxes let through.
TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(".unseen, .skip, script, style, option")) continue;
    if (!parent.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      let box = {left: r.left, right: r.right, top: r.top + 2, bottom: r.bottom - 2};
      for (let e = parent; e && e !== document.body; e = e.parentElement) {
        if (e instanceof SVGElement || getComputedStyle(e).overflowX === "visible") continue;
        const c = e.getBoundingClientRect();
        box = {left: Math.max(box.left, c.left), right: Math.min(box.right, c.right),
               top: Math.max(box.top, c.top), bottom: Math.min(box.bottom, c.bottom)};
      }
      if (box.right - box.left > 1 && box.bottom - box.top > 1)
        found.push({text: node.data.trim().slice(0, 40), parent, ...box});
    }
  }
  return found;
}"""

OVERLAPS = f"""() => {{
  const texts = ({TEXTS})().sort((a, b) => a.top - b.top);
  const bad = [];
  texts.forEach((a, i) => {{
    for (let j = i + 1; j < texts.length && texts[j].top < a.bottom; j++) {{
      const b = texts[j];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      if (wide > 1 && Math.min(a.bottom, b.bottom) - b.top > 1) bad.push([a.text, b.text]);
    }}
  }});
  return bad;
}}"""

FAINT = f"""() => {{
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => {{
    const [r, g, b] = c.map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }};
  const behind = (e) => {{
    for (; e; e = e.parentElement) {{
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
    }}
    return [255, 255, 255];
  }};
  return ({TEXTS})().flatMap(({{text, parent}}) => {{
    const style = getComputedStyle(parent);
    const front = parent instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(rgb(front).slice(0, 3)), light(behind(parent))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return ratio < 4.5 ? [[text, ratio]] : [];
  }});
}}"""

OUTSIDE = """(svg) => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("line, circle, text")].filter((e) => {
    const {left, right, top, bottom} = e.getBoundingClientRect();
    return left < whole.left || right > whole.right || top < whole.top || bottom > whole.bottom;
  }).map((e) => e.outerHTML);
}"""

OPEN_ALL = "for (const d of document.querySelectorAll('details')) d.open = true"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOWN_ROWS = """[...document.querySelectorAll('#d0 table.sortable tbody tr')]
  .filter((row) => row.checkVisibility()).map((row) => row.cells[0].innerText.split('\\n')[0])"""
SHOWN_DETAILS = """[...document.querySelectorAll('#d0 details[data-i]')]
  .filter((d) => d.checkVisibility()).length"""


@pytest.fixture(scope="module")
def browser():
    """Start Chromium once; a machine without it is told what to install."""
    chromium = os.environ.get("DATAREADY_CHROMIUM") or shutil.which("chromium")
    if not chromium or not Path(chromium).exists():
        pytest.fail(
            "There is no Chromium. Install it (apt-get update && apt-get install -y chromium) "
            "or name one in DATAREADY_CHROMIUM.",
            pytrace=False,
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Write the realistic report to a file, as a reader gets it."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(full_report()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def visit(browser, address):
    """Open a page in a fresh profile, and fail if it complained or asked for anything."""
    contexts, complaints, requests = [], [], []

    def open_(width=1000, url=address, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overlaps_or_sticks_out(visit, width, scheme):
    """At every width and in both schemes text is apart, inside the page, and readable."""
    page = visit(width, color_scheme=scheme)
    for step, least in (("0", 400), (OPEN_ALL, 2000)):
        page.evaluate(step)
        assert page.evaluate(f"({TEXTS})().length") > least
        assert page.evaluate(SIDEWAYS) == 0
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(FAINT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_shows_everything_in_dark_ink(visit, scheme):
    """On paper every detail is open, filters do not count, and controls are gone."""
    page = visit(700, color_scheme=scheme)
    page.fill("#d0 [data-filter=name]", "income")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate(f"{SHOWN_ROWS}.length") == 21
    assert not page.locator("#d0 .controls").is_visible()
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(FAINT) == []
    assert page.evaluate(SIDEWAYS) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 1
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("width", "media"), [(320, "screen"), *((w, "screen") for w in WIDTHS), (700, "print")]
)
def test_the_picture_of_a_loss_holds_its_marks(visit, width, media):
    """Dots, interval, the real value and every label lie inside it, apart from each other."""
    page = visit(width)
    page.emulate_media(media=media)
    for name in ("#verdict .dots", "#d1 .dots"):
        picture = page.locator(name)
        assert picture.locator("circle, .interval, .real").count() == 4
        assert picture.evaluate(OUTSIDE) == []
    assert page.evaluate(SIDEWAYS) == 0
    assert page.evaluate(OVERLAPS) == []


def test_without_script_nothing_is_missing(visit):
    """Controls that could not work are not shown; paper still opens every detail."""
    page = visit(java_script_enabled=False)
    assert not page.locator("#d0 .controls").is_visible()
    assert page.locator("#d0 table.sortable tbody tr").first.is_visible()
    measure = page.locator("#d0-c0 .tight").first
    assert not measure.is_visible()
    page.emulate_media(media="print")
    assert measure.is_visible()


def test_columns_can_be_sorted(visit):
    """A header sorts by mouse and keyboard, and says how it sorts."""
    page = visit()
    header = page.locator("#d0 th[data-sort]", has_text="Importance")
    start = page.evaluate(SHOWN_ROWS)
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert page.evaluate(SHOWN_ROWS)[:2] == ["income", "segment"]
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    assert page.evaluate(SHOWN_ROWS)[-1] == "income"
    names = page.locator("#d0 th[data-sort]", has_text="Column")
    names.get_by_role("button").press("Space")
    assert names.get_attribute("aria-sort") == "ascending"
    assert header.get_attribute("aria-sort") == "none"
    assert page.evaluate(SHOWN_ROWS) == sorted(start, key=str.lower)


def test_columns_can_be_filtered(visit):
    """Text, severity and role narrow the table and the details together."""
    page = visit()
    page.fill("#d0 [data-filter=name]", HOSTILE[:9].upper())
    assert page.evaluate(SHOWN_ROWS) == [HOSTILE]
    assert page.evaluate(SHOWN_DETAILS) == 1
    assert page.locator("#status").text_content() == "1 of 21 columns"
    page.fill("#d0 [data-filter=name]", "")
    page.select_option("#d0 [data-filter=severity]", "3")
    assert page.evaluate(SHOWN_ROWS) == ["email"]
    page.select_option("#d0 [data-filter=role]", "key")
    assert page.evaluate(SHOWN_ROWS) == []
    page.select_option("#d0 [data-filter=severity]", "-1")
    assert page.evaluate(SHOWN_ROWS) == ["customer_id"]


def test_a_link_opens_its_detail(visit):
    """From the table one step leads into the column, opened."""
    page = visit()
    assert not page.locator("#d0-c1 .finding").is_visible()
    page.locator("#d0 table.sortable").get_by_role("link", name="segment").press("Enter")
    page.locator("#d0-c1 .finding").wait_for(state="visible")
    assert page.locator("#d0-c0 .finding").is_hidden()


def test_all_details_open_and_close(visit):
    """One button opens every column of a dataset, and closes them again."""
    page = visit()
    page.get_by_role("button", name="Open all details").first.click()
    assert page.locator("#d0 details[data-i][open]").count() == 21
    page.get_by_role("button", name="Close all details").first.click()
    assert page.locator("#d0 details[data-i][open]").count() == 0


def test_sql_is_copied_exactly(visit):
    """The clipboard holds the query as it was, hidden characters included."""
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(OPEN_ALL)
    page.locator("#d0-c1 .sql").get_by_role("button").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == NASTY_SQL


def test_wide_tables_scroll_by_keyboard(visit):
    """On a phone a wide table moves inside its own box, which can be focused."""
    page = visit(400)
    box = page.locator("#d0 .columns .scroll")
    box.focus()
    assert box.evaluate("(e) => document.activeElement === e && e.scrollWidth > e.clientWidth")


def test_a_thousand_columns_stay_usable(visit, tmp_path):
    """A very wide table opens, sorts and filters."""
    path = tmp_path / "wide.html"
    path.write_text(render_html(report(wide(1000))), encoding="utf-8")
    page = visit(url=path.as_uri())
    page.fill("#d0 [data-filter=name]", "feature_0042")
    assert len(page.evaluate(SHOWN_ROWS)) == 1
    assert page.evaluate(SIDEWAYS) == 0
