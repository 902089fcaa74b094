"""Tests for `dataready.sources.selection`: when two requests are the same."""

from __future__ import annotations

from dataready.config.text import FromEnvironment
from dataready.model import Politeness, SourceSpec
from dataready.sources.selection import request_of

URL = "postgresql://reader:{}@host/{}"


def spec(word="one", database="shop", day="1", **more):
    """Make a request whose values come from the environment."""
    path = FromEnvironment(URL.format(word, database), written="${DATABASE_URL}")
    return SourceSpec(path=path, where=FromEnvironment(f"d = {day}", written="d = ${DAY}"), **more)


def test_what_comes_from_the_environment_is_part_of_what_is_asked_for():
    """Another database or another day is another request, however the settings write it."""
    assert request_of(spec()) == request_of(spec())
    assert len({request_of(s) for s in (spec(), spec(database="staging"), spec(day="2"))}) == 3


def test_passwords_and_politeness_are_not():
    """A new password, or more patience, asks for the same rows."""
    patient = spec(politeness=Politeness(retries=9))
    assert request_of(spec(word="two")) == request_of(patient) == request_of(spec())
