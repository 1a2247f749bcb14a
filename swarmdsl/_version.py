"""The version of swarmdsl, the one place it is written, and how it was built."""

from importlib.util import find_spec

__version__ = "0.1.0"


def is_compiled() -> bool:
    """Whether the modules that a frame passes are compiled, and not interpreted.

    They are where a wheel was built with `HATCH_BUILD_HOOKS_ENABLE=1`, for this very Python.

    >>> is_compiled() in (True, False)
    True
    """
    return find_spec("swarmdsl.compiled__mypyc") is not None
