"""Tests for `dataready.profile.infer`."""

import datetime as dt

import duckdb
import pytest

from dataready.profile.infer import DATE_FORMATS, Reading, is_placeholder, read_as
from dataready.profile.relation import parse_date


@pytest.mark.parametrize(
    ("texts", "reading"),
    [
        pytest.param(["1", "-2.5", " 3e4 "], Reading("number"), id="decimals"),
        pytest.param(["1", "n/a", "?", "", "NULL"], Reading("number"), id="words for nothing"),
        pytest.param(["1", "2", "3", "n.g.", "n.g."], Reading("number"), id="a token repeats"),
        pytest.param(["1", "2", "low", "high"], Reading("text"), id="words that do not repeat"),
        pytest.param(["1", "x", "x", "x"], Reading("text"), id="mostly a token"),
        pytest.param(["1", "2 kg", "3 kg", "4 g"], Reading("text"), id="units"),
        pytest.param(["1,5", "2,5"], Reading("text"), id="decimal commas"),
        pytest.param(["007", "010", "123"], Reading("text"), id="leading zeros"),
        pytest.param(["0", "10", "0.5"], Reading("number"), id="zero is no leading zero"),
        pytest.param(["20201231", "20200101"], Reading("number"), id="bare digits"),
        pytest.param(["2020-01-31", " 2020-12-01"], Reading("date"), id="ISO"),
        pytest.param(["2020-01-31T10:00:00Z"], Reading("date"), id="ISO in UTC"),
        pytest.param(["2020-01-31 10:00:00.5+02:00"], Reading("date"), id="ISO with an offset"),
        pytest.param(["2020-01-31T10:00-0530"], Reading("date"), id="ISO without seconds"),
        pytest.param(["2020-02-31", "2020-13-01"], Reading("text"), id="days that never were"),
        pytest.param(["31/12/2020", "1/2/2020"], Reading("date", "%d/%m/%Y"), id="day first"),
        pytest.param(["12/31/2020", "1/2/2020"], Reading("date", "%m/%d/%Y"), id="month first"),
        pytest.param(["1/2/2020", "3/4/2020"], Reading("date", "%d/%m/%Y"), id="ambiguous"),
        pytest.param(["31.12.20 10:30"], Reading("date", "%d.%m.%y %H:%M"), id="with a time"),
        pytest.param(["Dec 31, 2020"], Reading("date", "%b %d, %Y"), id="month by name"),
        pytest.param(["31/12/2020", "soon"], Reading("text"), id="half of them"),
        pytest.param(["", " ", "n/a"], Reading("text"), id="nothing"),
        pytest.param([], Reading("text"), id="no rows"),
    ],
)
def test_read_as(texts, reading):
    """A column's texts are what nearly all of them parse as."""
    assert read_as(texts) == reading


def test_least_is_heeded():
    """Who asks for less gets a number where others get text."""
    texts = ["1", "2", "3", "a", "b"]

    assert read_as(texts).base == "text"
    assert read_as(texts, least=0.6).base == "number"


@pytest.mark.parametrize("date_format", DATE_FORMATS)
@pytest.mark.parametrize("time", ["", " %H:%M:%S", " %I:%M %p"])
def test_duckdb_reads_the_formats_as_python_writes_them(date_format, time):
    """What was recognised in a sample is then read in all rows, as the same moment."""
    moment = dt.datetime(2021, 3, 4, 15, 5, 0, tzinfo=dt.UTC)
    if not time:
        moment = moment.replace(hour=0, minute=0)
    text = moment.strftime(date_format + time)

    sql = f"SELECT {parse_date('x', date_format + time)} FROM (SELECT ? AS x)"

    assert duckdb.connect().execute(sql, [text]).fetchone() == (moment.timestamp(),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N/A", True),
        (" null ", True),
        ("keine Angabe", True),
        ("-", True),
        ("Nancy", False),
        ("0", False),
    ],
)
def test_placeholders(text, expected):
    """Words for "no value" in several languages, and nothing that only looks like one."""
    assert is_placeholder(text) is expected
