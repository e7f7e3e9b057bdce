#!/usr/bin/env python3
"""Makes onnx.json and the small .onnx files beside this script: each operator that is read, in each of its forms, and what
is refused. Needs onnx and onnxruntime (PyPI), see models/requirements.txt.

  tests/vectors/onnx/make_onnx.py

Each accepted network has the kinds of its layers in order, as they must be read (written by hand here), two items as
inputs, and what ONNX Runtime computes on them without optimising the graph: of a network with a `tail`, without that, and
of one with an `end`, there. Each refused one has a part of the sentence.

Nodes are in ONNX's text form. `weights` gives the shape of each tensor that the text names and does not define; by the
first letter of their names they are weights (w), positive scales and variances (s), or small numbers (b).
"""

import json
import pathlib
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
CHANNELS = {"w": (4, 2, 3, 3), "b": (4,)}
BATCH = {"s1": (4,), "b1": (4,), "b2": (4,), "s2": (4,)}
# Scales and zero points of a quantised picture, weights and what comes out; no value lies in the middle of two steps, where
# rounding errors would decide.
QDQ = (
    "float sx = {0.0507}, uint8 zx = {100}, float sy = {0.1031}, uint8 zy = {120}, float sz = {0.2}, int8 zz = {5},"
    " int8[2,2,1,1] w = {1, -128, 127, 50}, int8[2] zw = {0, 0}, float[2] sw = {0.01, 0.02}, float s1 = {0.01},"
    " int32[2] b = {100, -200}, float[2] sb = {0.0005, 0.001}"
)
QUANTISED = "q = QuantizeLinear (x, sx, zx) d = DequantizeLinear (q, sx, zx) "
WEIGHTS = "v = DequantizeLinear <axis = 0> (w, sw, zw) c = DequantizeLinear <axis = 0> (b, sb) "
LAST = " r = QuantizeLinear (e, sy, zy) y = DequantizeLinear (r, sy, zy)"

