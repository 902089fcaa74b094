"""Objects of stores and servers: listed, fetched whole, and held against what was promised."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from dataready.config.text import FromEnvironment
from dataready.errors import (
    ConfigError,
    EmptySourceError,
    ReconciliationError,
    SourceError,
    TransientSourceError,
)
from dataready.model import Politeness
from dataready.sources.file import suffix_of
from dataready.sources.url import resolved, shown

__all__ = ["HttpStore", "Object", "S3Store", "Store"]

_CHUNK = 1 << 20
_MD5 = re.compile(r"[0-9a-f]{32}")
_WILD = re.compile(r"[*?\[]")
_OPTIONS = ("endpoint", "region")
_OPTION = re.compile(r"\?(?:endpoint|region)=.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One object: `tag` changes whenever its contents do, "" where the server gives none."""

    name: str
    key: str
    bytes: int | None
    tag: str


class Store(Protocol):
    """Where objects are."""

    @property
    def server(self) -> str:
        """What people call it."""

    def objects(self) -> list[Object]:
        """List what the address means, sorted by name.

        Raises:
            SourceError: It cannot be listed.
            EmptySourceError: There is nothing.
        """

    def fetch(self, item: Object, place: Path) -> str:
        """Fetch one object whole, and say in a sentence how that was proven.

        Raises:
            SourceError: It cannot be fetched, or changed meanwhile.
            ReconciliationError: What came is not what the server says it sent.
        """


def _proven(
    item: Object, place: Path, size: int | None, sums: dict[str, str], *, ended: bool = False
) -> str:
    """Hold a fetched file against its size and checksums, given as names and hexadecimals.

    `ended` says that the server marked the end of what it sent.
    """
    got = place.stat().st_size
    expected = item.bytes if size is None else size
    if expected is not None and got != expected:
        msg = f"'{item.name}' has {expected:,} bytes at the source, and {got:,} came."
        raise TransientSourceError(msg)
    if not sums and expected is None:
        if ended:
            return f"'{item.name}': {got:,} bytes up to the server's mark; it gives no checksum."
        return (
            f"'{item.name}': {got:,} bytes came. The server does not say how many there are, and "
            "gives no checksum: a cut would not be noticed."
        )
    if not sums:
        return f"'{item.name}': {got:,} bytes, as the server says; it gives no checksum."
    name, wanted = next(iter(sums.items()))
    with place.open("rb") as f:
        found = hashlib.file_digest(f, lambda: hashlib.new(name, usedforsecurity=False))
    if found.hexdigest() != wanted:
        msg = (
            f"What came of '{item.name}' is not what the server says it sent: its {name.upper()} "
            "is another one. Nothing is kept. Pull again; if it stays so, report this."
        )
        raise ReconciliationError(msg)
    return f"'{item.name}': {got:,} bytes with the {name.upper()} that the server gives."


def _copy(stream: Any, place: Path) -> None:  # noqa: ANN401 - what libraries answer
    """Write what comes, some at a time."""
    with place.open("wb") as out:
        while block := stream.read(_CHUNK):
            out.write(block)


def _changed(name: str) -> TransientSourceError:
    return TransientSourceError(f"'{name}' changed while it was read. Run again once it is whole.")


