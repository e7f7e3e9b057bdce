"""Runs trained networks as programs over integers, and proves what they say.

    import prom

    model = prom.compile("model.onnx", calibration)  # arrays of NumPy: (N, *shape of an input)
    outputs, proof = model.prove(inputs)
    model.verify(inputs, outputs, proof)             # raises prom.InvalidProof when the outputs are not the model's

Verifying costs less than running again from some size of model and batch on. Proofs hide nothing: whoever verifies has
the model, the inputs and the outputs.
"""

from ._library import library as _loaded
from .errors import (
    BadInput,
    ClampedWarning,
    Error,
    InternalError,
    InvalidProof,
    PrecisionWarning,
    ResourceError,
    Stopped,
)
from .model import Model, Value, compile, load, operators
from .version import __version__

#: The version of the shared library that runs.
library_version: str = _loaded.prom_version().decode()

__all__ = [
    "BadInput",
    "ClampedWarning",
    "Error",
    "InternalError",
    "InvalidProof",
    "Model",
    "PrecisionWarning",
    "ResourceError",
    "Stopped",
    "Value",
    "__version__",
    "compile",
    "library_version",
    "load",
    "operators",
]
