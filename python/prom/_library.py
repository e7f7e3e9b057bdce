"""The shared library libprometheus, as include/prometheus/api/model.h declares it."""

from __future__ import annotations

import ctypes
import ctypes.util
import operator
import os
import pathlib
import threading
import weakref
from typing import Any, Callable, Optional

from . import errors
from .version import __version__

RANK_MAX = 8
DIGEST_BYTES = 32
THREADS_MAX = 256  # PROM_THREADS_MAX
MEMORY_MAX = ctypes.c_size_t(-1).value

# Told how many of how many steps are done, in hundredths; False stops the computation.
Progress = Callable[[int, int], Optional[bool]]


class Result(ctypes.Structure):
    """prom_result."""

    _fields_ = [("category", ctypes.c_int)]


class Sentence(ctypes.Structure):
    """prom_error."""

    _fields_ = [("sentence", ctypes.c_char * 512)]


class Value(ctypes.Structure):
    """prom_model_value."""

    _fields_ = [
        ("rank", ctypes.c_size_t),
        ("sizes", ctypes.c_size_t * RANK_MAX),
        ("count", ctypes.c_size_t),
        ("scale", ctypes.c_float),
        ("low", ctypes.c_int32),
        ("high", ctypes.c_int32),
        ("zero_point", ctypes.c_int32),
    ]


Report = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)


class Options(ctypes.Structure):
    """prom_model_options, with prom_progress inside."""

    _fields_ = [
        ("threads", ctypes.c_uint32),
        ("memory_max", ctypes.c_size_t),
        ("report", Report),
        ("context", ctypes.c_void_p),
    ]


# Of prom_model_files: writes where a file's bytes are, and how many, or a sentence.
ReadFile = ctypes.CFUNCTYPE(
    ctypes.c_bool,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_size_t),
    ctypes.c_char_p,
    ctypes.POINTER(Sentence),
)


class Source(ctypes.Structure):
    """prom_model_source, with prom_model_files inside."""

    _fields_ = [
        ("onnx", ctypes.c_char_p),
        ("onnx_length", ctypes.c_size_t),
        ("calibration", ctypes.c_void_p),
        ("items", ctypes.c_size_t),
        ("item_rank", ctypes.c_size_t),
        ("item_sizes", ctypes.POINTER(ctypes.c_size_t)),
        ("method", ctypes.c_int),
        ("end_at", ctypes.c_char_p),
        ("read", ReadFile),
        ("context", ctypes.c_void_p),
    ]


# Told the name of an operator.
Each = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)


class Buffer(ctypes.Structure):
    """prom_buffer."""

    _fields_ = [("bytes", ctypes.c_void_p), ("length", ctypes.c_size_t)]


# Of prom_category, in its order. None: a success.
EXCEPTIONS: tuple[type[errors.Error] | None, ...] = (
    None,
    errors.InternalError,
    errors.BadInput,
    errors.ResourceError,
    errors.InvalidProof,
    errors.InternalError,
    errors.Stopped,
    errors.ResourceError,
)


def find() -> str:
    """The library's path or name: what PROM_LIBRARY names, else the wheel's own, else the system's."""
    own = pathlib.Path(__file__).with_name("libprometheus.so")
    named = os.environ.get("PROM_LIBRARY") or (str(own) if own.exists() else ctypes.util.find_library("prometheus"))
    if not named:
        raise ImportError(
            "libprometheus is neither in this package nor on the system: install the package's wheel or the library, "
            "or set PROM_LIBRARY to its path"
        )
    return named


def load(path: str) -> ctypes.CDLL:
    """Loads the library. ImportError when it cannot be loaded, or is not of the package's version: the structures and
    functions declared here are those of one version."""
    try:
        library = ctypes.CDLL(path)
        library.prom_version.argtypes, library.prom_version.restype = [], ctypes.c_char_p
    except (OSError, AttributeError) as failure:
        raise ImportError(f"{path} cannot be loaded as libprometheus: {failure}") from failure
    version = library.prom_version().decode()
    if version != __version__:
        raise ImportError(
            f"{path} is version {version} of libprometheus, and this package is {__version__}: install both of one "
            "version, or set PROM_LIBRARY to the path of such a library"
        )
    return declare(library)


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Gives the library's functions their types."""
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    options, error = ctypes.POINTER(Options), ctypes.POINTER(Sentence)
    value, buffer = ctypes.POINTER(Value), ctypes.POINTER(Buffer)
    new, sizes = ctypes.POINTER(pointer), ctypes.POINTER(size)
    fallible: dict[str, list[Any]] = {
        "compile_from": [new, ctypes.POINTER(Source), options, error],
        "load": [new, ctypes.c_char_p, size, error],
        "encode": [pointer, pointer, sizes, pointer, size, error],
        "encode_outputs": [pointer, pointer, pointer, size, error],
        "infer": [pointer, pointer, pointer, size, options, error],
        "prove": [pointer, buffer, pointer, pointer, size, options, error],
        "match_proof": [pointer, pointer, size, ctypes.c_char_p, size, options, error],
        "verify": [pointer, pointer, pointer, size, ctypes.c_char_p, size, options, error],
    }
    plain: dict[str, list[Any]] = {
        "free": [pointer],
        "bytes": [pointer, new, sizes],
        "digest": [pointer, ctypes.c_char_p],
        "input": [pointer, value],
        "output": [pointer, value],
        "decode": [pointer, pointer, pointer, size],
        "operators": [Each, pointer],
    }
    for types, result in ((fallible, Result), (plain, None)):
        for name, arguments in types.items():
            function = getattr(library, "prom_model_" + name)
            function.argtypes, function.restype = arguments, result
    library.prom_model_warning.argtypes, library.prom_model_warning.restype = [pointer, size], ctypes.c_char_p
    library.prom_model_note.argtypes, library.prom_model_note.restype = [pointer], ctypes.c_char_p
    library.prom_buffer_free.argtypes, library.prom_buffer_free.restype = [buffer], None
    return library


