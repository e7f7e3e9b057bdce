#!/usr/bin/env python3
"""What models/wild.py asks of one ONNX file: how large it is, inputs for it, and what ONNX Runtime computes with it.

  models/wild_model.py MODEL.onnx X.npy Y.npy [VALUE]

writes what ONNX Runtime computes for each item of X: the value of that name, or the model's first output. In a process
of its own, so that its time and memory can be bounded.
"""

import math
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

# What `prom compile` drops when it stands last: classes keep their order, and need no probabilities.
DROPPED = ("Softmax", "LogSoftmax", "Sigmoid", "ArgMax")
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
EIGHT_BITS = (TensorProto.INT8, TensorProto.UINT8)


# -- How large --


def subgraphs(graph):
    """The graph, and those inside its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from subgraphs(inner)


def constants(graph):
    """(type, count of elements) of each initialiser, each Constant, and what ConstantOfShape makes of constants."""
    shapes = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.INT64}
    for tensor in graph.initializer:
        yield tensor.data_type, math.prod(tensor.dims)
    for node in graph.node:
        values = [attribute.t for attribute in node.attribute if attribute.name == "value"]
        if node.op_type == "Constant" and values:
            yield values[0].data_type, math.prod(values[0].dims)
        elif node.op_type == "ConstantOfShape" and node.input[0] in shapes:
            kind = values[0].data_type if values else TensorProto.FLOAT
            yield kind, int(np.prod(numpy_helper.to_array(shapes[node.input[0]])))


def size(model):
    """Count of nodes, count of operators that they are of, count of numbers in float and 8-bit constants."""
    graphs = list(subgraphs(model.graph))
    nodes = [node for graph in graphs for node in graph.node]
    numbers = sum(count for graph in graphs for kind, count in constants(graph) if kind in FLOATS + EIGHT_BITS)
    return len(nodes), len({(node.domain, node.op_type) for node in nodes}), numbers


# -- Inputs --


def first_input(model):
    stored = {tensor.name for tensor in model.graph.initializer}
    return next(value for value in model.graph.input if value.name not in stored)


def item_shape(model, given):
    """The shape of one item: `given` as 3x48x192, or "-" for the declared one, where what is not fixed becomes 1."""
    if given != "-":
        return tuple(int(number) for number in given.split("x"))
    dimensions = first_input(model).type.tensor_type.shape.dim[1:]
    return tuple(max(dimension.dim_value, 1) for dimension in dimensions)


def stretch(size, points):
    """A matrix that makes `size` values of `points` by linear interpolation."""
    places = np.linspace(0, points - 1, size)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(points)[None, :]))


def picture(generator, shape, low, high):
    """Shades from coarse to fine and some rectangles, since pictures of noise are all alike to a network."""
    first = len(shape) == 3 and shape[0] in (1, 3)
    channels, height, width = shape if first else (shape[-1], *shape[-3:-1])
    made = np.full((channels, height, width), generator.uniform(0.2, 0.8))
    for points in (2, 4, 8, 16, 32):
        noise = generator.normal(0, generator.uniform(0, 0.5), (channels, points, points)) / math.sqrt(points)
        made += stretch(height, points) @ noise @ stretch(width, points).T
    for _ in range(generator.integers(2, 9)):
        top, left = generator.integers(0, height), generator.integers(0, width)
        bottom, right = top + 1 + generator.integers(0, height), left + 1 + generator.integers(0, width)
        made[:, top:bottom, left:right] = generator.uniform(0, 1, (channels, 1, 1))
    made += generator.normal(0, 0.02, made.shape)
    made = low + (high - low) * np.clip(made, 0, 1)
    return (made if first else made.transpose(1, 2, 0)).reshape(shape)


def sound(generator, shape, loudest):
    """Some tones and noise, as loud as it happens, along the longest axis."""
    length = max(shape)
    time = np.arange(length)
    made = generator.normal(0, 0.05, length)
    for _ in range(4):
        made += generator.uniform() * np.sin(2 * np.pi * (generator.uniform(0.002, 0.3) * time + generator.uniform()))
    return (loudest * 10 ** generator.uniform(-1.5, 0) * made / np.abs(made).max()).reshape(shape)


def features(generator, shape, mean, deviation):
    """Numbers that stay near those of their column, since features of one item are alike from place to place."""
    made = 0.8 * generator.normal(size=(1,) * (len(shape) - 1) + shape[-1:]) + 0.6 * generator.normal(size=shape)
    return mean + deviation * made


def codes(generator, shape, low, high):
    return generator.integers(int(low), int(high), shape, endpoint=True)


MAKERS = {"picture": picture, "sound": sound, "features": features, "codes": codes}


def inputs(model, shape, how, seed, count):
    """`count` items for the model's first input. `how` is the maker's name and its numbers: picture:0:255."""
    maker, *numbers = how.split(":")
    generator = np.random.default_rng(seed)
    items = [MAKERS[maker](generator, shape, *map(float, numbers)) for _ in range(count)]
    kind = first_input(model).type.tensor_type.elem_type
    return np.stack(items).astype(helper.tensor_dtype_to_np_dtype(kind))


# -- What ONNX Runtime computes --


def end(model):
    """The name of what `prom compile` makes: the first output, or what a last operator reads that is dropped."""
    makers = {output: node for node in model.graph.node for output in node.output}
    name = model.graph.output[0].name
    while name in makers and makers[name].op_type == "Identity":
        name = makers[name].input[0]
    if name in makers and makers[name].op_type in DROPPED:
        return makers[name].input[0]
    return model.graph.output[0].name


def reference(model, items, name):
    """The value of that name for each item; the graph is run as it stands, not optimised. One item at a time, since
    many models declare a batch of one."""
    if name not in [output.name for output in model.graph.output]:
        model.graph.output.append(helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = first_input(model).name
    return np.stack([np.asarray(session.run([name], {given: item[None]})[0])[0] for item in items])


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__.strip())
    onnxruntime.set_default_logger_severity(3)
    model = onnx.load(sys.argv[1])
    name = sys.argv[4] if len(sys.argv) == 5 else model.graph.output[0].name
    np.save(sys.argv[3], reference(model, np.load(sys.argv[2]), name))


if __name__ == "__main__":
    main()
