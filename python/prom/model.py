"""Models over integers: compiled, run, proven and verified."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library
from ._files import FilesBeside, Source, bytes_of, path_of, write
from ._library import Progress, call, call_long, library
from .errors import BadInput, ClampedWarning, InvalidProof, PrecisionWarning

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Value:
    """What a model takes or gives, for one item.

    The integer n, low <= n <= high, stands for the real number scale * n. In an array of integers, which the
    model takes and gives too, it stands as n + zero_point: as in the network, where that was quantised.
    """

    shape: tuple[int, ...]
    scale: float
    low: int
    high: int
    zero_point: int

    @property
    def stored_low(self) -> int:
        """The least element of an array of integers."""
        return self.low + self.zero_point

    @property
    def stored_high(self) -> int:
        """The greatest element of an array of integers."""
        return self.high + self.zero_point

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 where such integers fit it, else int8."""
        return np.dtype(np.uint8 if self.stored_low >= 0 else np.int8)


def _shape_text(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"


def _array(array: npt.ArrayLike, what: str) -> Numbers:
    """The array of NumPy, of numbers. TypeError for what is no array at all, whatever is in it."""
    if array is None or isinstance(array, (str, bytes, bytearray)):
        raise TypeError(f"{what} is of type {type(array).__name__}; an array of numbers is wanted")
    try:
        numbers: Numbers = np.asarray(array)
    except (TypeError, ValueError, RuntimeError) as failure:  # a ragged list, a tensor that NumPy cannot read
        raise BadInput(f"{what} cannot be read as an array: {failure}") from failure
    if numbers.dtype.kind not in "fiu":
        raise BadInput(f"{what} holds {numbers.dtype}; floats or integers are wanted")
    return numbers


def _batch(array: npt.ArrayLike, value: Value, what: str) -> Numbers:
    """The array, if it is a batch of one or more such items."""
    batch = _array(array, what)
    wanted = "(N" + "".join(f", {size}" for size in value.shape) + ("," if not value.shape else "") + ")"
    if batch.shape == value.shape:
        raise BadInput(f"{what} has shape {_shape_text(batch.shape)}, which is one item; a batch, {wanted}, is wanted")
    if batch.ndim == 0 or batch.shape[1:] != value.shape:
        raise BadInput(f"{what} has shape {_shape_text(batch.shape)}; {wanted} is wanted")
    if batch.shape[0] == 0:
        raise BadInput(f"{what} has no items")
    return batch


def _floats(batch: Numbers) -> npt.NDArray[np.float32]:
    """The batch itself where it is float32 and contiguous, else one copy."""
    with np.errstate(over="ignore"):  # what becomes infinite, the library refuses
        return np.ascontiguousarray(batch, dtype=np.float32)


def _refuse_rounded(batch: Numbers, values: npt.NDArray[np.float32]) -> None:
    """InvalidProof where float32 does not hold an output exactly: a model's outputs are float32."""
    wrong = np.argwhere(values != batch)
    if len(wrong):
        place = tuple(int(index) for index in wrong[0])
        raise InvalidProof(
            f"y{list(place)} is {batch[place]}, which no float32 is; the model never gives it, and y is compared to the "
            "last bit"
        )


def _codes_of_integers(batch: Numbers, value: Value, what: str, exception: type[Exception]) -> Codes:
    low, high = int(batch.min()), int(batch.max())
    if low < value.stored_low or high > value.stored_high:
        raise exception(
            f"{what} holds integers from {low} to {high}; the model's own are {value.stored_low} to "
            f"{value.stored_high}"
        )
    if batch.dtype == np.uint8 and value.stored_low == 0:
        return np.ascontiguousarray(batch)
    wide = np.int64 if batch.dtype.itemsize > 1 else np.int16
    return (batch.astype(wide) - value.stored_low).astype(np.uint8, order="C")


class Model:
    """A network as a program over integers, which gives the same bits on every machine. It does not change, and any
    number of threads may use it at a time. prom.compile and prom.load make it.

    Arrays of inputs have shape (N, *input.shape), arrays of outputs (N, *output.shape). Inputs are numbers, whatever
    the type of the array: each is rounded to the nearest integer of the model, and of what lies outside its range, a
    ClampedWarning tells. With integer_inputs=True they are the model's own integers (see Value), in an array of any
    integer type, as a quantised network takes them. Outputs are float32, or with integers=True the model's own
    integers. float32 arrays, and uint8 arrays of the model's own integers, go to the library as they are where they
    are C-contiguous; others are copied once.

    Errors follow one rule in the whole package. What is of a type that is never right there is a TypeError: None or a
    str for an array, a float for `threads`. What is of the right type, but cannot be used, is BadInput, which is a
    ValueError: another shape, an array of booleans, a list that makes no array, a value that is not finite. Files that
    cannot be read or written are the system's OSError.

    Methods that take long have these arguments: `threads` (of infer and prove), 1 to 256, or 0 for one on each
    processor; `memory_max`, in bytes, 0 for no limit but the machine's own; `progress`, called from another thread with
    the hundredths that are done and with 100, which stops the computation by returning False (Stopped is raised) or by
    raising an exception, which is raised again. Ctrl-C stops it, too. Its results depend on none of these.
    """

    def __init__(self, owner: _library.Owner) -> None:
        """For prom.compile and prom.load: of the handle's owner."""
        self._owner = owner
        self._as_parameter_ = handle = owner.value  # ctypes takes the model itself where the library wants the handle
        self._input = _describe(library.prom_model_input, handle)
        self._output = _describe(library.prom_model_output, handle)
        digest, note = ctypes.create_string_buffer(_library.DIGEST_BYTES), library.prom_model_note(handle)
        library.prom_model_digest(handle, digest)
        self._digest: bytes = digest.raw
        self._note: str | None = note.decode("utf-8", "replace") if note else None
        self._warnings: list[str] = _warnings_of(handle)

    @property
    def input(self) -> Value:
        """What the model takes."""
        return self._input

    @property
    def output(self) -> Value:
        """What the model gives."""
        return self._output

    @property
    def digest(self) -> bytes:
        """The 32 bytes by which contracts name the program."""
        return self._digest

    @property
    def note(self) -> str | None:
        """What was left out of the network or chosen when it was compiled, for people; None where nothing was."""
        return self._note

    @property
    def warnings(self) -> list[str]:
        """What was lost when it was compiled, in the sentences of `prom compile`; empty for a model that was loaded."""
        return list(self._warnings)

    def __repr__(self) -> str:
        return f"<prom.Model {self.digest.hex()[:16]}: {self.input.shape} to {self.output.shape}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return load, (self.to_bytes(),)

    def to_bytes(self) -> bytes:
        """The model's canonical bytes, which prom.load reads; what their tagged hash is, is the digest."""
        start, length = ctypes.c_void_p(), ctypes.c_size_t()
        library.prom_model_bytes(self, ctypes.byref(start), ctypes.byref(length))
        return ctypes.string_at(start.value or 0, length.value)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to a file, which prom.load and the program prom read. OSError when it cannot be written: a
        file that stood there is as it was."""
        write(path_of(path, "path"), self.to_bytes())

    def infer(
        self,
        x: npt.ArrayLike,
        *,
        integer_inputs: bool = False,
        integers: bool = False,
        threads: int = 0,
        memory_max: int = 0,
        progress: Progress | None = None,
    ) -> Numbers:
        """Returns the outputs of a batch, (N, *output.shape): float32 numbers, or the model's integers, of
        output.dtype. BadInput when x is no batch of inputs, or a value is infinite or not a number."""
        codes = self._encode(x, integer_inputs, warn=True)
        outputs = self._new_outputs(codes)
        call_long(
            library.prom_model_infer,
            self,
            outputs.ctypes,
            codes.ctypes,
            len(codes),
            threads=threads,
            memory_max=memory_max,
            progress=progress,
        )
        return self._decode(outputs, integers)

    def prove(
        self,
        x: npt.ArrayLike,
        *,
        integer_inputs: bool = False,
        integers: bool = False,
        threads: int = 0,
        memory_max: int = 0,
        progress: Progress | None = None,
    ) -> tuple[Numbers, bytes]:
        """Returns the outputs of a batch, as infer does, and a proof that they are right: bytes which verify and
        `prom verify` read, the same on every machine. The proof hides nothing: whoever verifies it has the model, the
        inputs and the outputs. BadInput as of infer, and when the model cannot be proven for so many items."""
        codes = self._encode(x, integer_inputs, warn=True)
        outputs = self._new_outputs(codes)
        proof = _library.Owner(_library.Buffer(), library.prom_buffer_free)
        call_long(
            library.prom_model_prove,
            self,
            proof,
            outputs.ctypes,
            codes.ctypes,
            len(codes),
            threads=threads,
            memory_max=memory_max,
            progress=progress,
        )
        return self._decode(outputs, integers), ctypes.string_at(proof.value.bytes, proof.value.length)

    def verify(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        proof: bytes | bytearray | memoryview,
        *,
        integer_inputs: bool = False,
        memory_max: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Returns when `proof`, which may be any bytes, shows that y are the model's outputs for the inputs x, and
        raises InvalidProof when not. A false statement is accepted with a probability below 2^-100 only. x is what was
        given to prove, with the same integer_inputs, and y what it returned, to the last bit: floats, or an array of
        integers, which are the model's own. The sentence of InvalidProof tells a proof of other outputs from one that
        does not hold.

        BadInput when nothing can be said of y, as the exit code 2 of `prom verify`: x is no batch of inputs, y not as
        many outputs, or the bytes are no proof, or one that says to be of another program or of other inputs. That is
        looked at first, whatever y holds, and so is memory_max (ResourceError). Outputs that were rounded since, to
        float16 or as text of few digits, are not the model's: InvalidProof says which."""
        try:
            proof = bytes(memoryview(proof))
        except TypeError:
            raise TypeError(f"proof is of type {type(proof).__name__}; bytes are wanted") from None
        codes = self._encode(x, integer_inputs, warn=False)
        batch = self._output_batch(y, len(codes))
        # First whether the proof is of these inputs: InvalidProof accuses whoever gave it.
        call_long(
            library.prom_model_match_proof,
            self,
            codes.ctypes,
            len(codes),
            proof,
            len(proof),
            threads=0,
            memory_max=memory_max,
            progress=None,
        )
        outputs = self._encode_outputs(batch)
        call_long(
            library.prom_model_verify,
            self,
            codes.ctypes,
            outputs.ctypes,
            len(codes),
            proof,
            len(proof),
            threads=0,
            memory_max=memory_max,
            progress=progress,
        )

    def is_valid(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        proof: bytes | bytearray | memoryview,
        *,
        integer_inputs: bool = False,
        memory_max: int = 0,
        progress: Progress | None = None,
    ) -> bool:
        """Returns whether verify accepts. BadInput as of verify: a proof of another program is not an answer to the
        question."""
        try:
            self.verify(x, y, proof, integer_inputs=integer_inputs, memory_max=memory_max, progress=progress)
        except InvalidProof:
            return False
        return True

    def _encode(self, x: npt.ArrayLike, integers: bool, warn: bool) -> Codes:
        batch = _batch(x, self.input, "x")
        if integers:
            if batch.dtype.kind == "f":
                raise BadInput(f"x holds {batch.dtype}; with integer_inputs=True, an array of integers is wanted")
            return _codes_of_integers(batch, self.input, "x", BadInput)
        values = _floats(batch)
        codes = np.empty(values.shape, np.uint8)
        clamped = ctypes.c_size_t()
        call(
            library.prom_model_encode,
            self,
            codes.ctypes,
            ctypes.byref(clamped),
            values.ctypes,
            len(values),
        )
        if warn and clamped.value:
            warnings.warn(
                f"{100 * clamped.value / values.size:.2g} % of the inputs' values lie outside the range that the "
                "calibration set showed; the nearest number inside was taken",
                ClampedWarning,
                stacklevel=3,
            )
        return codes

    def _output_batch(self, y: npt.ArrayLike, items: int) -> Numbers:
        batch = _batch(y, self.output, "y")
        if len(batch) != items:
            raise BadInput(f"y has {len(batch)} items, and x has {items}")
        return batch

    def _encode_outputs(self, batch: Numbers) -> Codes:
        if batch.dtype.kind in "iu":
            return _codes_of_integers(batch, self.output, "y", InvalidProof)
        values = _floats(batch)
        if batch.dtype.itemsize > values.dtype.itemsize:
            _refuse_rounded(batch, values)
        codes = np.empty(values.shape, np.uint8)
        call(library.prom_model_encode_outputs, self, codes.ctypes, values.ctypes, len(batch))
        return codes

    def _new_outputs(self, codes: Codes) -> Codes:
        return np.empty((len(codes), *self.output.shape), np.uint8)

    def _decode(self, outputs: Codes, integers: bool) -> Numbers:
        if integers:
            return (outputs.astype(np.int16) + self.output.stored_low).astype(self.output.dtype)
        values = np.empty(outputs.shape, np.float32)
        library.prom_model_decode(self, values.ctypes, outputs.ctypes, len(outputs))
        return values


def _warnings_of(handle: ctypes.c_void_p) -> list[str]:
    found: list[str] = []
    while (sentence := library.prom_model_warning(handle, len(found))) is not None:
        text: str = sentence.decode("utf-8", "replace")
        found.append(text.replace("the calibration method percentile", 'calibration_method="percentile"'))
    return found


def _describe(function: Any, handle: ctypes.c_void_p) -> Value:
    value = _library.Value()
    function(handle, ctypes.byref(value))
    return Value(
        tuple(value.sizes[: value.rank]),
        value.scale,
        value.low,
        value.high,
        value.zero_point,
    )


def _new_handle() -> _library.Owner:
    return _library.Owner(ctypes.c_void_p(), library.prom_model_free)


#: As PROM_MODEL_CALIBRATION_ has them.
_METHODS = ("max", "percentile", "mse")


def _method_of(name: str) -> int:
    if not isinstance(name, str):
        raise TypeError(f"calibration_method is of type {type(name).__name__}; a str is wanted")
    if name not in _METHODS:
        raise BadInput(f"calibration_method is max, percentile or mse, not {name!r}")
    return _METHODS.index(name)


def _end_of(name: str | None) -> bytes | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"end_at is of type {type(name).__name__}; a str is wanted")
    if "\0" in name:
        raise BadInput(f"end_at is {name!r}, and no value is called so")
    return name.encode()


