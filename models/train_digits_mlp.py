#!/usr/bin/env python3
"""Trains the small network on scikit-learn's digits and writes the files that README.md lists, beside itself.

Everything is seeded; with the versions of requirements.txt, on one machine, the same files come out every time.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

SEED = 1
HELD_OUT = 360
CALIBRATION = 128
HIDDEN = (64, 32)
HERE = pathlib.Path(__file__).resolve().parent


def load():
    """Images Nx1x8x8 between 0 and 1, and labels: (training images, held-out images, their labels each)."""
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = digits.target.astype(np.int64)
    return train_test_split(images, labels, test_size=HELD_OUT, random_state=SEED, stratify=labels)


def train(images, labels):
    network = MLPClassifier(hidden_layer_sizes=HIDDEN, alpha=1e-3, max_iter=400, random_state=SEED)
    network.fit(images.reshape(len(images), -1).astype(np.float64), labels)
    return network


def to_onnx(network):
    """Flatten, then Gemm and Relu in turns; the last Gemm gives the logits."""
    nodes = [helper.make_node("Flatten", ["image"], ["flat"], name="flatten", axis=1)]
    initializers = []
    value = "flat"
    last = len(network.coefs_)
    for i, (weights, biases) in enumerate(zip(network.coefs_, network.intercepts_), start=1):
        for name, array in ((f"fc{i}.weight", weights.T), (f"fc{i}.bias", biases)):
            initializers.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
        made = "logits" if i == last else f"fc{i}.out"
        nodes.append(helper.make_node("Gemm", [value, f"fc{i}.weight", f"fc{i}.bias"], [made], name=f"fc{i}", transB=1))
        if i != last:
            nodes.append(helper.make_node("Relu", [made], [f"relu{i}.out"], name=f"relu{i}"))
            made = f"relu{i}.out"
        value = made
    graph = helper.make_graph(
        nodes,
        "digits-mlp",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="prometheus")
    model.ir_version = 7
    onnx.checker.check_model(model)
    return model


def main():
    train_images, held_images, train_labels, held_labels = load()
    model = to_onnx(train(train_images, train_labels))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": held_images})[0]
    onnx.save(model, HERE / "digits-mlp.onnx")
    np.save(HERE / "digits-calibration.npy", train_images[:CALIBRATION])
    np.save(HERE / "digits-heldout-images.npy", held_images)
    np.save(HERE / "digits-heldout-labels.npy", held_labels)
    np.save(HERE / "digits-mlp-heldout-logits.npy", logits)
    right = int((logits.argmax(axis=1) == held_labels).sum())
    print(f"trained on {len(train_images)} images; held out: {right} of {HELD_OUT} right, {100 * right / HELD_OUT:.2f} %")


if __name__ == "__main__":
    main()