# name, shape of an item, nodes, layers, and: constants, weights, opset, input or output type.
ACCEPTED = [
    ("gemm", (3,), "y = Gemm (x, w, b)", "dense", {"weights": {"w": (3, 2), "b": (2,)}}),
    ("gemm-factors", (3,), "y = Gemm <alpha = 0.5, beta = -2.0, transB = 1> (x, w, b)", "dense",
     {"weights": {"w": (2, 3), "b": (1, 2)}}),
    ("gemm-one-bias", (3,), "y = Gemm (x, w, b)", "dense", {"weights": {"w": (3, 2), "b": ()}}),
    ("gemm-no-bias", (3,), "y = Gemm (x, w)", "dense", {"weights": {"w": (3, 2)}}),
    ("matmul-of-rows", (3, 4), "m = MatMul (x, w) a = Add (b, m) y = Relu (a)", "dense",
     {"weights": {"w": (4, 2), "b": (2,)}}),
    ("matmul-scaled", (3,), "m = MatMul (x, w) a = Mul (m, b) y = Sub (a, b2)", "dense",
     {"weights": {"w": (3, 2), "b": (1, 2), "b2": ()}}),
    ("conv", (2, 6, 7), "y = Conv (x, w, b)", "conv", {"weights": CHANNELS}),
    ("conv-pads", (2, 6, 7), "y = Conv <kernel_shape = [3, 3], strides = [2, 1], pads = [0, 1, 2, 3]> (x, w)", "conv",
     {"weights": {"w": CHANNELS["w"]}}),
    ("conv-dilations", (2, 6, 7), "y = Conv <dilations = [2, 3], pads = [1, 1, 1, 1]> (x, w, b)", "conv",
     {"weights": CHANNELS}),
    ("conv-groups", (4, 5, 5), "y = Conv <group = 2> (x, w)", "conv", {"weights": {"w": (6, 2, 2, 3)}}),
    ("conv-depthwise", (3, 5, 5), "y = Conv <group = 3> (x, w)", "conv", {"weights": {"w": (6, 1, 3, 3)}}),
    ("conv-same-upper", (2, 6, 7), 'y = Conv <auto_pad = "SAME_UPPER", strides = [2, 2]> (x, w, b)', "conv",
     {"weights": CHANNELS}),
    ("conv-same-lower", (2, 6, 7), 'y = Conv <auto_pad = "SAME_LOWER", strides = [2, 2]> (x, w, b)', "conv",
     {"weights": {"w": (4, 2, 2, 4), "b": (4,)}}),
    ("conv-valid", (2, 6, 7), 'y = Conv <auto_pad = "VALID"> (x, w, b)', "conv", {"weights": CHANNELS}),
    ("conv-line", (2, 9), "c = Conv <strides = [2], pads = [1, 0]> (x, w) y = Relu (c)", "reshape, conv, reshape",
     {"weights": {"w": (3, 2, 3)}}),
    ("conv-lines", (2, 9), "c = Conv (x, w) d = Conv (c, w2) y = MaxPool <kernel_shape = [2]> (d)",
     "reshape, conv, conv, max pool, reshape", {"weights": {"w": (3, 2, 3), "w2": (4, 3, 2)}}),
    ("batch-normalization", (2, 5, 5), "c = Conv (x, w, b) n = BatchNormalization (c, s1, b1, b2, s2) y = Relu (n)",
     "conv", {"weights": CHANNELS | BATCH}),
    ("batch-normalization-alone", (4, 3, 2), "y = BatchNormalization <epsilon = 0.1> (x, s1, b1, b2, s2)", "conv",
     {"weights": BATCH}),
    ("batch-normalization-of-list", (4,), "y = BatchNormalization (x, s1, b1, b2, s2)", "reshape, conv, reshape",
     {"weights": BATCH}),
    ("batch-normalization-of-line", (4, 3), "y = BatchNormalization (x, s1, b1, b2, s2)", "reshape, conv, reshape",
     {"weights": BATCH}),
    ("batch-normalization-of-sums", (3,), "g = Gemm (x, w) y = BatchNormalization (g, s1, b1, b2, s2)", "dense",
     {"weights": {"w": (3, 4)} | BATCH}),
    ("affine-behind-relu", (2, 5, 5), "c = Conv (x, w, b) r = Relu (c) y = Mul (r, b1)", "conv, conv",
     {"weights": CHANNELS | {"b1": (4, 1, 1)}}),
    ("affine-of-shared", (2, 5, 5), "c = Conv (x, w, b) m = Mul (c, b1) y = Add (m, c)", "conv, conv, add",
     {"weights": CHANNELS | {"b1": (1, 4, 1, 1)}}),
    ("affine-from-constant", (2, 3, 3), "s = Sub (b, x) y = Div (s, s1)", "conv", {"weights": {"b": (), "s1": ()}}),
    ("affine-along-width", (2, 3, 4), "y = Add (x, b)", "reshape, conv, reshape", {"weights": {"b": (4,)}}),
    ("affine-along-height", (2, 3, 4), "y = Mul (x, b)", "reshape, conv, reshape", {"weights": {"b": (3, 1)}}),
    ("affine-of-each", (2, 3, 4), "y = Sub (x, b)", "reshape, conv, reshape", {"weights": {"b": (1, 2, 3, 4)}}),
    ("affine-of-two-axes", (2, 3, 4), "y = Sub (x, b)", "reshape, conv, reshape", {"weights": {"b": (2, 1, 4)}}),
    ("affine-wrong-axis", (2, 3, 3), "m = MatMul (x, w) y = Mul (m, b)", "dense, conv",
     {"weights": {"w": (3, 3), "b": (2, 1, 1)}}),
    ("residual", (4, 5, 5), "c = Conv <pads = [1, 1, 1, 1]> (x, w, b) a = Add (c, x) y = Relu (a)", "conv, add",
     {"weights": {"w": (4, 4, 3, 3), "b": (4,)}}),
    ("twice", (3,), "y = Add (x, x)", "add", {}),
    ("sum-of-one", (3,), "g = Gemm (x, w) y = Sum (g)", "dense", {"weights": {"w": (3, 2)}}),
    ("sum-of-three", (3,), "g = Gemm (x, w) y = Sum (g, x, x)", "dense, add, add", {"weights": {"w": (3, 3)}}),
    ("relu-alone", (3,), "y = Relu (x)", "add", {}),
    ("relu-of-shared", (2, 5, 5), "c = Conv (x, w, b) r = Relu (c) y = Add (c, r)", "conv, add, add",
     {"weights": CHANNELS}),
    ("relu-behind-pool", (2, 5, 5), "c = Conv (x, w, b) m = MaxPool <kernel_shape = [2, 2]> (c) y = Relu (m)",
     "conv, max pool", {"weights": CHANNELS}),
    ("relu-behind-concat", (3,), "c = Concat <axis = 1> (x, x) y = Relu (c)", "concat, add", {}),
    ("relu-behind-flatten", (2, 5, 5), "c = Conv (x, w, b) f = Flatten (c) y = Relu (f)", "conv, reshape",
     {"weights": CHANNELS}),
    ("clip", (3,), "y = Clip (x, low, high)", "add", {"constants": "float low = {-0.5}, float high = {0.25}"}),
    ("clip-below", (3,), "g = Gemm (x, w) y = Clip (g, low)", "dense",
     {"constants": "float low = {-0.5}", "weights": {"w": (3, 4)}}),
    ("clip-above", (3,), "g = Gemm (x, w) y = Clip (g, , high)", "dense",
     {"constants": "float high = {0.5}", "weights": {"w": (3, 4)}}),
    ("clip-nothing", (3,), "y = Clip (x)", "add", {}),
    ("clip-twice", (3,), "g = Gemm (x, w) c = Clip (g, low, high) r = Relu (c) y = Clip (r, low, six)", "dense",
     {"constants": "float low = {-0.5}, float high = {0.5}, float six = {6.0}", "weights": {"w": (3, 4)}}),
    ("max-of-constant", (3,), "g = Gemm (x, w) y = Max (g, low)", "dense",
     {"constants": "float low = {-0.5}", "weights": {"w": (3, 4)}}),
    ("min-of-constants", (3,), "y = Min (six, x, high)", "add",
     {"constants": "float six = {6.0}, float[1] high = {0.5}"}),
    ("leaky-relu", (2, 5, 5), "c = Conv (x, w, b) y = LeakyRelu (c)", "conv, add, conv, add", {"weights": CHANNELS}),
    ("leaky-relu-steep", (3,), "y = LeakyRelu <alpha = 2.5> (x)", "add, reshape, conv, reshape, add", {}),
    ("leaky-relu-falling", (2, 3, 3), "y = LeakyRelu <alpha = -0.5> (x)", "add, conv, add", {}),
    ("leaky-relu-flat", (3,), "g = Gemm (x, w) y = LeakyRelu <alpha = 0.0> (g)", "dense", {"weights": {"w": (3, 4)}}),
    ("leaky-relu-clamped", (2, 5, 5), "c = Conv (x, w, b) l = LeakyRelu <alpha = 0.2> (c) y = Max (l, low)",
     "conv, add, conv, add", {"constants": "float low = {-0.25}", "weights": CHANNELS}),
    ("prelu", (2, 5, 5), "c = Conv (x, w, b) y = PRelu (c, s)", "conv, add, conv, add",
     {"weights": CHANNELS | {"s": (4, 1, 1)}}),
    ("prelu-of-both-signs", (2, 5, 5), "c = Conv (x, w, b) y = PRelu (c, f)", "conv, add, add, conv, add",
     {"constants": "float[4,1,1] f = {0.5, -0.25, 0.0, 2.0}", "weights": CHANNELS}),
    ("prelu-of-list", (3,), "g = Gemm (x, w) y = PRelu (g, s)", "dense, add, reshape, conv, reshape, add",
     {"weights": {"w": (3, 4), "s": (4,)}}),
    ("prelu-of-one", (2, 5, 5), "c = Conv (x, w, b) y = PRelu (c, s)", "conv, add, conv, add",
     {"weights": CHANNELS | {"s": (1,)}}),
    ("max-pool", (2, 6, 7), "y = MaxPool <kernel_shape = [2, 3], strides = [2, 1], pads = [0, 1, 1, 1]> (x)",
     "max pool", {}),
    ("max-pool-ceil", (2, 6, 7), "y = MaxPool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (x)",
     "max pool", {}),
    ("max-pool-ceil-padded", (2, 5, 5),
     "y = MaxPool <kernel_shape = [2, 2], strides = [3, 3], pads = [1, 1, 1, 1], ceil_mode = 1> (x)", "max pool", {}),
    ("max-pool-dilations", (2, 6, 7), "y = MaxPool <kernel_shape = [2, 2], dilations = [2, 3]> (x)", "max pool", {}),
    ("max-pool-same", (2, 6, 7), 'y = MaxPool <kernel_shape = [3, 2], strides = [2, 2], auto_pad = "SAME_LOWER"> (x)',
     "max pool", {}),
    ("max-pool-line", (2, 9), "y = MaxPool <kernel_shape = [3], strides = [2], pads = [1, 1]> (x)",
     "reshape, max pool, reshape", {}),
    ("average-pool", (2, 6, 7), "y = AveragePool <kernel_shape = [2, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (x)",
     "average pool", {}),
    ("average-pool-counting", (2, 6, 7),
     "y = AveragePool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 0, 0, 2], count_include_pad = 1> (x)",
     "average pool", {}),
    ("average-pool-ceil", (2, 6, 6), "y = AveragePool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (x)",
     "average pool", {}),
    ("average-pool-ceil-counting", (2, 5, 5),
     "y = AveragePool <kernel_shape = [2, 4], strides = [2, 2], pads = [0, 1, 0, 0], ceil_mode = 1,"
     " count_include_pad = 1> (x)", "conv, average pool", {"opset": 19}),
    ("average-pool-line", (2, 9), "y = AveragePool <kernel_shape = [3]> (x)", "reshape, average pool, reshape", {}),
    ("average-pool-dilations", (2, 6, 7), "y = AveragePool <kernel_shape = [2, 2], dilations = [2, 3]> (x)",
     "average pool", {"opset": 19}),
    ("global-average-pool", (2, 4, 5), "g = GlobalAveragePool (x) y = Flatten (g)", "average pool, reshape", {}),
    ("global-average-pool-of-line", (2, 4), "y = GlobalAveragePool (x)", "reshape, average pool, reshape", {}),
    ("global-max-pool", (2, 4, 5), "y = GlobalMaxPool (x)", "max pool", {}),
    ("reduce-mean", (2, 4, 5), "y = ReduceMean <axes = [2, 3], keepdims = 0> (x)", "average pool, reshape", {}),
    ("reduce-max", (2, 4, 5), "y = ReduceMax <axes = [2, -1], keepdims = 0> (x)", "max pool, reshape", {}),
    ("reduce-mean-kept", (2, 4, 5), "y = ReduceMean <axes = [-1]> (x)", "average pool", {}),
    ("reduce-mean-by-input", (2, 4, 5), "y = ReduceMean <keepdims = 0> (x, axes)", "average pool, reshape",
     {"constants": "int64[1] axes = {-2}", "opset": 18}),
    ("reduce-mean-of-line", (2, 5), "y = ReduceMean <axes = [2], keepdims = 0> (x)",
     "reshape, average pool, reshape", {}),
    ("flatten", (2, 3, 2), "f = Flatten <axis = -3> (x) y = Relu (f)", "reshape, add", {}),
    ("reshape-copied", (2, 3, 2), "y = Reshape (x, to)", "reshape", {"constants": "int64[3] to = {0, 0, -1}"}),
    ("reshape-left-over", (2, 3, 2), "y = Reshape (x, to)", "reshape", {"constants": "int64[3] to = {-1, 4, 3}"}),
    ("reshape-twice", (2, 3, 2), "r = Reshape (x, to) f = Flatten (r) y = Relu (f)", "reshape, add",
     {"constants": "int64[3] to = {-1, 4, 3}"}),
    ("reshape-back", (2, 3, 2), "f = Flatten (x) r = Reshape (f, to) y = Relu (r)", "add",
     {"constants": "int64[4] to = {-1, 2, 3, 2}"}),
    ("reshape-allowing-zero", (2, 3, 2), "y = Reshape <allowzero = 1> (x, to)", "reshape",
     {"constants": "int64[2] to = {-1, 12}", "opset": 14}),
    ("reshape-fixed-batch", (2, 3), "y = Reshape (x, to)", "reshape", {"constants": "int64[2] to = {2, 6}", "batch": 2}),
    ("squeeze", (1, 3, 1), "s = Squeeze (x, one) u = Unsqueeze (s, two) y = Squeeze (u)", "reshape",
     {"constants": "int64[2] one = {1, -1}, int64[2] two = {-1, 1}"}),
    ("squeeze-to-single", (3,), "g = Gemm (x, w) s = Squeeze (g, axes) m = Mul (s, b) a = Add (m, s) c = Cast <to = 1> (a)"
     " d = Dropout (c) i = Identity (d) r = Relu (i) y = Clip (r)", "dense, reshape, conv, reshape, add",
     {"constants": "int64[1] axes = {-1}", "weights": {"w": (3, 1), "b": (1,)}}),
    ("reshape-to-single", (3,), "g = Gemm (x, w) r = Reshape (g, to) y = Sigmoid (r)", "dense",
     {"constants": "int64[1] to = {-1}", "weights": {"w": (3, 1)}, "tail": "last Sigmoid"}),
    ("squeeze-older", (1, 3, 1), "s = Squeeze <axes = [1, 3]> (x) y = Unsqueeze <axes = [1]> (s)", "reshape",
     {"opset": 11}),
    ("identity", (3,), "i = Identity (x) d, m = Dropout (i) y = Relu (d)", "add", {"opset": 12}),
    ("dropout-by-inputs", (3,), "d = Dropout (x, ratio, training) y = Relu (d)", "add",
     {"constants": "float ratio = {0.5}, bool training = {0}"}),
    ("transpose", (2, 3, 4), "t = Transpose <perm = [0, 3, 1, 2]> (x) y = Relu (t)", "transpose, add", {}),
    ("transpose-nothing", (2, 3), "t = Transpose <perm = [0, 1, 2]> (x) y = Relu (t)", "add", {}),
    ("transpose-between", (2, 3), "m = MatMul (x, w) t = Transpose <perm = [0, 2, 1]> (m) y = Relu (t)",
     "dense, transpose", {"weights": {"w": (3, 4)}}),
    ("concat", (2, 3), "r = Relu (x) y = Concat <axis = -1> (x, r, x)", "add, concat", {}),
    ("concat-of-one", (2, 3), "r = Relu (x) y = Concat <axis = 1> (r)", "add", {}),
    ("pad-folded", (2, 4, 4), "p = Pad (x, pads) y = Conv <pads = [0, 1, 0, 0]> (p, w, b)", "conv",
     {"constants": "int64[8] pads = {0, 0, 1, 2, 0, 0, 0, 1}", "weights": CHANNELS}),
    ("pad-same", (2, 4, 4), 'p = Pad (x, pads) y = Conv <auto_pad = "SAME_UPPER", strides = [2, 2]> (p, w, b)', "conv",
     {"constants": "int64[8] pads = {0, 0, 1, 2, 0, 0, 0, 0}", "weights": CHANNELS}),
    ("pad-as-pytorch", (2, 4, 4), "f = ConstantOfShape <value = int64[1] {0}> (four) l = Concat <axis = 0> (pairs, f)"
     " r = Reshape (l, two) s = Slice (r, minus, least, zero, minus) t = Transpose <perm = [1, 0]> (s)"
     " u = Reshape (t, minus) c = Cast <to = 7> (u) p = Pad (x, c) y = Conv (p, w, b)", "conv",
     {"constants": "int64[1] four = {4}, int64[4] pairs = {1, 2, 0, 3}, int64[2] two = {-1, 2}, int64[1] minus = {-1},"
      " int64[1] zero = {0}, int64[1] least = {-9223372036854775807}", "weights": CHANNELS}),
    ("pad-kept", (2, 4, 4), "p = Pad (x, pads, zero) y = MaxPool <kernel_shape = [2, 2]> (p)", "conv, max pool",
     {"constants": "int64[8] pads = {0, 0, 1, 2, 0, 0, 0, 1}, float zero = {0.0}"}),
    ("pad-line", (2, 4), "p = Pad (x, pads) y = Conv (p, w)", "reshape, conv, reshape",
     {"constants": "int64[6] pads = {0, 0, 1, 0, 0, 2}", "weights": {"w": (4, 2, 3)}}),
    ("pad-axes", (2, 4, 4), "p = Pad (x, pads, , axes) y = Conv (p, w, b)", "conv",
     {"constants": "int64[2] pads = {1, 2}, int64[1] axes = {-1}", "weights": CHANNELS, "opset": 18}),
    ("pad-nothing", (2, 4, 4), "p = Pad (x, pads) y = Relu (p)", "add",
     {"constants": "int64[8] pads = {0, 0, 0, 0, 0, 0, 0, 0}"}),
    ("pad-clamped", (2, 4, 4), "p = Pad (x, pads) r = Relu (p) y = Conv (r, w, b)", "conv, conv",
     {"constants": "int64[8] pads = {0, 0, 1, 1, 0, 0, 1, 1}", "weights": CHANNELS}),
    ("cast-nothing", (3,), "c = Cast <to = 1> (x) y = Relu (c)", "add", {}),
    ("dead", (3,), "e = Exp (x) f = Loop (e) y = Relu (x)", "add", {"unchecked": True}),
    # Forms of older and newer operator sets.
    ("set-7", (2, 4, 4), "p = Pad <pads = [0, 0, 1, 0, 0, 0, 2, 1], mode = \"constant\", value = 0.0> (x)"
     " c = Conv (p, w, b) n = BatchNormalization <spatial = 1, momentum = 0.5> (c, s1, b1, b2, s2)"
     " k = Clip <min = 0.0, max = 6.0> (n) m = MaxPool <kernel_shape = [2, 2]> (k) d = Dropout <ratio = 0.5> (m)"
     " f = Flatten (d) y = Gemm (f, w2, b3)", "conv, max pool, reshape, dense",
     {"weights": CHANNELS | BATCH | {"w2": (32, 3), "b3": (3,)}, "opset": 7}),
    ("set-8", (3,), "y = Sum (x, x)", "add", {"opset": 8}),
    ("set-9", (2, 3, 4), "s = Shape (x) f = Slice <starts = [0], ends = [1], axes = [0]> (s)"
     " r = Constant <value = int64[1] {-1}> () c = Concat <axis = 0> (f, r) v = Reshape (x, c) y = Clip <max = 0.5> (v)",
     "reshape, add", {"opset": 9}),
    ("set-22", (2, 6, 6), "c = Conv (x, w, b) r = Relu (c) m = MaxPool <kernel_shape = [2, 2]> (r)"
     " g = GlobalAveragePool (m) y = Flatten (g)", "conv, max pool, average pool, reshape",
     {"weights": CHANNELS, "opset": 22}),
    ("set-23", (3,), "q = QuantizeLinear <precision = 1> (x, s, z) d = DequantizeLinear <output_dtype = 1> (q, s, z)"
     " y = Relu (d)", "add", {"constants": "float s = {0.0507}, uint8 z = {100}", "opset": 23}),
    ("max-pool-ceil-overhanging", (1, 2, 2), "y = MaxPool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (x)",
     "max pool", {}),
    ("average-pool-ceil-overhanging", (1, 2, 2),
     "y = AveragePool <kernel_shape = [3, 4], strides = [2, 3], ceil_mode = 1> (x)", "average pool", {}),
    # What is left out at the end.
    ("tail-softmax", (3,), "g = Gemm (x, w) y = Softmax (g)", "dense", {"weights": {"w": (3, 2)}, "tail": "the model's last Softmax ('y') is left out: the program's outputs are what it reads, 'g', in the same order"}),
    ("tail-log-softmax", (3,), "g = Gemm (x, w) l = LogSoftmax <axis = 1> (g) y = Identity (l)", "dense",
     {"weights": {"w": (3, 2)}, "tail": "the model's last LogSoftmax ('l') is left out"}),
    ("tail-sigmoid", (2, 3, 3), "r = Relu (x) s = Sigmoid (r) y = Flatten (s)", "add, reshape", {"tail": "the model's last Sigmoid ('s') is left out"}),
    ("tail-softmax-older", (4, 1, 1), "r = Relu (x) s = Softmax (r) y = Reshape (s, to)", "add, reshape",
     {"constants": "int64[2] to = {0, -1}", "opset": 11, "tail": "last Softmax ('s') is left out"}),
    ("tail-softmax-of-map", (2, 3, 3), "r = Relu (x) y = Softmax <axis = -3> (r)", "add", {"tail": "last Softmax ('y')"}),
    ("tail-softmax-of-rows", (2, 3), "r = Relu (x) y = Softmax (r)", "add", {"tail": "last Softmax ('y')"}),
    ("tail-argmax", (3,), "g = Gemm (x, w) s = Softmax (g) a = ArgMax <axis = 1, keepdims = 0> (s)"
     " y = Cast <to = 1> (a)", "dense", {"weights": {"w": (3, 2)}, "tail": "last Softmax ('s') is left out: the program's outputs are what it reads, 'g', in the same order; the model's last ArgMax ('a') is left out: the program's outputs are what it reads, 's', of which the largest"}),
    # Networks that end at a value by its name.
    ("end-at-hidden", (3,), "h = Relu (x) y = Exp (h)", "add", {"end": "h"}),
    ("end-at-softmax", (3,), "r = Relu (x) h = Softmax (r) y = Gemm (h, w)", "add",
     {"end": "h", "weights": {"w": (3, 2)}, "tail": "the model's last Softmax ('h')"}),
    # Constants that are computed.
    ("view", (2, 3, 4), "s = Shape (x) i = Constant <value_int = 0> () g = Gather <axis = 0> (s, i)"
     " a = Constant <value_ints = [0]> () u = Unsqueeze (g, a) r = Constant <value_ints = [-1]> ()"
     " c = Concat <axis = 0> (u, r) y = Reshape (x, c)", "reshape", {}),
    ("view-of-part", (2, 3, 4), "s = Shape <start = 0, end = -2> (x) t = Shape <start = 2> (x)"
     " p = Gather (t, last) n = Squeeze (p) m = Gather (t, first) o = Mul (n, m) v = Unsqueeze (o, zero)"
     " c = Concat <axis = 0> (s, v) y = Reshape (x, c)", "reshape",
     {"constants": "int64[1] last = {-1}, int64 first = {0}, int64[1] zero = {0}", "opset": 15}),
    ("view-as-tf2onnx", (2, 3, 4), "s = Shape (x) c = Cast <to = 6> (s) f = Slice (c, zero, one, zero)"
     " u = Concat <axis = 0> (f, size) t = Cast <to = 7> (u) y = Reshape (x, t)", "reshape",
     {"constants": "int64[1] zero = {0}, int64[1] one = {1}, int32[1] size = {24}"}),
    ("view-sliced", (2, 3, 4), "s = Shape (x) b = Slice (s, zero, one) r = Slice (s, end, zero, zero, back)"
     " c = Concat <axis = 0> (b, r) y = Reshape (x, c)", "reshape",
     {"constants": "int64[1] zero = {0}, int64[1] one = {1}, int64[1] end = {-1}, int64[1] back = {-1}"}),
    ("view-computed", (2, 3, 4), "a = Add (four, two) s = Sub (a, three) d = Div (six, s) m = Mul (d, s)"
     " c = Concat <axis = 0> (minus, m, two, two) y = Reshape (x, c)", "reshape",
     {"constants": "int64[1] four = {4}, int64[1] two = {2}, int64 three = {3}, int64[1] six = {6},"
      " int64[1] minus = {-1}"}),
    ("view-filled", (2, 3), "c = ConstantOfShape <value = int64[1] {1}> (one) m = Concat <axis = 0> (minus, six, c)"
     " y = Reshape (x, m)", "reshape", {"constants": "int64[1] one = {2}, int64[1] minus = {-1}, int64[1] six = {6}"}),
    ("weights-filled", (3, 4, 4), "c = ConstantOfShape <value = float[1] {0.02}> (k) t = Transpose <perm = [1, 0, 3, 2]> (c)"
     " f = Cast <to = 1> (t) e = Add (f, b) m = Conv (x, e) s = ConstantOfShape <value = float[1] {0.5}> (n)"
     " h = BatchNormalization (m, s, s, s, s) q = ConstantOfShape <value = int64[1] {2}> (n)"
     " r = Cast <to = 1> (q) p = Reshape (r, o) a = Mul (h, p) g = ConstantOfShape <value = float[1] {-0.25}> (l)"
     " v = Flatten (a) z = MatMul (v, g) u = ConstantOfShape <value = float[1] {0.001}> (d) j = MatMul (z, u)"
     " y = MatMul (j, w)", "conv, reshape, dense, dense, dense",
     {"constants": "int64[4] k = {3, 2, 3, 3}, int64[1] n = {2}, int64[3] o = {2, 1, 1}, int64[2] l = {8, 600},"
      " int64[2] d = {600, 600}", "weights": {"b": (), "w": (600, 2)}}),
    ("shape-product", (2, 3, 4), "s = Shape (x) r = Slice (s, one, end) p = ReduceProd (r) c = Concat <axis = 0> (minus, p)"
     " y = Reshape (x, c)", "reshape", {"constants": "int64[1] one = {1}, int64[1] end = {9}, int64[1] minus = {-1}"}),
    ("shape-where", (2, 3, 4), "s = Shape (x) e = Equal (s, minus) w = Where (e, minus, s) v = Reshape (x, w)"
     " y = Relu (v)", "add", {"constants": "int64[1] minus = {-1}"}),
    ("shape-arithmetic", (2, 3, 4), "a = Mod (minus, five) b = Mod <fmod = 1> (seven, five) m = Max (a, b, one)"
     " n = Min (m, five) f = Cast <to = 1> (n) h = Mul (f, half) k = Floor (h) l = Ceil (h) q = Add (k, l)"
     " i = Cast <to = 7> (q) z = Size (t) j = Shape (t) o = Range (one, five, one) g = Gather (o, one) u = Unsqueeze (g, zero)"
     " d = Mul (i, u) e = Concat <axis = 0> (neg, d, u, j) p = Sub (z, six) w = Add (e, p) y = Reshape (x, w)",
     "reshape", {"constants": "int64[1] minus = {-3}, int64 five = {5}, int64 seven = {-7}, int64 one = {1}, float half = {0.25},"
      " int64[1] zero = {0}, int64[1] neg = {-1}, int64 six = {6}, float[6] t = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}"}),
    ("view-fixed-batch", (2, 3), "s = Shape (x) p = Gather (s, two) m = Mul (p, minus) q = Sub (p, m)"
     " h = Div (q, four) y = Reshape (x, h)", "reshape",
     {"constants": "int64[2] two = {0, 2}, int64 minus = {-1}, int64[2] four = {2, 1}", "batch": 2}),
    ("weights-moved", (3,), "t = Transpose (w) i = Identity (t) y = Gemm <transB = 1> (x, i)", "dense",
     {"weights": {"w": (3, 2)}}),
    ("weights-of-half", (3,), "c = Cast <to = 1> (h) m = MatMul (x, c) d = Cast <to = 1> (f) y = MatMul (m, d)",
     "dense, dense", {"constants": "float16[3, 2] h = {15872, 16384, 49664, 1678, 13653, 31743},"
      " bfloat16[2, 2] f = {16256, 49184, 15821, 16448}"}),
    ("names-of-500", (3,), "LONG = Relu (x) y = Identity (LONG)", "add", {"text": ("LONG", "a" * 500)}),
    ("weights-permuted", (2, 4, 4), "t = Transpose <perm = [3, 2, 0, 1]> (w) y = Conv (x, t)", "conv",
     {"weights": {"w": (3, 1, 2, 4)}}),
    ("weights-reshaped", (3,), "r = Reshape (w, to) s = Squeeze (r) u = Unsqueeze (s, two) f = Flatten <axis = 1> (u)"
     " y = MatMul (x, f)", "dense",
     {"constants": "int64[3] to = {1, 3, -1}, int64[1] two = {2}", "weights": {"w": (2, 3)}}),
    ("constants", (3,), "f = Constant <value_float = 0.5> () v = Constant <value_floats = [1.0, 2.0, 3.0]> ()"
     " t = Constant <value = float[3] {4.0, 5.0, 6.0}> () n = Constant <value_int = 2> () c = Cast <to = 1> (n)"
     " m = Mul (v, f) o = Add (m, t) p = Div (o, c) q = Sub (p, t) r = Mul (x, q) y = Relu (r)",
     "reshape, conv, reshape", {}),
    ("weights-of-integers", (2, 3, 3), "q = QuantizeLinear <axis = 0> (w, sw, zw)"
     " v = DequantizeLinear <axis = 0> (q, sw, zw) y = Conv (x, v, c)", "conv",
     {"constants": "float[2] sw = {0.01, 0.02}, int8[2] zw = {0, 0}", "weights": {"w": (2, 2, 1, 1), "b": (2,)},
      "text": ("(x, v, c)", "(x, v, b)")}),
    # Quantised models.
    ("qdq-of-microsoft", (2, 3, 3), "q = com.microsoft.QuantizeLinear (x, sx, zx)"
     " d = com.microsoft.DequantizeLinear (q, sx, zx) v = com.microsoft.DequantizeLinear <axis = 0> (w, sw, zw)"
     " e = Conv (d, v) r = com.microsoft.QuantizeLinear (e, sy, zy) y = com.microsoft.DequantizeLinear (r, sy, zy)",
     "conv", {"constants": QDQ}),
    ("qdq-conv", (2, 3, 3), QUANTISED + WEIGHTS + "k = Conv (d, v, c) e = Relu (k)" + LAST, "conv", {"constants": QDQ}),
    ("qdq-conv-one-scale", (2, 3, 3), QUANTISED + "v = DequantizeLinear (w, s1) e = Conv (d, v)" + LAST, "conv",
     {"constants": QDQ}),
    ("qdq-weights-of-bytes", (2,), QUANTISED + "v = DequantizeLinear (u, s1, z) e = MatMul (d, v)" + LAST, "dense",
     {"constants": QDQ + ", uint8[2, 2] u = {0, 255, 128, 127}, uint8 z = {128}"}),
    ("qdq-asymmetric-conv", (2, 3, 3), QUANTISED + "v = DequantizeLinear (u, s1, z) e = Conv <pads = [1, 0, 0, 1]> (d, v)"
     + LAST, "concat, conv",
     {"constants": QDQ + ", uint8[2, 2, 2, 1] u = {0, 255, 128, 127, 3, 200, 116, 117}, uint8 z = {117}"}),
    ("qdq-asymmetric-groups", (4, 2, 3), QUANTISED + "v = DequantizeLinear <axis = 0> (u, sw, z)"
     " e = Conv <group = 2> (d, v)" + LAST, "concat, reshape, transpose, reshape, conv",
     {"constants": QDQ + ", uint8[2, 2, 1, 1] u = {0, 255, 3, 127}, uint8[2] z = {9, 250}"}),
    ("qdq-asymmetric-matmul", (2, 2), QUANTISED + "v = DequantizeLinear (u, s1, z) e = MatMul (d, v)" + LAST,
     "concat, dense", {"constants": QDQ + ", uint8[2, 3] u = {0, 255, 128, 127, 1, 254}, uint8 z = {1}"}),
    ("qdq-transposed-weights", (2,), QUANTISED + "v = DequantizeLinear <axis = 0> (u, sw, zw) t = Transpose (v)"
     " m = MatMul (d, t) c = DequantizeLinear <axis = 0> (b, sb) e = Add (m, c)" + LAST, "dense",
     {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u")}),
    ("qdq-gemm", (2,), QUANTISED + "v = DequantizeLinear (u, sw, zw) e = Gemm <alpha = 0.5> (d, v)" + LAST, "dense",
     {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u")}),
    ("qdq-pool", (2, 4, 4), QUANTISED + WEIGHTS + "k = Conv (d, v, c) e = MaxPool <kernel_shape = [2, 2]> (k)" + LAST,
     "conv, max pool", {"constants": QDQ}),
    ("qdq-moved", (2, 4, 4), "t = Transpose <perm = [0, 2, 3, 1]> (x) f = Flatten (t) q = QuantizeLinear (f, sx, zx)"
     " d = DequantizeLinear (q, sx, zx) e = Relu (d)" + LAST, "transpose, reshape, add", {"constants": QDQ}),
    ("qdq-other-scale", (2, 4, 4), QUANTISED + "e = MaxPool <kernel_shape = [2, 2]> (d)" + LAST, "max pool, add",
     {"constants": QDQ}),
    ("qdq-same-scale", (2, 4, 4), QUANTISED + "e = MaxPool <kernel_shape = [2, 2]> (d) r = QuantizeLinear (e, sx, zx)"
     " y = DequantizeLinear (r, sx, zx)", "max pool", {"constants": QDQ}),
    ("qdq-also-float", (2, 3, 3), "a = Relu (x) q = QuantizeLinear (a, sx, zx) d = DequantizeLinear (q, sx, zx)"
     " y = Add (a, d)", "add, add, add", {"constants": QDQ}),
    ("qdq-twice-alike", (2, 3, 3), "a = Relu (x) q = QuantizeLinear (a, sx, zx) d = DequantizeLinear (q, sx, zx)"
     " r = QuantizeLinear (a, sx, zx) e = DequantizeLinear (r, sx, zx) s = Add (e, d) u = QuantizeLinear (s, sy, zy)"
     " y = DequantizeLinear (u, sy, zy)", "add, add", {"constants": QDQ}),
    ("qdq-signed", (2, 3, 3), "q = QuantizeLinear (x, sz, zz) d = DequantizeLinear (q, sz, zz) e = Add (d, d)" + LAST,
     "add", {"constants": QDQ}),
    ("qdq-no-zero", (2, 3, 3), "q = QuantizeLinear (x, sx) d = DequantizeLinear (q, sx) e = Add (d, d)" + LAST, "add",
     {"constants": QDQ}),
    ("qdq-signed-by-type", (2, 3, 3), "q = QuantizeLinear <output_dtype = 3> (x, sx) d = DequantizeLinear (q, sx)"
     " e = Add (d, d)" + LAST, "add", {"constants": QDQ, "opset": 21}),
    ("qdq-concat", (2, 3, 3), QUANTISED + "n = Relu (d) e = Concat <axis = 1> (n, d)" + LAST, "add, add, concat",
     {"constants": QDQ}),
    ("qdq-integers-moved", (2, 4, 4), "q = QuantizeLinear (x, sx, zx) m = MaxPool <kernel_shape = [2, 2]> (q)"
     " t = Transpose <perm = [0, 2, 3, 1]> (m) f = Flatten (t) o = Concat <axis = 1> (f, f)"
     " y = DequantizeLinear (o, sx, zx)", "max pool, transpose, reshape, concat", {"constants": QDQ}),
    ("bytes-in-bytes-out", (2, 4, 4), "f = Flatten (x) o = Concat <axis = 1> (f, f) d = DequantizeLinear (o, sx, zx)"
     " e = Relu (d) y = QuantizeLinear (e, sx, zx)", "reshape, concat, add", {"constants": QDQ, "types": ("uint8", "uint8")}),
    ("qlinear-conv", (2, 3, 3), "q = QuantizeLinear (x, sx, zx)"
     " r = QLinearConv <pads = [1, 0, 0, 1]> (q, sx, zx, w, sw, zw, sy, zy, b) y = DequantizeLinear (r, sy, zy)", "conv",
     {"constants": QDQ}),
    ("qlinear-matmul", (2,), "q = QuantizeLinear (x, sx, zx) r = QLinearMatMul (q, sx, zx, u, s1, z, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "dense",
     {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u") + ", int8 z = {0}"}),
    ("qgemm", (2,), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QGemm <transB = 1, alpha = 1.0> (q, sx, zx, u, sw, zw, b, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "dense", {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u")}),
    ("qgemm-to-floats", (2,), "q = QuantizeLinear (x, sx, zx) y = com.microsoft.QGemm (q, sx, zx, u, s1, z, b)",
     "dense", {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u") + ", int8 z = {0}"}),
    ("qlinear-add", (2, 3), "q = QuantizeLinear (x, sx, zx) r = com.microsoft.QLinearAdd (q, sx, zx, q, sx, zx, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "add", {"constants": QDQ}),
    ("qlinear-average-pool", (2, 4, 4), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QLinearAveragePool <kernel_shape = [2, 2]> (q, sx, zx, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "average pool", {"constants": QDQ}),
    ("qlinear-global-average-pool", (2, 4, 4), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QLinearGlobalAveragePool <channels_last = 0> (q, sx, zx, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "average pool", {"constants": QDQ}),
    ("qlinear-concat", (2, 4), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QLinearConcat <axis = 1> (sy, zy, q, sx, zx, q, sx, zx) y = DequantizeLinear (r, sy, zy)",
     "concat, add", {"constants": QDQ}),
]

# name, shape of an item, nodes, part of the sentence, and the same as above.
REFUSED = [
    ("softmax-inside", (3,), "g = Softmax (x) y = Relu (g)",
     "node 'softmax0': operator 'Softmax' is not supported inside a network, only as its end, where it is left out; "
     "--end-at 'x' ends the network before it", {}),
    ("softmax-twice", (3,), "g = Softmax (x) y = Softmax (g)", "node 'softmax0': operator 'Softmax' is not supported inside", {}),
    ("identity-of-itself", (3,), "g = Identity (y) y = Identity (g)", "it reads 'y' before a node makes it", {"unchecked": True}),
    ("softmax-over-width", (2, 4, 4), "r = Relu (x) y = Softmax (r)",
     "Softmax over axis -1 of Nx2x4x4 is not over the classes, so that it cannot be left out; --end-at 'r'", {}),
    ("softmax-over-batch", (4,), "r = Relu (x) y = Softmax <axis = 0> (r)", "Softmax over axis 0 of Nx4 is not over", {}),
    ("softmax-older-of-part", (2, 4, 4), "r = Relu (x) y = Softmax <axis = 2> (r)", "Softmax over axis 2 of Nx2x4x4 is not",
     {"opset": 12}),
    ("softmax-nowhere", (4,), "r = Relu (x) y = Softmax <axis = 2> (r)", "axis 2 is none of its input's 2", {}),
    ("argmax-inside", (3,), "g = ArgMax (x) c = Cast <to = 1> (g) y = Relu (c)", "operator 'ArgMax' is not supported inside", {}),
    ("argmax-of-batch", (3,), "r = Relu (x) y = ArgMax (r)", "node 'argmax1': ArgMax over axis 0 of Nx3 is not", {}),
    ("argmax-last", (3,), "r = Relu (x) y = ArgMax <axis = 1, select_last_index = 1> (r)", "it takes the last", {}),
    ("sigmoid-inside", (3,), "g = Sigmoid (x) y = Mul (g, x)", "operator 'Sigmoid' is not supported inside a network", {}),
    ("recurrent", (3, 2), "y = LSTM (x, x, x)", "operator 'LSTM' is not supported: the model must be exported without", {}),
    ("transposed-data", (3,), "y = Gemm <transA = 1> (x, w)", "transA is not supported", {"weights": {"w": (3, 2)}}),
    ("gemm-of-picture", (2, 3), "y = Gemm (x, w)", "it gets Nx2x3: a Gemm takes items of one axis",
     {"weights": {"w": (3, 2)}}),
    ("gemm-bias", (3,), "y = Gemm (x, w, b)", "it adds a constant of shape 3 to Nx2", {"weights": {"w": (3, 2), "b": (3,)}}),
    ("matmul-width", (3,), "y = MatMul (x, w)", "it gets Nx3, but its weights take 4 values and make 2",
     {"weights": {"w": (4, 2)}}),
    ("matmul-rank", (3,), "y = MatMul (x, w)", "its weights have shape 1x3x2, not rows and columns",
     {"weights": {"w": (1, 3, 2)}}),
    ("matmul-left", (3,), "y = MatMul (w, x)", "reads the constant 'w' where only what the network computes",
     {"weights": {"w": (2, 3)}}),
    ("matmul-of-two", (3, 3), "y = MatMul (x, x)", "it reads 'x' where only a constant is supported", {}),
    ("conv-channels", (3, 4, 4), "y = Conv (x, w)", "it gets Nx3x4x4, and its weights have shape 4x2x3x3: they do not fit",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-no-groups", (2, 4, 4), "y = Conv <group = 0> (x, w)", "do not fit each other in 0 groups",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-odd-groups", (4, 4, 4), "y = Conv <group = 2> (x, w)", "its 4 and 3 channels cannot be parted into 2 groups",
     {"weights": {"w": (3, 2, 3, 3)}}),
    ("conv-too-large", (2, 4, 4), "y = Conv (x, w)", "its window of 5x3 does not fit", {"weights": {"w": (4, 2, 5, 3)}}),
    ("conv-kernel", (2, 4, 4), "y = Conv <kernel_shape = [3, 2]> (x, w)", "its kernel_shape is not that of its weights",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-strides", (2, 4, 4), "y = Conv <strides = [0, 1]> (x, w)", "strides has the number 0; 1 to 16777216",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-negative-pads", (2, 4, 4), "y = Conv <pads = [0, 0, -1, 0]> (x, w)", "pads has the number -1",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-few-pads", (2, 4, 4), "y = Conv <pads = [1, 1]> (x, w)", "pads has 2 numbers, it should have 4",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-huge-dilation", (2, 4, 4), "y = Conv <dilations = [16777216, 1]> (x, w)", "its window is larger than any image",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-huge-pads", (2, 4, 4), "y = Conv <pads = [8000, 8000, 8000, 8000]> (x, w)", "an item must have 1 to 16777216",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-auto-pad", (2, 4, 4), 'y = Conv <auto_pad = "WRONG"> (x, w)', "auto_pad is none of NOTSET",
     {"weights": {"w": (4, 2, 3, 3)}}),
    ("conv-biases", (2, 4, 4), "y = Conv (x, w, b)", "it has 3 biases for 4 channels",
     {"weights": {"w": (4, 2, 3, 3), "b": (3,)}}),
    ("conv-of-list", (4,), "y = Conv (x, w)", "it gets Nx4: one or two axes behind batch and channels are supported",
     {"weights": {"w": (4, 4)}}),
    ("conv-of-volume", (2, 3, 3, 3), "y = Conv (x, w)", "it gets Nx2x3x3x3: one or two axes",
     {"weights": {"w": (4, 2, 3, 3, 3)}}),
    ("conv-computed", (2, 4, 4), "y = Conv (x, x)", "it reads 'x' where only a constant", {}),
    ("batch-normalization-channels", (3, 2, 2), "y = BatchNormalization (x, s1, b1, b2, s2)",
     "it has 4 numbers in input 1 for 3 channels", {"weights": BATCH}),
    ("batch-normalization-training", (4, 2, 2), "y = BatchNormalization <training_mode = 1> (x, s1, b1, b2, s2)",
     "it is made for training", {"weights": BATCH, "opset": 15}),
    ("batch-normalization-by-outputs", (4, 2, 2), "y, m, v, n, u = BatchNormalization (x, s1, b1, b2, s2)",
     "it is made for training, for it gives the batch's mean and variance", {"weights": BATCH, "opset": 9}),
    ("batch-normalization-of-places", (4, 2, 2), "y = BatchNormalization <spatial = 0> (x, s1, b1, b2, s2)",
     "it normalises each place by itself (spatial is 0)", {"weights": BATCH, "opset": 8}),
    ("max-pool-ceil-too-small", (1, 2, 2), "y = MaxPool <kernel_shape = [3, 3], strides = [1, 2], ceil_mode = 1> (x)",
     "window of 3x3 does not fit", {}),
    ("set-6-broadcast", (3,), "y = Add <broadcast = 1> (x, b)", "attribute 'broadcast' is not known",
     {"weights": {"b": (3,)}, "opset": 7}),
    ("quantised-in-half", (3,), "q = QuantizeLinear <precision = 10> (x, sx, zx) y = DequantizeLinear (q, sx, zx)",
     "attribute 'precision' asks for another type of reals", {"constants": QDQ, "opset": 23}),
    ("pad-older-ones", (2, 4, 4), "y = Pad <pads = [0, 0, 1, 0, 0, 0, 0, 0], value = 1.0> (x)",
     "only padding with zeros", {"opset": 10}),
    ("pad-nowhere", (2, 4, 4), "y = Pad (x)", "its input 1 is left out", {}),
    ("slice-nowhere", (2,), "a = Slice (i) y = Reshape (x, a)", "it does not say where it starts and ends",
     {"constants": "int64[2] i = {1, 2}"}),
    ("product", (3,), "y = Mul (x, x)", "of those only an Add is supported, Mul must have a constant", {}),
    ("difference", (3,), "y = Sub (x, x)", "of those only an Add is supported, Sub must", {}),
    ("inverse", (3,), "y = Div (b, x)", "it divides a constant by what the network computes", {"weights": {"b": ()}}),
    ("division-by-zero", (3,), "y = Div (x, zero)", "node 'div0': it divides by 0", {"constants": "float zero = {0.0}"}),
    ("division-behind-weights", (3,), "m = MatMul (x, w) y = Div (m, v)",
     "node 'div1': it divides by 0, at place 1 of its constant",
     {"constants": "float[2] v = {1.0, 0.0}", "weights": {"w": (3, 2)}}),
    ("factor-behind-weights", (3,), "m = MatMul (x, w) y = Mul (m, v)",
     "node 'mul1': it multiplies by inf, at place 1: that is not a finite number",
     {"constants": "float[2] v = {1.0, inf}", "weights": {"w": (3, 2)}}),
    ("offset-behind-weights", (3,), "m = MatMul (x, w) y = Add (m, v)",
     "node 'add1': it adds nan, at place 0: that is not a finite number",
     {"constants": "float[2] v = {nan, 1.0}", "weights": {"w": (3, 2)}}),
    ("batch-normalization-below-zero", (2, 4, 4), "c = Conv (x, w) y = BatchNormalization (c, s1, b1, b2, v)",
     "node 'batchnormalization1': the variance of channel 2 is -3, and with epsilon",
     {"constants": "float[4] v = {1.0, 0.5, -3.0, 1.0}",
      "weights": {"w": (4, 2, 3, 3), "s1": (4,), "b1": (4,), "b2": (4,)}}),
    ("broadcast", (2, 3), "a = ReduceMean <axes = [2]> (x) y = Add (x, a)",
     "it gets Nx2x3 and Nx2x1: only two values of one shape can be added", {}),
    ("spread-batch", (3,), "y = Add (x, b)", "a constant of shape 2x3 cannot be spread over Nx3", {"weights": {"b": (2, 3)}}),
    ("spread-wider", (3,), "y = Add (x, b)", "a constant of shape 4 cannot be spread", {"weights": {"b": (4,)}}),
    ("clip-above-zero", (3,), "y = Clip (x, low)", "it clamps to [1, inf]: only a range that holds 0",
     {"constants": "float low = {1.0}"}),
    ("clip-below-zero", (3,), "y = Clip (x, , high)", "it clamps to [-inf, -1]", {"constants": "float high = {-1.0}"}),
    ("clip-computed", (3,), "g = ReduceMean <axes = [1]> (x) y = Clip (x, g)", "node 'reducemean0': it is supported over", {}),
    ("clip-list", (3,), "y = Clip (x, low)", "its bound is no single value", {"constants": "float[2] low = {-1.0, -1.0}"}),
    ("max-above-zero", (3,), "y = Max (x, low)", "it clamps to [1, inf]: only a range that holds 0",
     {"constants": "float low = {1.0}"}),
    ("max-of-two", (3,), "y = Max (x, x)", "it takes 2 values that the network computes: Max is supported of one", {}),
    ("min-list", (3,), "y = Min (x, high)", "its bound is no single value", {"constants": "float[3] high = {1.0, 1.0, 1.0}"}),
    ("prelu-computed", (3,), "y = PRelu (x, x)", "it reads 'x' where only a constant", {}),
    ("prelu-spread", (2, 3), "y = PRelu (x, b)", "a constant of shape 4 cannot be spread over Nx2x3", {"weights": {"b": (4,)}}),
    ("prelu-infinite", (3,), "y = PRelu (x, b)", "is not a finite number", {"constants": "float b = {inf}"}),
    ("max-pool-order", (2, 4, 4), "y = MaxPool <kernel_shape = [2, 2], storage_order = 1> (x)", "storage_order 1", {}),
    ("max-pool-kernel", (2, 4, 4), "y = MaxPool <strides = [2, 2]> (x)", "it has no kernel_shape", {}),
    ("max-pool-padding", (2, 4, 4), "y = MaxPool <kernel_shape = [2, 2], pads = [2, 0, 0, 0]> (x)",
     "its window can lie in the padding alone", {}),
    ("average-pool-padding", (2, 4, 4), "y = AveragePool <kernel_shape = [2, 2], pads = [0, 0, 0, 3]> (x)",
     "its window can lie in the padding alone", {}),
    ("max-pool-places", (2, 4, 4), "m, i = MaxPool <kernel_shape = [2, 2]> (x) y = Identity (i)",
     "it reads 'i', output number 2 of its node: only first outputs", {}),
    ("mean-of-channels", (2, 4, 4), "y = ReduceMean <axes = [1]> (x)", "over the axes behind batch and channels only", {}),
    ("mean-of-all", (2, 4, 4), "y = ReduceMean (x)", "over the axes behind batch and channels only", {}),
    ("mean-twice", (2, 4, 4), "y = ReduceMean <axes = [2, -2]> (x)", "axis -2 is given twice", {}),
    ("pad-channels", (2, 4, 4), "y = Pad (x, pads)", "it pads axis 1 by 1: 0 to 16777216 are supported, on axes behind",
     {"constants": "int64[8] pads = {0, 0, 0, 0, 0, 1, 0, 0}"}),
    ("pad-cropping", (2, 4, 4), "y = Pad (x, pads)", "it pads axis 2 by -1",
     {"constants": "int64[8] pads = {0, 0, -1, 0, 0, 0, 0, 0}"}),
    ("pad-reflecting", (2, 4, 4), 'y = Pad <mode = "reflect"> (x, pads)', "only padding with zeros (mode constant)",
     {"constants": "int64[8] pads = {0, 0, 1, 0, 0, 0, 0, 0}"}),
    ("pad-ones", (2, 4, 4), "y = Pad (x, pads, one)", "only padding with zeros",
     {"constants": "int64[8] pads = {0, 0, 1, 0, 0, 0, 0, 0}, float one = {1.0}"}),
    ("pad-volume", (2, 2, 2, 2), "y = Pad (x, pads)", "one or two axes behind batch and channels",
     {"constants": "int64[10] pads = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0}"}),
    ("pad-few", (2, 4, 4), "y = Pad (x, pads)", "it has 2 pads for 4 axes", {"constants": "int64[2] pads = {0, 0}"}),
    ("flatten-batch", (2, 3), "y = Flatten <axis = 0> (x)", "axis 0 is not supported: the batch must stay apart", {}),
    ("squeeze-batch", (1, 3), "y = Squeeze (x, axes)", "its axes do not leave the batch where it is",
     {"constants": "int64[1] axes = {0}"}),
    ("squeeze-fixed-batch", (1, 3), "y = Squeeze (x)", "its axes do not leave the batch", {"batch": 1}),
    ("squeeze-wide", (2, 3), "y = Squeeze (x, axes)", "axis 1 has the size 2: it cannot be left out",
     {"constants": "int64[1] axes = {1}"}),
    ("single-by-matrix", (3,), "g = Gemm (x, w) s = Squeeze (g, axes) y = MatMul (s, w2)",
     "it reads 's', one value for each item without an axis, which only operators on each value by itself",
     {"constants": "int64[1] axes = {1}", "weights": {"w": (3, 1), "w2": (1, 2)}}),
    ("single-and-row", (3,), "g = Gemm (x, w) s = Squeeze (g, axes) y = Add (s, b)",
     "it computes with one value for each item, without an axis: only a constant of a single value",
     {"constants": "int64[1] axes = {1}", "weights": {"w": (3, 1), "b": (1, 1)}}),
    ("single-and-list", (3,), "g = Gemm (x, w) s = Squeeze (g, axes) y = Add (s, g)",
     "it adds one value for each item, without an axis, to items with axes",
     {"constants": "int64[1] axes = {1}", "weights": {"w": (3, 1)}}),
    ("squeeze-nowhere", (1, 3), "y = Squeeze (x, axes)", "axis 3 is none of its input's 3",
     {"constants": "int64[1] axes = {3}"}),
    ("unsqueeze-batch", (3,), "y = Unsqueeze (x, axes)", "its axes do not leave the batch",
     {"constants": "int64[1] axes = {-3}"}),
    ("unsqueeze-many", (1, 1, 1, 1, 1), "y = Unsqueeze (x, axes)", "it names 3 axes, or makes more than 8",
     {"constants": "int64[3] axes = {1, 2, 3}"}),
    ("transpose-batch", (2, 3), "y = Transpose (x)", "its perm does not leave the batch where it is", {}),
    ("transpose-wrong", (2, 3), "y = Transpose <perm = [0, 1, 1]> (x)", "perm is no permutation of its input's 3 axes", {}),
    ("concat-batch", (2, 3), "y = Concat <axis = 0> (x, x)", "it joins along the batch", {}),
    ("concat-shapes", (2, 3), "m = MatMul (x, w) y = Concat <axis = 1> (x, m)",
     "its input 1, of shape Nx2x2, does not fit those before it", {"weights": {"w": (3, 2)}}),
    ("concat-constant", (2, 3), "y = Concat <axis = 1> (x, w)", "it reads the constant 'w' where", {"weights": {"w": (1, 2, 3)}}),
    ("dropout-training", (3,), "y = Dropout (x, ratio, training)", "it is made for training",
     {"constants": "float ratio = {0.5}, bool training = {1}"}),
    ("cast-to-integers", (3,), "y = Cast <to = 7> (x)", "a Cast to integers is supported for constants only", {}),
    ("cast-to-half", (3,), "y = Cast <to = 10> (x)", "a Cast to float16 is not supported", {}),
    ("gather-computed", (3,), "y = Gather (x, one)", "Gather is supported for constants only",
     {"constants": "int64 one = {1}"}),
    ("gather-outside", (3,), "s = Shape (x) g = Gather (s, five) y = Reshape (x, g)", "axis 5 is none of its input's 2",
     {"constants": "int64[1] five = {5}"}),
    ("reshape-batch-inside", (2, 3), "s = Shape (x) g = Gather (s, order) y = Reshape (x, g)",
     "its target shape does not keep the batch of Nx2x3 first", {"constants": "int64[3] order = {1, 0, 2}"}),
    ("batch-computed", (2, 3), "s = Shape (x) m = Mul (s, s) y = Reshape (x, m)", "it computes with the size of the batch", {}),
    ("batch-cast", (2, 3), "s = Shape (x) c = Cast <to = 1> (s) d = Cast <to = 7> (c) y = Reshape (x, d)",
     "node 'cast1': it computes with the size of the batch", {}),
    ("equal-to-batch", (2, 3), "s = Shape (x) e = Equal (s, one) w = Where (e, one, s) y = Reshape (x, w)",
     "node 'equal1': it computes with the size of the batch", {"constants": "int64[1] one = {1}"}),
    ("product-of-batch", (2, 3), "s = Shape (x) p = ReduceProd (s) y = Reshape (x, p)",
     "node 'reduceprod1': it computes with the size of the batch", {}),
    ("product-overflow", (2,), "p = ReduceProd (i) y = Reshape (x, p)", "element 1 leaves 64 bits",
     {"constants": "int64[2] i = {9223372036854775807, 2}"}),
    ("mod-by-zero", (2,), "a = Mod (i, o) y = Reshape (x, a)", "element 0 is divided by 0",
     {"constants": "int64[1] i = {1}, int64[1] o = {0}"}),
    ("range-endless", (2,), "a = Range (i, o, i) y = Reshape (x, a)", "its step is 0, or",
     {"constants": "int64 i = {0}, int64 o = {7}"}),
    ("range-too-long", (2,), "a = Range (i, o, i) y = Reshape (x, a)", "it makes a constant that is too large",
     {"constants": "int64 i = {1}, int64 o = {9223372036854775807}"}),
    ("range-back", (2,), "a = Range (i, o, b) y = Reshape (x, a)", "its step is 0, or its numbers leave 64 bits",
     {"constants": "int64 i = {0}, int64 o = {-9223372036854775808}, int64 b = {-1}"}),
    ("where-shapes", (2,), "a = Where (c, i, o) y = Reshape (x, a)", "it chooses between constants of different shapes",
     {"constants": "bool[2] c = {1, 0}, int64[3] i = {1, 2, 3}, int64[1] o = {0}"}),
    ("max-shapes", (2,), "a = Max (i, o) y = Reshape (x, a)", "constants of different types or shapes",
     {"constants": "int64[3] i = {1, 2, 3}, int64[2] o = {0, 0}"}),
    ("arithmetic-types", (2,), "a = Add (i, f) y = Mul (x, a)", "constants of different types or shapes",
     {"constants": "int64 i = {1}, float f = {1.0}"}),
    ("arithmetic-overflow", (2,), "a = Mul (i, i) y = Reshape (x, a)", "element 0 leaves 64 bits, or is divided by 0",
     {"constants": "int64[1] i = {9223372036854775807}"}),
    ("arithmetic-by-zero", (2,), "a = Div (i, o) y = Reshape (x, a)", "element 0 leaves 64 bits, or is divided by 0",
     {"constants": "int64[1] i = {1}, int64[1] o = {0}"}),
    ("filled-too-large", (2,), "c = ConstantOfShape (i) y = MatMul (x, c)",
     "its weights, which ConstantOfShape fills, take 12288 MB, and 2048 MB are left", {"constants": "int64[2] i = {2, 1073741824}"}),
    ("filled-beyond", (2,), "c = ConstantOfShape (i) y = MatMul (x, c)", "it makes a constant that is too large",
     {"constants": "int64[3] i = {2147483647, 2147483647, 2147483647}"}),
    ("filled-far", (2,), "c = ConstantOfShape (i) y = MatMul (x, c)", "it must make a constant of at most 8 dimensions",
     {"constants": "int64[1] i = {2147483648}"}),
    ("filled-gathered", (2,), "c = ConstantOfShape <value = int64[1] {0}> (i) g = Gather (j, c) y = Reshape (x, g)",
     "the constants that the nodes compute would take more memory",
     {"constants": "int64[1] i = {2147483647}, int64[1] j = {1}"}),
    ("doubled-again-and-again", (2,), "t0 = Concat <axis = 0> (i, i)"
     + "".join(f" t{at} = Concat <axis = 0> (t{at - 1}, t{at - 1})" for at in range(1, 40)) + " y = Reshape (x, t39)",
     "the constants that the nodes compute would take more memory", {"constants": "int64[1] i = {1}"}),
    ("scaled-by-little", (300000,), "m = Mul (x, b) y = Relu (m)",
     "its weights would take more memory than a model of this length may", {"weights": {"b": ()}}),
    ("slice-of-two-axes", (2,), "a = Slice (i, one, one) y = Reshape (x, a)", "a Slice is supported along one axis",
     {"constants": "int64[1, 1] i = {1}, int64[2] one = {1, 1}"}),
    ("slice-of-floats", (2,), "a = Slice (i, one, one) y = Mul (x, a)", "only integers are sliced",
     {"constants": "float[2] i = {1.0, 1.0}, int64[1] one = {1}"}),
    ("batch-transposed", (2,), "s = Shape (x) t = Transpose (s) y = Reshape (x, t)", "with the size of the batch", {}),
    ("slice-no-step", (2,), "a = Slice (i, one, one, one, one) y = Reshape (x, a)", "by a step that is not 0",
     {"constants": "int64[2] i = {1, 2}, int64[1] one = {0}"}),
    ("target-of-floats", (2,), "y = Reshape (x, b)", "constant 'b' holds float32 values in shape 2, it should be a list",
     {"weights": {"b": (2,)}}),
    ("weights-of-wrong-type", (3,), "y = MatMul (x, w)", "constant 'w' holds int64 values, it should hold float32",
     {"constants": "int64[3, 1] w = {1, 2, 3}"}),
    ("weights-of-double", (3,), "y = MatMul (x, w)", "int8 and uint8 are supported: export the model in float32",
     {"constants": "double[3, 1] w = {1, 2, 3}"}),
    ("weights-of-text", (3,), "c = Constant <value = string[1] {\"a\"}> () y = MatMul (x, c)",
     "its value: it holds string values", {}),
    ("constant-of-text", (3,), 'c = Constant <value_string = "a"> () y = MatMul (x, c)',
     "attribute 'value_string' is not known", {}),
    ("constant-of-nothing", (3,), "c = Constant () y = MatMul (x, c)", "it has no value", {}),
    ("no-input", (3,), "c = Constant <value = float[1, 2] {1.0, 2.0}> () y = Identity (c)",
     "the graph's output 'y' does not depend on its input", {}),
    ("nothing", (3,), "y = Identity (x)", "the graph computes nothing", {}),
    # Quantised models.
    ("quantised-per-axis", (2, 3, 3), "q = QuantizeLinear (x, sw, zw) y = DequantizeLinear (q, sw, zw)",
     "it has 2 scales: what the network computes can have one scale", {"constants": QDQ}),
    ("quantised-int16", (2, 3, 3), "q = QuantizeLinear (x, sx, z) y = DequantizeLinear (q, sx, z)",
     "constant 'z': it holds int16 values", {"constants": QDQ + ", int16 z = {0}", "opset": 21}),
    ("quantised-int16-by-type", (2, 3, 3), "q = QuantizeLinear <output_dtype = 5> (x, sx) y = DequantizeLinear (q, sx)",
     "types (output_dtype) other than int8 and uint8, are not", {"constants": QDQ, "opset": 21}),
    ("quantised-int32", (2, 3, 3), "q = QuantizeLinear (x, sx, z) y = DequantizeLinear (q, sx, z)",
     "its zero point is int32", {"constants": QDQ + ", int32 z = {0}"}),
    ("quantised-blocks", (2, 3, 3), "q = QuantizeLinear <block_size = 2> (x, sx, zx) y = DequantizeLinear (q, sx, zx)",
     "scales for blocks (block_size)", {"constants": QDQ, "opset": 21}),
    ("quantised-by-zero", (2, 3, 3), "q = QuantizeLinear (x, s, zx) y = DequantizeLinear (q, s, zx)",
     "its scale 0 is not a positive number", {"constants": QDQ + ", float s = {0.0}"}),
    ("dequantised-otherwise", (2, 3, 3), "q = QuantizeLinear (x, sx, zx) d = DequantizeLinear (q, sy, zx) y = Relu (d)",
     "with another type, scale or zero point than the values were quantised with", {"constants": QDQ}),
    ("dequantised-as-another-type", (2, 3, 3), "q = QuantizeLinear (x, sx, zz) y = DequantizeLinear (q, sx)",
     "it reads 'q' with another type, scale or zero point", {"constants": QDQ, "unchecked": True}),
    ("dequantised-floats", (2, 3, 3), "y = DequantizeLinear (x, sx, zx)",
     "it reads the float32 'x' where integers are needed", {"constants": QDQ}),
    ("integers-added", (2, 3, 3), "q = QuantizeLinear (x, sx, zx) a = Add (q, q) y = DequantizeLinear (a, sx, zx)",
     "it reads the integers 'q': a DequantizeLinear should stand before it", {"constants": QDQ}),
    ("integers-joined", (2, 3, 3), "q = QuantizeLinear (x, sx, zx) r = QuantizeLinear (x, sy, zy)"
     " c = Concat <axis = 1> (q, r) y = DequantizeLinear (c, sx, zx)", "it joins integers of different scales",
     {"constants": QDQ}),
    ("integers-joined-with-floats", (2, 3, 3), "q = QuantizeLinear (x, sx, zx) y = Concat <axis = 1> (q, x)",
     "it joins integers of different scales", {"constants": QDQ}),
    ("bytes-read-twice", (2, 3, 3), "d = DequantizeLinear (x, sx, zx) e = DequantizeLinear (x, sy, zx) y = Add (d, e)",
     "it reads 'x' with another type, scale or zero point", {"constants": QDQ, "types": ("uint8", "float")}),
    ("bytes-without-scale", (2, 3, 3), "y = Flatten (x)", "the graph's input is integers, and no node says by what scale",
     {"types": ("uint8", "uint8")}),
    ("bytes-declared", (2, 3, 3), "y = QuantizeLinear (x, sx, zx)",
     "the graph's output 'y' is declared as float32 Nx2x3x3, its nodes make uint8 Nx2x3x3",
     {"constants": QDQ, "types": ("float", "float"), "unchecked": True}),
    ("weights-asymmetric", (2,), QUANTISED + "v = DequantizeLinear (u, s1) y = MatMul (d, v)",
     "a weight minus its zero point is 255, more than two int8 make: quantise the weights symmetrically, to int8:"
     " quantize_static(..., weight_type=QuantType.QInt8)",
     {"constants": QDQ + ", uint8[2, 2] u = {0, 255, 128, 127}"}),
    ("weights-by-input", (2, 3, 3), QUANTISED + "v = DequantizeLinear <axis = 1> (w, sw, zw) y = Conv (d, v)",
     "its quantised weights must be int8 or uint8, with one scale for all or one for each output channel (axis 0)",
     {"constants": QDQ}),
    ("weights-of-int32", (2,), QUANTISED + "v = DequantizeLinear (u, s1) y = MatMul (d, v)",
     "its quantised weights must be int8 or uint8", {"constants": QDQ + ", int32[2, 1] u = {1, 2}"}),
    ("weights-negated", (2,), QUANTISED + "v = DequantizeLinear (u, s1) y = Gemm <alpha = -1.0> (d, v)",
     "and a positive factor", {"constants": QDQ.replace("[2,2,1,1] w", "[2,2] u")}),
    ("weights-scales", (2, 3, 3), QUANTISED + "v = DequantizeLinear (w, s) y = Conv (d, v)",
     "its scales have shape 3 and the constant 2x2x1x1: one for all, or one for each place along axis 1",
     {"constants": QDQ + ", float[3] s = {1.0, 1.0, 1.0}"}),
    ("weights-zeros", (2, 3, 3), QUANTISED + "v = DequantizeLinear <axis = 0> (w, sw, z) y = Conv (d, v)",
     "it has 2 zero points of type uint8", {"constants": QDQ + ", uint8[2] z = {0, 0}"}),
    ("weights-scale-zero", (2, 3, 3), QUANTISED + "v = DequantizeLinear (w, s) y = Conv (d, v)",
     "scale 0 is not a positive number", {"constants": QDQ + ", float s = {0.0}"}),
    ("weights-reshaped-by-channel", (2,), QUANTISED + "v = DequantizeLinear <axis = 0> (w, sw, zw) f = Flatten (v)"
     " y = MatMul (d, f)", "constants with a scale for each channel cannot change their shape", {"constants": QDQ}),
    ("qlinear-conv-biases", (2, 3, 3), "q = QuantizeLinear (x, sx, zx)"
     " r = QLinearConv (q, sx, zx, w, sw, zw, sy, zy, w) y = DequantizeLinear (r, sy, zy)",
     "its biases 'w' are no list of int32", {"constants": QDQ}),
    ("qlinear-conv-of-floats", (2, 3, 3), "r = QLinearConv (x, sx, zx, w, sw, zw, sy, zy) y = DequantizeLinear (r, sy, zy)",
     "it reads the float32 'x' where integers are needed", {"constants": QDQ}),
    ("qlinear-conv-weights", (2, 3, 3), "q = QuantizeLinear (x, sx, zx)"
     " r = QLinearConv (q, sx, zx, b, sw, zw, sy, zy) y = DequantizeLinear (r, sy, zy)",
     "its constant 'b' holds int32 values: int8 and uint8 are supported", {"constants": QDQ}),
    ("qlinear-concat-inputs", (2,), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QLinearConcat <axis = 1> (sy, zy, q, sx, zx, q) y = DequantizeLinear (r, sy, zy)",
     "its inputs do not come in threes", {"constants": QDQ}),
    ("qlinear-pool-channels-last", (2, 4, 4), "q = QuantizeLinear (x, sx, zx)"
     " r = com.microsoft.QLinearGlobalAveragePool <channels_last = 1> (q, sx, zx, sy, zy)"
     " y = DequantizeLinear (r, sy, zy)", "channels_last is not supported", {"constants": QDQ}),
    ("foreign-operator", (3,), "y = com.example.Gemm (x, x)", "operator 'com.example.Gemm' is not supported", {}),
]


def draw(generator, name, shape):
    if name.startswith("s"):
        return generator.uniform(0.5, 1.5, size=shape).astype(np.float32)
    return (generator.normal(size=shape) * (0.5 if name.startswith("w") else 1)).astype(np.float32)


def build(name, shape, text, given):
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    batch = given.get("batch", "N")
    types = given.get("types", ("float", "float"))
    replaced = given.get("text", ("", ""))
    constants = f"<{given['constants']}>" if "constants" in given else ""
    sizes = ", ".join(str(size) for size in (batch, *shape))
    header = (
        f'<ir_version: 8, opset_import: ["": {given.get("opset", 13)}, "com.microsoft": 1, "com.example": 1]>'
        f" small ({types[0]}[{sizes}] x) => ({types[1]}[{sizes}] y)"
    )
    model = onnx.parser.parse_model(f"{header} {constants} {{ {text.replace(*replaced)} }}")
    for weight, size in given.get("weights", {}).items():
        model.graph.initializer.append(numpy_helper.from_array(draw(generator, weight, size), weight))
    used = {operand for node in model.graph.node for operand in node.input}
    for unused in [tensor for tensor in model.graph.initializer if tensor.name not in used]:
        model.graph.initializer.remove(unused)
    for at, node in enumerate(model.graph.node):
        node.name = f"{node.op_type.lower()}{at}"
    return model, generator


def declare_output(model, shape):
    dimensions = model.graph.output[0].type.tensor_type.shape
    del dimensions.dim[1:]
    for size in shape[1:]:
        dimensions.dim.add().dim_value = size


def reference(model, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": inputs})[0]


def runnable(model, given):
    """Without the nodes whose operators do not exist, which nothing needs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node if given.get("tail") else []:
        if node.op_type in ("Softmax", "LogSoftmax", "Sigmoid", "ArgMax"):
            node.op_type = "Identity"
            del node.attribute[:]
    if "end" in given:
        copy.graph.output[0].name = given["end"]
        del copy.graph.output[1:]
    for node in [node for node in copy.graph.node if node.op_type in ("Exp", "Loop")]:
        copy.graph.node.remove(node)
    return copy


def numbers(array):
    return [float(f"{value:.7g}") for value in array.ravel()]


def accepted(name, shape, text, layers, given):
    model, generator = build(name, shape, text, given)
    inputs = np.round(generator.normal(size=(2, *shape)) * 2, 2).astype(np.float32)
    if given.get("types", ("float",))[0] == "uint8":
        inputs = generator.integers(0, 256, size=(2, *shape)).astype(np.uint8)
    # The output's rank is not known before it is run; what is declared is put right then.
    del model.graph.output[0].type.tensor_type.shape.dim[:]
    model.graph.output[0].type.tensor_type.ClearField("shape")
    outputs = reference(runnable(model, given), inputs)
    model.graph.output[0].type.tensor_type.shape.dim.add().dim_param = "N"
    declare_output(model, outputs.shape)
    if "end" in given:
        second = model.graph.output.add()
        second.CopyFrom(model.graph.output[0])
        second.name = given["end"]
    if not given.get("unchecked"):
        onnx.checker.check_model(model)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    return {
        "file": f"{name}.onnx",
        "layers": layers,
        "shape": list(outputs.shape[1:]) or [1],  # a number for each item
        "inputs": numbers(inputs),
        "outputs": numbers(outputs),
        **{key: given[key] for key in ("end", "tail") if key in given},
    }


def refused(name, shape, text, sentence, given):
    model, _ = build(name, shape, text, given)
    (HERE / f"refused-{name}.onnx").write_bytes(model.SerializeToString())
    return {"file": f"refused-{name}.onnx", "sentence": sentence}


def outside():
    """A model whose weights lie in another file."""
    model, _ = build("external", (3,), "y = Gemm (x, w, b)", {"weights": {"w": (3, 2), "b": (2,)}})
    declare_output(model, (2, 2))
    onnx.save(model, HERE / "external.onnx", save_as_external_data=True, location="external.bin", size_threshold=0)


def main():
    onnxruntime.set_default_logger_severity(3)
    for file in HERE.glob("*.onnx"):
        file.unlink()
    (HERE / "external.bin").unlink(missing_ok=True)
    outside()
    vectors = [accepted(*case) for case in ACCEPTED] + [refused(*case) for case in REFUSED]
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (HERE / "onnx.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
