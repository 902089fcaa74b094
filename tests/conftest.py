"""Servers that the tests start: one for all, since starting costs a second."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def postgres_server():
    """Start a private PostgreSQL with a user that can only read."""
    from tests.postgres import PASSWORD, READER, Postgres

    server = Postgres()
    try:
        server.start()
        server.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres(postgres_server, monkeypatch):
    """Answer the server; the reader's password is in the environment, as people have it."""
    from tests.postgres import PASSWORD

    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return postgres_server


@pytest.fixture(scope="session")
def mariadb_server():
    """Start a private MariaDB with a user that can only read."""
    from tests.mariadb import Mariadb

    server = Mariadb()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def mariadb(mariadb_server, monkeypatch):
    """Answer the server; the reader's password is in the environment, as people have it."""
    from tests.mariadb import PASSWORD

    monkeypatch.setenv("MYSQL_PWD", PASSWORD)
    return mariadb_server


@pytest.fixture
def web():
    """Start a web server."""
    from tests.sources.web import Web

    server = Web()
    yield server
    server.close()
