#!/usr/bin/env python3
"""Makes npy.json, beside this script: files as NumPy writes them, and what NumPy reads in them. Needs NumPy 2 (PyPI).

  tests/vectors/npy/make_npy.py

Each vector: the file, its type and shape; `data`, the elements in row-major order, little-endian; `float32` and `int64`,
the same after astype (int64 is null where a value is no integer of 64 bits); `canonical`, whether the file is what NumPy
writes for a row-major array of the machine's byte order.
"""

import io
import json
import pathlib
import warnings

import numpy

INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
FLOATS = ["float16", "float32", "float64"]
SHAPES = [(), (0,), (7,), (3, 0, 2), (2, 3), (2, 3, 4), (1, 2, 1, 2, 1, 2, 1, 2)]


def special(dtype):
    """Values at the edges of a type, and where rounding decides."""
    if dtype == "bool":
        return numpy.array([False, True])
    if dtype in INTEGERS:
        limits = numpy.iinfo(dtype)
        wanted = [0, 1, -1, 7, limits.min, limits.max, limits.max - 1, 2**24 + 1, 2**24 + 3, -(2**24) - 1, 2**53 + 1]
        wanted += [2**24 * 2**29 + 2**28 + 1, 2**63 + 2**39, 2**63 + 2**39 + 1, 2**62 + 2**38 + 1]
        return numpy.array([value for value in wanted if limits.min <= value <= limits.max], dtype)
    wanted = [0.0, -0.0, 1.0, -1.5, 0.1, 65504.0, 2.0**-24, 2.0**-14, 3 * 2.0**-25, numpy.inf, -numpy.inf]
    if dtype != "float16":
        wanted += [2.0**63, -(2.0**63), 2.0**-149, 2.0**24 + 2]
    if dtype == "float64":
        wanted += [2.0**24 + 1, 2.0**24 + 3, 1e300, -1e300, 2.0**-150, 3 * 2.0**-150, 1 + 2.0**-24, 1 + 3 * 2.0**-24]
        wanted += [3.4028235677973366e38, 3.4028235677973362e38]
    return numpy.array(wanted, dtype)


def integers_of(array):
    """The values as int64, or None where one is no such integer."""
    whole = [float(value).is_integer() if array.dtype.kind == "f" else True for value in array.flat]
    if not all(whole) or not all(-(2**63) <= int(value) < 2**63 for value in array.flat):
        return None
    return array.astype("<i8")


def file_of(array, version=None):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version)
    return file.getvalue()


def vector(array, version=None):
    file = file_of(array, version)
    plain = numpy.ascontiguousarray(array).reshape(array.shape)
    plain = plain.astype(plain.dtype.newbyteorder("<"))
    integers = integers_of(array)
    return {
        "file": file.hex(),
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": plain.tobytes().hex(),
        "float32": plain.astype("<f4").tobytes().hex(),
        "int64": None if integers is None else integers.tobytes().hex(),
        "canonical": file == file_of(plain, (1, 0)),
    }


def arrays():
    random = numpy.random.default_rng(1)
    for dtype in ["bool", *INTEGERS, *FLOATS]:
        yield special(dtype)
        for order in "<>":
            swapped = numpy.dtype(dtype).newbyteorder(order)
            yield special(dtype).astype(swapped)
            yield random.integers(0, 2 if dtype == "bool" else 100, (2, 3, 4)).astype(swapped, order="F")
    for shape in SHAPES:
        yield random.integers(0, 100, shape).astype("<i2")
        yield numpy.asfortranarray(random.integers(0, 100, shape).astype(">f4"))
    # The longest headers that a prom_shape can have.
    yield numpy.zeros((10**18, 0, *[1] * 6), "<f4")
    yield numpy.zeros((1, 10**18, 0, *[1] * 5), "<f4")


def main():
    warnings.simplefilter("ignore")  # infinite float32 are wanted
    vectors = [vector(array) for array in arrays()]
    vectors += [vector(numpy.arange(6, dtype="<u2").reshape(2, 3), version) for version in ((2, 0), (3, 0))]
    text = ",\n".join(json.dumps(entry) for entry in vectors)
    pathlib.Path(__file__).with_name("npy.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
