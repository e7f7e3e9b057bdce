"""Small networks with random weights, each for a few operators as exporters write them, in ONNX's text form.

`weights` gives the shape of each tensor that the text names and does not define. The first letter of a name says how it
is drawn: w weights, b biases (and other small numbers), s positive scales and variances. Where the text needs a value,
it defines it itself.
"""

import dataclasses

import numpy as np
import onnx
from onnx import numpy_helper


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    shape: tuple  # of an input, without the batch
    text: str  # the nodes; they begin at x and end at y, NxM
    weights: dict
    operator_set: int = 13
    constants: str = ""  # initializers with values
    quantise: bool = True  # whether ONNX Runtime's quantiser gets it right and leaves nothing in floats


# Most end in it: every value of a picture p is an output, so that none can be wrong unseen.
ALL = " y = Flatten <axis = 1> (p)"

CASES = (
    Case(
        "dilated convolution, Relu",
        (3, 12, 12),
        "c = Conv <dilations = [2, 2], pads = [2, 2, 2, 2]> (x, w1, b1)  p = Relu (c)" + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,)},
    ),
    Case(
        "grouped convolutions, strided, without bias",
        (4, 13, 13),
        "c = Conv <group = 2, strides = [2, 2], pads = [1, 1, 1, 1]> (x, w1)  r = Relu (c)"
        " d = Conv <group = 4> (r, w2)  p = Relu (d)" + ALL,
        {"w1": (8, 2, 3, 3), "w2": (12, 2, 1, 1)},
    ),
    Case(
        "depthwise convolution, two outputs each, Clip",
        (4, 10, 10),
        "c = Conv <group = 4, pads = [1, 1, 1, 1]> (x, w1, b1)  r = Clip (c, zero, six)"
        " d = Conv (r, w2, b2)  p = Clip (d, zero, six)" + ALL,
        {"w1": (8, 1, 3, 3), "b1": (8,), "w2": (12, 8, 1, 1), "b2": (12,)},
        constants="float zero = {0.0}, float six = {6.0}",
    ),
    Case(
        "Clip to a narrow range on both sides",
        (3, 8, 8),
        "c = Conv (x, w1, b1)  p = Clip (c, low, high)" + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,)},
        constants="float low = {-0.75}, float high = {0.5}",
    ),
    Case(
        "uneven padding, uneven kernel, uneven stride",
        (3, 11, 9),
        "c = Conv <pads = [0, 1, 2, 3]> (x, w1, b1)  r = Relu (c)"
        " d = Conv <strides = [2, 1], pads = [1, 0, 0, 0]> (r, w2, b2)  p = Relu (d)" + ALL,
        {"w1": (6, 3, 5, 1), "b1": (6,), "w2": (8, 6, 2, 4), "b2": (8,)},
    ),
    Case(
        "auto_pad SAME_UPPER and SAME_LOWER",
        (3, 12, 11),
        'c = Conv <auto_pad = "SAME_UPPER", strides = [2, 2]> (x, w1, b1)  r = Relu (c)'
        ' d = Conv <auto_pad = "SAME_LOWER", strides = [2, 2]> (r, w2, b2)  e = Relu (d)'
        ' p = MaxPool <auto_pad = "SAME_UPPER", kernel_shape = [2, 2], strides = [1, 1]> (e)' + ALL,
        {"w1": (6, 3, 3, 3), "b1": (6,), "w2": (8, 6, 4, 4), "b2": (8,)},
    ),
    Case(
        "MaxPool with ceil_mode, of negative values with padding",
        (3, 12, 12),
        "c = Conv (x, w1, b1)  q = MaxPool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (c)"
        " d = Conv (q, w2, b2)"
        " p = MaxPool <kernel_shape = [2, 2], strides = [1, 1], pads = [1, 1, 1, 1]> (d)" + ALL,
        {"w1": (6, 3, 3, 3), "b1": (6,), "w2": (8, 6, 3, 3), "b2": (8,)},
    ),
    Case(
        "AveragePool, padding not counted",
        (3, 9, 9),
        "c = Conv (x, w1, b1)  r = Relu (c)"
        " p = AveragePool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (r)"
        + ALL,
        {"w1": (6, 3, 2, 2), "b1": (6,)},
    ),
    Case(
        "AveragePool, padding counted",
        (3, 9, 9),
        "c = Conv (x, w1, b1)  r = Relu (c)"
        " p = AveragePool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1> (r)"
        + ALL,
        {"w1": (6, 3, 2, 2), "b1": (6,)},
    ),
    Case(
        "AveragePool with ceil_mode",
        (3, 9, 9),
        "c = Conv (x, w1, b1)  r = Relu (c)"
        " p = AveragePool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (r)"
        + ALL,
        {"w1": (6, 3, 2, 2), "b1": (6,)},
    ),
    Case(
        "Concat of two scales, then a convolution",
        (3, 8, 8),
        "c = Conv <pads = [1, 1, 1, 1]> (x, w1, b1)  r = Relu (c)"
        " d = Conv (x, w2, b2)  e = Mul (d, tenth)"
        " f = Concat <axis = 1> (r, e)  g = Conv (f, w3, b3)  p = Relu (g)" + ALL,
        {"w1": (6, 3, 3, 3), "b1": (6,), "w2": (4, 3, 1, 1), "b2": (4,), "w3": (8, 10, 3, 3), "b3": (8,)},
        constants="float[1] tenth = {0.1}",
        quantise=False,
    ),
    Case(
        "Concat of pooled and passed on",
        (3, 8, 8),
        "c = Conv <pads = [1, 1, 1, 1]> (x, w1, b1)  r = Relu (c)"
        " m = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (r)"
        " d = Conv <pads = [1, 1, 1, 1]> (r, w2, b2)  s = Relu (d)  p = Concat <axis = 1> (m, s, r)" + ALL,
        {"w1": (6, 3, 3, 3), "b1": (6,), "w2": (4, 6, 3, 3), "b2": (4,)},
    ),
    Case(
        "channels last, transposed (as tf2onnx writes)",
        (10, 10, 3),
        "t = Transpose <perm = [0, 3, 1, 2]> (x)  c = Conv <strides = [2, 2]> (t, w1, b1)  r = Relu (c)"
        " u = Transpose <perm = [0, 2, 3, 1]> (r)  f = Reshape (u, flat_shape)"
        " m = MatMul (f, w2)  y = Add (m, b2)",
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (128, 10), "b2": (10,)},
        constants="int64[2] flat_shape = {-1, 128}",
    ),
    Case(
        "channels shuffled",
        (4, 8, 8),
        "c = Conv <group = 2> (x, w1, b1)  r = Relu (c)  s = Reshape (r, split)"
        " t = Transpose <perm = [0, 2, 1, 3, 4]> (s)  u = Reshape (t, joined)"
        " d = Conv <group = 2> (u, w2, b2)  p = Relu (d)" + ALL,
        {"w1": (8, 2, 3, 3), "b1": (8,), "w2": (8, 4, 3, 3), "b2": (8,)},
        constants="int64[5] split = {-1, 2, 4, 6, 6}, int64[4] joined = {-1, 8, 6, 6}",
    ),
    Case(
        "BatchNormalization before Relu and convolution, residual",
        (3, 8, 8),
        "c = Conv <pads = [1, 1, 1, 1]> (x, w1)"
        " n = BatchNormalization (c, s1, b1, b2, s2)  r = Relu (n)"
        " d = Conv <pads = [1, 1, 1, 1]> (r, w2)"
        " m = BatchNormalization <epsilon = 0.001> (d, s3, b3, b4, s4)  q = Relu (m)"
        " e = Conv <pads = [1, 1, 1, 1]> (q, w3, b5)  a = Add (e, c)"
        " o = BatchNormalization (a, s5, b6, b7, s6)  p = Relu (o)" + ALL,
        {"w1": (8, 3, 3, 3), "w2": (8, 8, 3, 3), "w3": (8, 8, 3, 3), "b5": (8,)}
        | {name: (8,) for name in "s1 s2 s3 s4 s5 s6 b1 b2 b3 b4 b6 b7".split()},
        quantise=False,
    ),
    Case(
        "BatchNormalization at the input",
        (3, 8, 8),
        "n = BatchNormalization (x, s1, b1, b2, s2)  c = Conv (n, w1, b3)  p = Relu (c)" + ALL,
        {"s1": (3,), "b1": (3,), "b2": (3,), "s2": (3,), "w1": (8, 3, 3, 3), "b3": (8,)},
        quantise=False,
    ),
    Case(
        "residual of two convolutions, of unlike sizes of numbers",
        (3, 8, 8),
        "c = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w1, b1)  d = Conv <strides = [2, 2]> (x, w2, b2)"
        " a = Add (c, d)  r = Relu (a)  e = Conv <pads = [1, 1, 1, 1]> (r, w3, b3)  s = Add (r, e)  p = Relu (s)" + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (8, 3, 1, 1), "b2": (8,), "w3": (8, 8, 3, 3), "b3": (8,)},
    ),
    Case(
        "Pad, then convolution",
        (3, 9, 9),
        "q = Pad (x, pads)  c = Conv <strides = [2, 2]> (q, w1, b1)  p = Relu (c)" + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,)},
        constants="int64[8] pads = {0, 0, 0, 1, 0, 0, 2, 1}",
    ),
    Case(
        "pixels normalised by Sub, Div and Mul",
        (3, 9, 9),
        "u = Mul (x, scale)  v = Sub (u, mean)  z = Div (v, deviation)"
        " c = Conv <pads = [1, 1, 1, 1]> (z, w1, b1)  p = Relu (c)" + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,)},
        constants="float scale = {0.5}, float[3, 1, 1] mean = {0.485, 0.456, 0.406},"
        " float[1, 3, 1, 1] deviation = {0.229, 0.224, 0.225}",
        quantise=False,
    ),
    Case(
        "MatMul, Add, Relu",
        (30,),
        "m = MatMul (x, w1)  a = Add (b1, m)  r = Relu (a)  n = MatMul (r, w2)  b = Add (n, b2)  s = Relu (b)"
        " o = MatMul (s, w3)  y = Add (o, b3)",
        {"w1": (30, 24), "b1": (24,), "w2": (24, 20), "b2": (20,), "w3": (20, 10), "b3": (10,)},
    ),
    Case(
        "MatMul alone, Relu",
        (30,),
        "m = MatMul (x, w1)  r = Relu (m)  y = MatMul (r, w2)",
        {"w1": (30, 24), "w2": (24, 10)},
    ),
    Case(
        "Gemm with alpha, beta, without transB, without bias",
        (30,),
        "g = Gemm <alpha = 0.5, beta = 2.0> (x, w1, b1)  r = Relu (g)  y = Gemm (r, w2)",
        {"w1": (30, 24), "b1": (24,), "w2": (24, 10)},
        quantise=False,  # it would take beta into account twice
    ),
    Case(
        "Squeeze and Unsqueeze, Identity, Dropout",
        (8, 8),
        "u = Unsqueeze (x, one)  c = Conv (u, w1, b1)  r = Relu (c)  i = Identity (r)  q = GlobalAveragePool (i)"
        " s = Squeeze (q, spatial)  d = Dropout (s)  y = Gemm <transB = 1> (d, w2, b2)",
        {"w1": (8, 1, 3, 3), "b1": (8,), "w2": (10, 8), "b2": (10,)},
        constants="int64[1] one = {1}, int64[2] spatial = {2, 3}",
    ),
    Case(
        "x.view(x.size(0), -1) (as PyTorch writes)",
        (3, 8, 8),
        "c = Conv <strides = [2, 2]> (x, w1, b1)  p = Relu (c)"
        " size = Shape (p)  zero = Constant <value_int = 0> ()  batch = Gather <axis = 0> (size, zero)"
        " axes = Constant <value_ints = [0]> ()  first = Unsqueeze (batch, axes)"
        " rest = Constant <value_ints = [-1]> ()  shape = Concat <axis = 0> (first, rest)"
        " flat = Reshape (p, shape)  y = Gemm <transB = 1> (flat, w2, b2)",
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (10, 72), "b2": (10,)},
    ),
    Case(
        "channels last, flattened by a computed shape (as tf2onnx writes)",
        (3, 8, 8),
        "c = Conv <strides = [2, 2]> (x, w1, b1)  n = Mul (c, slope)  o = Add (n, offset)  p = Relu (o)"
        " u = Transpose <perm = [0, 2, 3, 1]> (p)  size = Shape (p)  sorted = Gather (size, order)"
        " narrow = Cast <to = 6> (sorted)  batch = Slice (narrow, zero, one, zero)"
        " shape = Concat <axis = 0> (batch, rest)  wide = Cast <to = 7> (shape)  f = Reshape (u, wide)"
        " m = MatMul (f, w2)  y = Add (m, b2)",
        {"w1": (4, 3, 3, 3), "b1": (4,), "w2": (36, 10), "b2": (10,)},
        operator_set=15,
        constants="float[1, 4, 1, 1] slope = {0.5, 1.5, -1.0, 0.75}, float[1, 4, 1, 1] offset = {0.1, -0.2, 0.3, 0.0},"
        " int64[4] order = {0, 2, 3, 1}, int64[1] zero = {0}, int64[1] one = {1}, int32[1] rest = {-1}",
    ),
    Case(
        "functional.pad (as PyTorch's classic exporter writes)",
        (3, 8, 8),
        "width = Constant <value_ints = [1, 0, 1, 2]> ()  more = Constant <value_ints = [4]> ()"
        " zeros = ConstantOfShape <value = int64[1] {0}> (more)  all = Concat <axis = 0> (width, zeros)"
        " pairs = Reshape (all, two)  turned = Slice (pairs, last, first, axis, last)"
        " split = Transpose <perm = [1, 0]> (turned)  list = Reshape (split, last)  pads = Cast <to = 7> (list)"
        ' q = Pad <mode = "constant"> (x, pads)  c = Conv (q, w1, b1)  p = Relu (c)' + ALL,
        {"w1": (8, 3, 3, 3), "b1": (8,)},
        constants="int64[2] two = {-1, 2}, int64[1] last = {-1}, int64[1] first = {-9223372036854775807},"
        " int64[1] axis = {0}",
    ),
    Case(
        "mean over the picture (as PyTorch writes)",
        (3, 8, 8),
        "c = Conv (x, w1, b1)  r = Relu (c)  p = ReduceMean <keepdims = 1> (r, spatial)"
        " flat = Reshape <allowzero = 1> (p, shape)  y = Gemm <transB = 1> (flat, w2, b2)",
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (10, 8), "b2": (10,)},
        operator_set=18,
        constants="int64[2] spatial = {-1, -2}, int64[2] shape = {-1, 8}",
        quantise=False,
    ),
    Case(
        "operator set 11: Clip, Squeeze, Pad with the older forms",
        (3, 9, 9),
        "q = Pad (x, pads)  c = Conv (q, w1, b1)  r = Clip (c, zero, six)  g = GlobalAveragePool (r)"
        " s = Squeeze <axes = [2, 3]> (g)  y = Gemm <transB = 1> (s, w2, b2)",
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (10, 8), "b2": (10,)},
        operator_set=11,
        constants="int64[8] pads = {0, 0, 1, 1, 0, 0, 1, 1}, float zero = {0.0}, float six = {6.0}",
        quantise=False,
    ),
    Case(
        "convolution 7x7 with stride 2, MaxPool 3x3 with stride 2",
        (3, 32, 32),
        "c = Conv <strides = [2, 2], pads = [3, 3, 3, 3]> (x, w1, b1)  r = Relu (c)"
        " m = MaxPool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (r)"
        " d = Conv <pads = [1, 1, 1, 1]> (m, w2, b2)  p = Relu (d)" + ALL,
        {"w1": (16, 3, 7, 7), "b1": (16,), "w2": (24, 16, 3, 3), "b2": (24,)},
    ),
    Case(
        "GlobalAveragePool, Flatten, Gemm",
        (3, 8, 8),
        "c = Conv <pads = [1, 1, 1, 1]> (x, w1, b1)  r = Relu (c)  q = GlobalAveragePool (r)  f = Flatten (q)"
        " y = Gemm <transB = 1> (f, w2, b2)",
        {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (10, 8), "b2": (10,)},
    ),
)


