"""What the package reads from files and writes to them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import shutil
import threading
from typing import Any, Union

from . import _library
from .errors import BadInput

#: Bytes of a network or a model in a file: PROM_PROGRAM_BYTES_MAX, and all that protobuf has.
BYTES_MAX = 2**31 - 1

Source = Union[bytes, bytearray, memoryview, str, "os.PathLike[str]"]


def path_of(path: str | os.PathLike[str], what: str) -> pathlib.Path:
    """TypeError when it is none."""
    try:
        name = os.fspath(path)
    except TypeError:
        name = None
    if not isinstance(name, str):
        raise TypeError(f"{what} is of type {type(path).__name__}; a path is wanted")
    if "\0" in name:
        raise BadInput(f"{what} is {name!r}, which no file can be called")
    return pathlib.Path(name)


def bytes_of(source: Source, what: str) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    path = path_of(source, f"{what}, which is neither bytes nor a path,")
    size = path.stat().st_size
    if size > BYTES_MAX:
        raise BadInput(f"{path} has {size} bytes; {BYTES_MAX} are the most that a model's file may have")
    return path.read_bytes()


def write(path: pathlib.Path, content: bytes) -> None:
    """Beside its place first, so that what stands there is whole or as it was; a device is written as it is."""
    place = pathlib.Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        place.write_bytes(content)
        return
    beside = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        beside.write_bytes(content)
        if place.exists():
            shutil.copymode(place, beside)
        os.replace(beside, place)
    except BaseException as failure:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(failure, OSError) and failure.errno is not None:  # of the file that was asked for
            raise OSError(failure.errno, failure.strerror, str(path)) from None
        raise


class FilesBeside:
    """The files of a network's folder, in which it may have weights, for the library to read."""

    def __init__(self, network: Source) -> None:
        self.folder = None if isinstance(network, (bytes, bytearray, memoryview)) else path_of(network, "onnx").parent
        self.contents: list[bytes] = []  # as long as the library reads them
        self.read = _library.ReadFile(self._read) if self.folder else _library.ReadFile()

    def _read(self, _context: Any, start: Any, length: Any, location: bytes, error: Any) -> bool:
        try:
            content = self._content(location.decode("utf-8", "surrogateescape"))
        except BaseException as failure:  # nothing of Python's passes through the library
            error[0].sentence = str(failure).encode("utf-8", "replace")[: ctypes.sizeof(error[0]) - 1]
            return False
        self.contents.append(content)
        start[0], length[0] = ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p), len(content)
        return True

    def _content(self, location: str) -> bytes:
        assert self.folder is not None
        folder = self.folder.resolve()
        path = (folder / location).resolve()
        if folder not in path.parents:
            raise OSError(f"it lies in another file, '{location}', which is a link out of the model's folder")
        if not path.is_file():
            raise OSError(f"it lies in another file, '{location}', which cannot be found in the model's folder")
        return path.read_bytes()
