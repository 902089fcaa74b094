"""A private PostgreSQL for tests: on a free port, in a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from adbc_driver_postgresql import dbapi

ADMIN, READER, PASSWORD = "admin", "reader", "canary-7f3a"


def binaries() -> Path:
    """Find the folder of the server's programs, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    named = shutil.which("initdb")
    if found:
        return found[0].parent
    if named is None:
        msg = "There is no PostgreSQL server. `make test-databases` installs Debian's."
        raise RuntimeError(msg)
    return Path(named).parent


def free_port() -> int:
    """Answer a port of this machine that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Postgres:
    """A server; `url` is what the settings would say of a user of it that can only read."""

    def __init__(self, *, port: int | None = None, **settings: str) -> None:
        """Make the folder of a database; `settings` go to its command line."""
        self.bin = binaries()
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="dataready-pg-"))
        # The server refuses to be run by root.
        self.user: dict[str, Any] = (
            {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        )
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if self.user:
            shutil.chown(secret, "postgres", "postgres")
        self.settings = {"fsync": "off", "listen_addresses": "127.0.0.1"} | settings
        self.process: subprocess.Popen[bytes] | None = None
        arguments = ["-A", "scram-sha-256", f"--pwfile={secret}", "-U", ADMIN, "--no-sync"]
        arguments += ["-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self.folder / "data"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.bin / program), *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.user,
        )

    def start(self) -> Postgres:
        """Start it, and wait until it answers."""
        given = [f"-c{name}={value}" for name, value in self.settings.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.folder / "data"),
                 "-p", str(self.port), "-k", str(self.folder), *given],
                cwd=self.folder, stdout=log, stderr=log, **self.user,
            )  # fmt: skip
        for _ in range(200):
            with suppress(Exception), self.connect():
                return self
            time.sleep(0.05)
        msg = f"The server did not start: {(self.folder / 'log').read_text()[-2000:]}"
        raise RuntimeError(msg)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT fast, SIGQUIT as in a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address for the user that can only read; it holds no password."""
        return self.address()

    def address(
        self, user: str = READER, database: str = "postgres", port: int | None = None
    ) -> str:
        """Answer an address without a password."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[Any]:
        """Connect as the administrator, each statement on its own."""
        address = f"postgresql://{ADMIN}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        with dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            yield cursor

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run statements, and answer the rows of the last one."""
        with self.connect(database) as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def give(self, *statements: str) -> None:
        """Make tables in a new schema `public` that the reader may read."""
        self.run(
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            *statements,
            f"GRANT USAGE ON SCHEMA public TO {READER}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}",
        )
