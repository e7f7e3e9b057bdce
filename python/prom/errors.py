"""What can go wrong. Each message says what was wrong, where, and what to do."""

from __future__ import annotations


class Error(Exception):
    """Any failure that the library tells of."""


class BadInput(Error, ValueError):
    """What was given is of the right type and cannot be used: a network that is not supported, an array of another
    shape, no such model, a proof of another one. What is of a wrong type is a TypeError."""


class InvalidProof(Error):
    """The proof does not show that these are the model's outputs for these inputs."""


class ResourceError(Error):
    """The machine refused memory or threads."""


class Stopped(Error):
    """A progress function returned False."""


class InternalError(Error):
    """An invariant of the library does not hold: a mistake in it, which is to be reported."""


class ClampedWarning(UserWarning):
    """Inputs lie outside the range that the calibration set showed, and the nearest number inside was taken."""


class PrecisionWarning(UserWarning):
    """A compiled model is not what its network is: an item stretches a range, or outputs, layers or classes lost more
    than a little."""
