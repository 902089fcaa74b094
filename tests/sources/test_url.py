"""URLs: what of them is shown, what they connect with, and which nobody reads."""

from __future__ import annotations

import pytest

from dataready.config.secret import SECRET
from dataready.config.text import FromEnvironment
from dataready.errors import ConfigError
from dataready.model import SourceSpec
from dataready.sources import open_source
from dataready.sources.url import resolved, scheme_of, shown


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("postgresql://me:secret@db/shop", "postgresql://me@db/shop"),
        ("postgresql://db/shop?password=secret&x=1", "postgresql://db/shop?password=...&x=1"),
        ("https://host/a.csv?sig=secret", "https://host/a.csv?sig=..."),
        ("postgresql:///shop?service=night", "postgresql:///shop?service=night"),
        (FromEnvironment("postgresql://a:secret@b/c", "${URL}"), "${URL}"),
        (FromEnvironment("postgresql://a:secret@b/c", "postgresql://a:${P}@b/c"),
         "postgresql://a@b/c"),
    ],
)  # fmt: skip
def test_no_secret_is_shown(url, safe):
    """User and host may be seen, passwords and signatures may not."""
    assert shown(url) == safe


def test_a_password_may_hold_anything(monkeypatch):
    """What came from the environment is quoted where it stands."""
    monkeypatch.setenv("P", "a@b/c?d")
    monkeypatch.setenv("H", "db:5432")
    written = "postgresql://me:${P}@${H}/shop"
    url = FromEnvironment("postgresql://me:a@b/c?d@db:5432/shop", written)

    assert resolved(url) == "postgresql://me:a%40b%2Fc%3Fd@db:5432/shop"


def test_a_whole_url_from_the_environment_is_taken_as_it_is():
    """Whoever wrote it has quoted it."""
    assert (
        resolved(FromEnvironment("postgresql://a:b%40@c/d", "${URL}")) == "postgresql://a:b%40@c/d"
    )


def test_paths_have_no_scheme():
    """Nor have names of drives."""
    assert [scheme_of(p) for p in ("a/b.csv", "C:/x.csv", "./a://b")] == [None, None, None]


def test_a_scheme_that_nobody_reads_is_refused(tmp_path):
    """The message says which there are."""
    with pytest.raises(ConfigError, match=r"begins with .gopher://.*paths of files"):
        open_source(SourceSpec(path="gopher://x/y"), base=tmp_path)


@pytest.mark.parametrize(
    "name",
    ["access_token", "api_key", "apikey", "X-Goog-Signature", "client_secret", "auth", "token",
     "secret", "X-Amz-Credential", "sslpassword", "pwd", "subscription-key", "sig"],
)  # fmt: skip
def test_what_is_a_secret_by_its_name_is_neither_shown_nor_taken(name):
    """The same names for both; from the environment they may come."""
    url = f"https://host/o.csv?page=2&{name}=canary"
    assert shown(url) == f"https://host/o.csv?page=2&{name}=..."
    assert SECRET.search(url)
    assert not SECRET.search(f"https://host/o.csv?{name}=${{TOKEN}}")


def test_what_may_be_a_secret_is_not_shown():
    """Names that mean other things as well are not refused."""
    for name in ("key", "code", "passfile"):
        assert shown(f"https://host/o.csv?{name}=canary") == f"https://host/o.csv?{name}=..."
        assert not SECRET.search(f"https://host/o.csv?{name}=x")
    assert not SECRET.search("https://host/o.csv?author=x&tokens_of=y&sslkey=k")
    assert shown("https://host/o.csv?author=x&sslkey=k") == "https://host/o.csv?author=x&sslkey=k"
