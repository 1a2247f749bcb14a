"""How a message says what comes of a task: a function *returns* a value, a stream *yields* many."""

from __future__ import annotations

from swarmdsl.compiler.interface import Interface


def gives(interface: Interface, sources: int = 1) -> str:
    """The verb, for one source or for several that are alike.

    >>> gives(Interface()), gives(Interface(stream=True)), gives(Interface(), sources=2)
    ('returns', 'yields', 'return')
    """
    verb = "yield" if interface.stream else "return"
    return f"{verb}s" if sources == 1 else verb
