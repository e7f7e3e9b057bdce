"""How a node that runs is talked to: JSON-RPC 2.0 over the unix socket in its folder, a line for each message."""

from __future__ import annotations

import json
import os
import socket
from typing import Any, Iterator

TIMEOUT = 60.0  # seconds: longer than a node takes, unless it reads and copies large files for a job first
ANSWER_MAX = 16 << 20  # bytes of a line: a node sends less


class NodeError(Exception):
    """A node's answer that is an error: `code`, which stays, `error`, the same as a word, and a sentence."""

    code = 0

    def __init__(self, message: str, code: int = 0, error: str = "") -> None:
        super().__init__(message)
        self.code = code or self.code
        self.error = error


class Connection:
    """One connection, made when it is first needed and again after it was lost. Not for several threads at once."""

    errors: dict[int, type[NodeError]] = {}  # by code

    def __init__(self, folder: str | os.PathLike[str], timeout: float = TIMEOUT) -> None:
        """`folder` is the node's: ~/.prometheus/signet. OSError, at the first call, when no node runs there."""
        self.folder = os.path.expanduser(os.fspath(folder))
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._lines: Any = None
        self._last = 0

    def close(self) -> None:
        if self._socket is not None:
            self._lines.close()
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(self.timeout)
        try:
            made.connect(os.path.join(self.folder, "rpc"))
        except OSError:
            made.close()
            raise
        self._lines = made.makefile("rb")
        return made

    def _read(self) -> Any:
        line = self._lines.readline(ANSWER_MAX)
        if not line.endswith(b"\n"):
            raise ConnectionError("the node has closed the connection" if len(line) < ANSWER_MAX else "too long an answer")
        return json.loads(line)

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        """The result. NodeError, or one of those made of it, when the node refuses; OSError when it does not answer: then
        it is not known whether it has done it."""
        self._last += 1
        given = {name: value for name, value in params.items() if value is not None}
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": given}
        try:
            if self._socket is None:
                self._socket = self._connect()
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer = self._read()
            if answer.get("id") != self._last and "error" not in answer:
                raise ConnectionError("an answer to another request")
        except BaseException:  # also an interrupt: what comes now is no answer to what is asked next
            self.close()
            raise
        if "error" in answer:
            error = answer["error"]
            kind = self.errors.get(error["code"], NodeError)
            raise kind(error["message"], error["code"], error.get("data", {}).get("error", ""))
        return answer["result"]

    def _follow(self, method: str) -> Iterator[dict[str, Any]]:
        """What comes after the answer, over a connection of its own, until the node or the caller ends it."""
        with type(self)(self.folder, self.timeout) as other:
            other._call(method, {})
            assert other._socket is not None
            other._socket.settimeout(None)
            while True:
                try:
                    message = other._read()
                except ConnectionError:
                    return
                yield message["params"]