def draw(generator, name, shape):
    if name.startswith("w"):
        # Convolutions and Gemm with transB have their outputs first; the others last. A few outputs are much larger.
        fan_in = np.prod(shape[1:])
        values = generator.normal(size=shape) * np.sqrt(2 / fan_in)
        values *= generator.uniform(0.3, 1.7, size=(shape[0],) + (1,) * (len(shape) - 1))
    elif name.startswith("b"):
        values = generator.normal(size=shape) * 0.2
    elif name.startswith("s"):
        values = generator.uniform(0.5, 1.5, size=shape)
    else:
        raise ValueError(f"{name} says not how to draw it")
    return values.astype(np.float32)


def build(case, generator):
    """The case as an ONNX model."""
    sizes = ", ".join(str(size) for size in ("N", *case.shape))
    constants = f"<{case.constants}>" if case.constants else ""
    header = f'<ir_version: 8, opset_import: ["": {case.operator_set}]> case (float[{sizes}] x) => (float[N, M] y)'
    model = onnx.parser.parse_model(f"{header} {constants} {{ {case.text} }}")
    for name, shape in case.weights.items():
        model.graph.initializer.append(numpy_helper.from_array(draw(generator, name, shape), name))
    for number, node in enumerate(model.graph.node):
        node.name = f"{node.op_type.lower()}{number}"
    onnx.checker.check_model(model, full_check=True)
    return model


def inputs(case, generator, count):
    """Inputs whose zero is neither the middle nor the end of their range; each with its own brightness and contrast."""
    each = (count,) + (1,) * len(case.shape)
    values = generator.normal(size=(count, *case.shape)) * generator.uniform(0.2, 0.8, size=each)
    return (values + generator.uniform(-0.2, 0.8, size=each)).astype(np.float32)
