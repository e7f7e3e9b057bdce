"""What the tests of models share: NumPy's and ONNX' files, written and read without either. Standard library only."""

import ast
import os
import struct
import zlib

from framework import SOURCE


def model(name):
    return os.path.join(SOURCE, "models", name)


# NumPy's files, as its format document says.


def read_npy(path):
    """(dtype, shape, data) of a version 1.0 file."""
    with open(path, "rb") as file:
        content = file.read()
    assert content[:8] == b"\x93NUMPY\x01\x00", content[:8]
    (length,) = struct.unpack("<H", content[8:10])
    header = ast.literal_eval(content[10 : 10 + length].decode())
    assert header["fortran_order"] is False
    return header["descr"], header["shape"], content[10 + length :]


def write_npy(path, descr, shape, data):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)
    return path


# Protocol buffers' wire format, as far as an ONNX model needs it: lists of (field number, value).


def varint(number):
    encoded = b""
    while number > 0x7F:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def message(*fields):
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            encoded += varint(number << 3 | 2) + varint(len(content)) + content
    return encoded


def tensor_type(name, shape):
    dimensions = message(*((1, message((1, size))) for size in shape))
    return message((1, name), (2, message((1, message((1, 1), (2, dimensions))))))


def onnx_with(operator):
    """A model of one node that puts `operator` between its input and its output."""
    node = message((1, "x"), (2, "y"), (3, "strange-node"), (4, operator))
    graph = message((1, node), (2, "graph"), (11, tensor_type("x", (1, 64))), (12, tensor_type("y", (1, 64))))
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 17))))


def onnx_pool(height):
    """A model of images of 1x8x8: a max pool with a window of height x 1, padded evenly, and its values in a row."""
    pad = (height - 1) // 2
    kernel = message((1, "kernel_shape"), *((8, size) for size in (height, 1)), (20, 7))
    pads = message((1, "pads"), *((8, size) for size in (pad, 0, pad, 0)), (20, 7))
    pool = message((1, "x"), (2, "pooled"), (3, "pool"), (4, "MaxPool"), (5, kernel), (5, pads))
    flat = message((1, "pooled"), (2, "y"), (3, "flat"), (4, "Flatten"))
    ends = [(11, tensor_type("x", (1, 1, 8, 8))), (12, tensor_type("y", (1, 64)))]
    return message((1, 8), (7, message((1, pool), (1, flat), (2, "pool"), *ends)), (8, message((1, ""), (2, 17))))


def mlp(widths, biased=True):
    """A float model: dense layers of these widths, Relu between them, with weights that repeat after a while."""
    nodes, numbers = [], []
    value = "x"
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        pattern = struct.pack("<997f", *((7 * i % 997 / 498.5 - 1) / inputs**0.5 for i in range(997)))
        weights = (pattern * (inputs * outputs // 997 + 1))[: 4 * inputs * outputs]
        biases = (pattern[: 4 * outputs] if biased else b"").ljust(4 * outputs, b"\0")
        for name, shape, data in ((f"w{layer}", (inputs, outputs), weights), (f"b{layer}", (outputs,), biases)):
            numbers.append((5, message(*((1, size) for size in shape), (2, 1), (8, name), (9, data))))
        made = f"dense{layer}"
        nodes.append((1, message((1, value), (1, f"w{layer}"), (1, f"b{layer}"), (2, made), (3, made), (4, "Gemm"))))
        value = made
        if layer + 2 < len(widths):
            nodes.append((1, message((1, made), (2, f"relu{layer}"), (3, f"relu{layer}"), (4, "Relu"))))
            value = f"relu{layer}"
    ends = [(11, tensor_type("x", (1, widths[0]))), (12, tensor_type(value, (1, widths[-1])))]
    return message((1, 8), (7, message(*nodes, (2, "mlp"), *numbers, *ends)), (8, message((1, ""), (2, 17))))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels):
    """A grey picture of 8 bits a pixel."""
    rows = b"".join(b"\0" + pixels[row * width : (row + 1) * width] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