def _samples_of(calibration: npt.ArrayLike) -> npt.NDArray[np.float32]:
    samples = _array(calibration, "calibration")
    if samples.ndim < 2 or samples.size == 0:
        raise BadInput(f"the calibration set has shape {_shape_text(samples.shape)}; a batch, (N, ...), is wanted")
    return _floats(samples)


def compile(
    onnx: Source,
    calibration: npt.ArrayLike | None = None,
    *,
    calibration_method: str = "max",
    end_at: str | None = None,
    memory_max: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Makes a model of an ONNX network, given as bytes or as a file's path: one input, whose first dimension is the
    batch, and one output, operator sets 7 to 25; prom.operators lists what it may be made of. Of one that is given by
    its path, weights may lie in other files of the same folder. A Softmax, LogSoftmax, Sigmoid or ArgMax of the classes
    at its end is left out: the outputs are what it reads, and the model's note says so.

    `calibration`, (N, *input shape), numbers in an array of any type, are inputs like those that the model will see,
    from which the ranges of all its values are taken: some hundred items are enough. Sizes that the network leaves open,
    as a height and width, are those of these items. A network that is quantised already needs none. The same network and
    calibration set give the same model and digest on every machine.

    `calibration_method` chooses each range: "max" has every value inside; "percentile" leaves out the one item in a
    hundred, and at least one, that goes farthest at either end; "mse" makes the mean square of the errors, of rounding
    and of clamping, least. `end_at` is the name of the value at which the network ends: one of several outputs, or any
    value inside; None for the graph's one output.

    The network and the model are both run over the calibration set: of what was lost, a PrecisionWarning for each
    sentence of the model's warnings tells, as `prom compile` does.

    BadInput when it cannot be compiled: the message names the node. memory_max and progress are as of Model.
    """
    network, files = bytes_of(onnx, "onnx"), FilesBeside(onnx)
    owner = _new_handle()
    samples = None if calibration is None else _samples_of(calibration)
    item = () if samples is None else samples.shape[1:]
    source = _library.Source(
        onnx=network,
        onnx_length=len(network),
        calibration=None if samples is None else samples.ctypes.data,
        items=0 if samples is None else len(samples),
        item_rank=len(item),
        item_sizes=(ctypes.c_size_t * max(len(item), 1))(*item),
        method=_method_of(calibration_method),
        end_at=_end_of(end_at),
        read=files.read,
    )
    call_long(
        library.prom_model_compile_from,
        owner,
        _Kept(source, files, samples),
        threads=0,
        memory_max=memory_max,
        progress=progress,
    )
    model = Model(owner)
    for sentence in model.warnings:
        warnings.warn(sentence, PrecisionWarning, stacklevel=2)
    return model


class _Kept:
    """A structure for the library, with what it points to: that stays as long as the call, even after Ctrl-C."""

    def __init__(self, structure: ctypes.Structure, *pointed: Any) -> None:
        self.pointed = structure, pointed
        self._as_parameter_ = ctypes.byref(structure)


def operators() -> list[str]:
    """Returns the names of the ONNX operators that a network may be made of, those of other domains with the domain's
    name, "com.microsoft.QGemm"."""
    names: list[str] = []
    library.prom_model_operators(_library.Each(lambda _context, name: names.append(name.decode())), None)
    return names


def load(source: Source) -> Model:
    """Reads a model that Model.save, Model.to_bytes or `prom compile` wrote, given as bytes or as a file's path. The
    bytes may come from anybody: BadInput when they are no model."""
    program = bytes_of(source, "source")
    owner = _new_handle()
    call(library.prom_model_load, owner, program, len(program))
    return Model(owner)