class _SameHost(HTTPRedirectHandler):
    """Follows redirects to the same host only: no other one is named in the settings."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            words = (
                f"'{here.hostname}' sends on to the host '{there.hostname}', which the settings "
                "do not name. Name the file's own address."
            )
            raise SourceError(words)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class HttpStore:
    """One file of a web server."""

    def __init__(self, url: str, politeness: Politeness) -> None:
        """Take the address apart; nothing is asked yet."""
        self.where, self._politeness = shown(url), politeness
        parts = urlsplit(resolved(url))
        self.server = f"{parts.scheme}://{parts.hostname or ''}"
        user, _, host = parts.netloc.rpartition("@")
        self._url = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
        self._headers = {"User-Agent": politeness.application_name, "Accept-Encoding": "identity"}
        if user:
            name, _, password = user.partition(":")
            plain = f"{unquote(name)}:{unquote(password)}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(plain).decode()}"
        self._name = _last(url, parts.path)
        # Proxies of the environment are hosts that the settings do not name.
        self._opener = build_opener(ProxyHandler({}), _SameHost())

    def objects(self) -> list[Object]:
        """Ask for the file's size and tag."""
        if not self._name:
            msg = f"'{self.where}' names no file. A web server has no folders that can be listed."
            raise SourceError(msg)
        with self._asked("HEAD", {}) as answer:
            return [_described(self._name, self._url, answer.headers)]

    def fetch(self, item: Object, place: Path) -> str:
        """Fetch the file; the server is told which state of it is wanted."""
        wanted = {"If-Match": item.tag} if item.tag.startswith('"') else {}
        with self._asked("GET", wanted) as answer:
            got = _described(item.name, item.key, answer.headers)
            if (got.tag, got.bytes) != (item.tag, item.bytes):
                raise _changed(item.name)
            _copy(answer, place)
            sums, ended = _http_sums(answer.headers), bool(answer.chunked)
            return _proven(item, place, got.bytes, sums, ended=ended)

    @contextmanager
    def _asked(self, method: str, headers: dict[str, str]) -> Iterator[Any]:
        """Ask, and turn what goes wrong into words without the address's secrets."""
        request = Request(self._url, headers=self._headers | headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._politeness.stall_timeout_s) as answer:
                yield answer
        except HTTPError as e:
            e.close()
            raise _http_error(e.code, self.where, self._name) from None
        except URLError as e:
            certificate = "certificate" in str(e.reason).lower()
            if certificate:
                msg = f"'{self.where}' shows a certificate that is not to be trusted."
                raise SourceError(msg) from None
            msg = f"'{self.where}' cannot be reached. Is the server up, and the network?"
            raise TransientSourceError(msg) from None
        except (HTTPException, TimeoutError, ConnectionError):
            msg = f"'{self.where}' cannot be read: the connection was lost, or nothing came."
            raise TransientSourceError(msg) from None


def _last(url: str, path: str) -> str:
    """Answer a file's name as it may be shown: of what the environment gave, the variable.

    The suffix that says its kind stays.
    """
    name = unquote(path).rpartition("/")[2]
    if not isinstance(url, FromEnvironment):
        return name
    # A default may hold a slash.
    plain = re.sub(r"(\$\{\w+):-[^}]*", r"\1", url.written)
    said = unquote(re.split(r"[?#]", plain)[0].rpartition("/")[2])
    if not name or said == name:
        return name
    kind = suffix_of(name)
    return said if suffix_of(said) == kind else said + kind


def _described(name: str, key: str, headers: HTTPMessage) -> Object:
    """Read size and tag from the headers of an answer."""
    length = headers.get("Content-Length", "")
    tag = headers.get("ETag") or headers.get("Last-Modified") or ""
    return Object(name=name, key=key, bytes=int(length) if length.isdigit() else None, tag=tag)


def _http_sums(headers: HTTPMessage) -> dict[str, str]:
    """Read the checksums that a server may give (RFC 9530, and what came before it)."""
    said = headers.get("Repr-Digest") or headers.get("Digest") or ""
    found = re.search(r"sha-256=:?([A-Za-z0-9+/]{43}=)", said, re.IGNORECASE)
    if found:
        return {"sha256": base64.b64decode(found[1]).hex()}
    md5 = headers.get("Content-MD5", "")
    return {"md5": base64.b64decode(md5).hex()} if md5 else {}


def _http_error(code: int, where: str, name: str) -> SourceError:
    """Say what a status means."""
    if code == 412:
        return _changed(name)
    if code in {408, 425, 429} or code >= 500:
        return TransientSourceError(f"'{where}' cannot be read: the server answers {code}.")
    words = {401: "it wants a user, or refuses this one", 403: "it may not be read by this user",
             404: "there is no such file", 410: "there is no such file"}  # fmt: skip
    said = words.get(code, "the server refuses")
    return SourceError(f"'{where}' cannot be read: {said} ({code}).")


def _boto() -> ModuleType:
    """Import the driver.

    Raises:
        SourceError: It is not installed.
    """
    try:
        import boto3
    except ImportError:
        msg = "The driver for S3 is not installed. Install it: pip install 'dataready[s3]'"
        raise SourceError(msg) from None
    module: ModuleType = boto3
    return module


