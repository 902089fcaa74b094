"""A private MariaDB for tests: on a free port, in a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pymysql
from tests.postgres import free_port

READER, PASSWORD = "reader", "canary-7f3b"


class Mariadb:
    """A server; `url` is what the settings would say of a user of it that can only read."""

    def __init__(self) -> None:
        """Make the folder of a server."""
        if shutil.which("mariadb-install-db") is None:
            msg = "There is no MariaDB server. `make test-databases` installs Debian's."
            raise RuntimeError(msg)
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="dataready-mariadb-"))
        # The server refuses to be run by root.
        self.user = {"user": "mysql", "group": "mysql"} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "mysql", "mysql")
        self.process = None
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **self.user,
        )  # fmt: skip

    def start(self):
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["mariadbd", "--no-defaults", f"--datadir={self.folder / 'data'}",
                 f"--socket={self.folder / 'socket'}", f"--port={self.port}",
                 "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M",
                 "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"],
                cwd=self.folder, stdout=log, stderr=log, **self.user,
            )  # fmt: skip
        for _ in range(400):
            with socket.socket(socket.AF_UNIX) as s:
                if s.connect_ex(str(self.folder / "socket")):
                    time.sleep(0.05)
                    continue
            try:
                self.run(
                    f"CREATE USER IF NOT EXISTS {READER}@'%' IDENTIFIED BY '{PASSWORD}'",
                    "CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4",
                    f"GRANT SELECT ON *.* TO {READER}@'%'",
                    database=None,
                )
            except pymysql.Error:
                time.sleep(0.05)
            else:
                return self
        msg = f"The server did not start: {(self.folder / 'log').read_text()[-2000:]}"
        raise RuntimeError(msg)

    def stop(self):
        """Stop it as a crash does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)

    def remove(self):
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        """The address for the user that can only read; it holds no password."""
        return self.address()

    def address(self, port=None, scheme="mysql"):
        """Answer an address without a password."""
        return f"{scheme}://{READER}@127.0.0.1:{port or self.port}/shop"

    @contextmanager
    def connect(self, database="shop"):
        """Connect as the administrator, each statement on its own."""
        con = pymysql.connect(unix_socket=str(self.folder / "socket"), user="root",
                              database=database, autocommit=True, charset="utf8mb4")  # fmt: skip
        with con, con.cursor() as cursor:
            yield cursor

    def run(self, *statements, database="shop"):
        """Run statements, and answer the rows of the last one."""
        with self.connect(database) as cursor:
            cursor.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def give(self, *statements):
        """Make tables in a new database `shop`."""
        self.run(
            "DROP DATABASE IF EXISTS shop",
            "CREATE DATABASE shop CHARACTER SET utf8mb4",
            database=None,
        )
        self.run(*statements)
