"""The package's version, which is that of the library it was made with."""

__version__ = "0.1.0"