class S3Store:
    """Objects of a bucket: one, those below a prefix that ends in '/', or a pattern."""

    def __init__(self, url: str, politeness: Politeness) -> None:
        """Take the address apart; nothing is asked yet.

        Raises:
            ConfigError: It has an option that is not known, or no bucket.
        """
        self.where, self._politeness = shown(url), politeness
        address = resolved(url)
        # A question mark may also stand in a pattern.
        found = _OPTION.search(address)
        options = dict(parse_qsl(found[0][1:])) if found else {}
        bucket, _, key = address[: found.start() if found else None][len("s3://") :].partition("/")
        if set(options) - set(_OPTIONS) or not bucket or "@" in bucket:
            msg = (
                f"'{self.where}' is no address of objects. Write 's3://bucket/path', with the "
                "options 'endpoint' and 'region' behind '?'; keys come from the environment."
            )
            raise ConfigError(msg)
        self._bucket, self._key = bucket, key
        self._endpoint = options.get("endpoint")
        environment = os.environ
        self._region = options.get("region") or environment.get("AWS_REGION")
        self._region = self._region or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        self.server = f"s3://{self._bucket}"

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - made at run time by the library
        """Make a client that takes keys from the environment, and asks no host but the store."""
        boto3 = _boto()
        from botocore import UNSIGNED
        from botocore.config import Config

        key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        config = Config(
            ignore_configured_endpoint_urls=True,
            connect_timeout=self._politeness.connect_timeout_s,
            read_timeout=self._politeness.stall_timeout_s,
            retries={"total_max_attempts": 1},
            user_agent_extra=self._politeness.application_name,
            s3={"addressing_style": "path" if self._endpoint else "auto"},
            proxies={},
            **({} if key and secret else {"signature_version": UNSIGNED}),
        )
        session = boto3.session.Session(
            aws_access_key_id=key or "-",
            aws_secret_access_key=secret or "-",
            aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
            region_name=self._region,
        )
        return session.client("s3", endpoint_url=self._endpoint, config=config)

    def objects(self) -> list[Object]:
        """List the objects: one page after the other."""
        wild = _WILD.search(self._key)
        fixed = self._key[: wild.start()] if wild else self._key
        folder, slash, _ = fixed.rpartition("/")
        root = folder + slash
        found = []
        with self._translated(self.where):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=fixed):
                for o in page.get("Contents", ()):
                    key = str(o["Key"])
                    if self._is_meant(key, wild=wild is not None):
                        name, size, tag = key.removeprefix(root), int(o["Size"]), str(o["ETag"])
                        found.append(Object(name=name, key=key, bytes=size, tag=tag))
        if not found:
            msg = f"'{self.where}' holds no object of that name. Check bucket, path and pattern."
            raise EmptySourceError(msg)
        return sorted(found, key=lambda o: o.name)

    def _is_meant(self, key: str, *, wild: bool) -> bool:
        """Say whether an object is one that the address means; `*` does not go into folders."""
        if key.endswith("/"):
            return False
        if not wild:
            folder = not self._key or self._key.endswith("/")
            inside = folder and "/" not in key.removeprefix(self._key)
            return key == self._key or (inside and key.rpartition("/")[2][0] != ".")
        if "**" not in self._key and key.count("/") != self._key.count("/"):
            return False
        return fnmatchcase(key, self._key.replace("**/", "*"))

    def fetch(self, item: Object, place: Path) -> str:
        """Fetch an object in the state in which it was listed."""
        with self._translated(item.name):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=item.key, IfMatch=item.tag, ChecksumMode="ENABLED"
            )
            with answer["Body"] as body:
                _copy(body, place)
        tag = item.tag.strip('"')
        # With keys of the customer's or of a service, a tag is no MD5.
        plain = answer.get("ServerSideEncryption") in {None, "AES256"}
        plain = plain and not answer.get("SSECustomerAlgorithm")
        sums = {"md5": tag} if plain and _MD5.fullmatch(tag) else {}
        return _proven(item, place, int(answer["ContentLength"]), sums)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Turn what the library raises into words of our own."""
        _boto()
        from botocore import exceptions

        try:
            yield
        except exceptions.ClientError as e:
            status = int(e.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise _http_error(status, what, what) from None
        except exceptions.FlexibleChecksumError:
            msg = f"What came of '{what}' does not have the checksum that the store keeps of it."
            raise ReconciliationError(msg) from None
        except (exceptions.BotoCoreError, ValueError, OSError) as e:
            if isinstance(e, OSError) and e.errno == 28:
                raise
            msg = f"'{what}' cannot be read: the store cannot be reached, or was lost."
            raise TransientSourceError(msg) from None