library = load(find())


class Owner:
    """What the library allocates and writes to `value`, a handle or a Buffer. It is freed when nothing refers to the
    owner any more. Give functions the owner, made before: Ctrl-C may come as soon as the library is done."""

    def __init__(self, value: Any, free: Callable[[Any], None]) -> None:
        self.value = value
        self._as_parameter_ = ctypes.byref(value)  # ctypes takes the owner where the library wants the value's address
        weakref.finalize(self, free, value).atexit = False  # other threads may use it until then


def raise_for(result: Result, error: Sentence) -> None:
    """Raises the exception that a failed result stands for."""
    known = 0 <= result.category < len(EXCEPTIONS)
    exception = EXCEPTIONS[result.category] if known else errors.InternalError
    if exception is not None:
        sentence: str = error.sentence.decode("utf-8", "replace")
        raise exception(sentence.replace("prom_model_operators()", "prom.operators()"))


def call(function: Callable[..., Result], *arguments: Any) -> None:
    """Calls a function of the library that is over soon."""
    error = Sentence()
    raise_for(function(*arguments, ctypes.byref(error)), error)


class Watch:
    """Whoever watches a long computation: a progress function, and whoever presses Ctrl-C."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.stop = False
        self.failure: BaseException | None = None
        self.report = Report(self._report)

    def _report(self, _context: int | None, done: int, total: int) -> bool:
        try:
            return not self.stop and (self.progress is None or self.progress(done, total) is not False)
        except BaseException as failure:  # it is raised where the computation was called
            self.failure = failure
            return False


def _wait(done: threading.Event, watch: Watch) -> None:
    """Waits for the computation, whose arrays must stay until it has ended: after Ctrl-C, too."""
    while not done.is_set():
        try:
            done.wait()
        except BaseException as interrupt:
            watch.stop = True
            watch.failure = interrupt


def _in_range(name: str, value: int, most: int) -> int:
    """The integer, where ctypes does not cut it short without a word."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is of type {type(value).__name__}; an integer is wanted")
    number = operator.index(value)
    if not 0 <= number <= most:
        raise errors.BadInput(f"{name} is {number}; 0 to {most} is wanted")
    return number


def call_long(
    function: Callable[..., Result], *arguments: Any, threads: int, memory_max: int, progress: Progress | None
) -> None:
    """Calls a function of the library that may take long. Python acts on signals in its main thread alone, and only
    between its own instructions: there, the call is left to another thread, so that Ctrl-C is seen at once. The thread
    keeps the arguments, so give it models, owners and arrays (array.ctypes), not their addresses. After Ctrl-C,
    KeyboardInterrupt is raised although the library may have succeeded: an Owner frees what it made."""
    if progress is not None and not callable(progress):
        raise TypeError(f"progress is of type {type(progress).__name__}; a function is wanted")
    watch = Watch(progress)
    options = Options(
        _in_range("threads", threads, THREADS_MAX), _in_range("memory_max", memory_max, MEMORY_MAX), watch.report, None
    )
    error = Sentence()
    results: list[Result] = []
    done = threading.Event()

    def work() -> None:
        try:
            results.append(function(*arguments, ctypes.byref(options), ctypes.byref(error)))
        except BaseException as failure:
            watch.failure = failure
        finally:
            done.set()

    if threading.current_thread() is threading.main_thread():
        try:
            threading.Thread(target=work, name="prom").start()
            _wait(done, watch)
        except BaseException:  # Ctrl-C between two lines: the thread has all that it needs, and ends soon
            watch.stop = True
            raise
    else:
        work()
    if watch.failure is not None:
        raise watch.failure
    raise_for(results[0], error)
