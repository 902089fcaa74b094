"""A proxy between a client and a server: it cuts, holds, slows down and changes what passes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress


class Proxy:
    """Listens on a port of its own and passes on to another, until it is told otherwise.

    Attributes:
        cut_after: Close both sides once so many bytes came from the server; None: never.
        hold_after: Send the client nothing more after so many bytes; None: never.
        pause_s: Wait so long before each piece.
        change: Maps a message of PostgreSQL's protocol (kind, content) from the server to
            the messages that the client gets; None passes bytes on as they are.
        cuts: How many connections may still be cut.
    """

    def __init__(self, port: int) -> None:
        """Listen; `port` is the server's."""
        self.server_port = port
        self.cut_after = self.hold_after = self.change = None
        self.pause_s = 0.0
        self.cuts = 1 << 30
        self.connections = 0
        self.sockets = []
        self.closed = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        """Answer itself."""
        return self

    def __exit__(self, *_error):
        """Close everything."""
        self.closed = True
        self.cut()
        self.listener.close()

    def cut(self):
        """Close all connections."""
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.sockets.clear()

    def _accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                with suppress(OSError, UnboundLocalError):
                    client.close()
                continue
            self.connections += 1
            self.sockets += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client, server):
        with suppress(OSError):
            while block := client.recv(1 << 16):
                server.sendall(block)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _down(self, server, client):
        passed, left = 0, b""
        with suppress(OSError):
            while block := server.recv(1 << 16):
                passed += len(block)
                if self.cut_after is not None and passed > self.cut_after and self.cuts > 0:
                    self.cuts -= 1
                    break
                while self.hold_after is not None and passed > self.hold_after and not self.closed:
                    time.sleep(0.05)
                time.sleep(self.pause_s)
                if self.change is None:
                    client.sendall(block)
                    continue
                messages, left = _messages(left + block)
                changed = (pair for message in messages for pair in self.change(*message))
                pieces = [kind + struct.pack("!I", len(new) + 4) + new for kind, new in changed]
                client.sendall(b"".join(pieces))
        for each in (server, client):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _messages(data):
    """Take PostgreSQL's messages off the start of bytes; answer them and the rest."""
    found = []
    while len(data) >= 5:
        (size,) = struct.unpack("!I", data[1:5])
        if len(data) < size + 1:
            break
        found.append((data[:1], data[5 : size + 1]))
        data = data[size + 1 :]
    return found, data
