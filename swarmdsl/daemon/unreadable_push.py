"""What is told of a push that its receiver cannot read: which tasks, what came, and the remedy."""

from __future__ import annotations

from swarmdsl.daemon.wiring import Wiring
from swarmdsl.errors import DecodeError
from swarmdsl.topology.model import LinkSpec
from swarmdsl.wire.contents import EXPECTED, told
from swarmdsl.wire.messages import ChannelKey

BEGINNING = "what came from "
"""With this begins what is told of it: it says by itself who pushed, and to whom."""

PROBLEM_MAX = 500  # characters of what a type says of a value: its author may put anything there


def told_of_push(wiring: Wiring, key: ChannelKey, receiver: str, error: DecodeError) -> str:
    """Who pushed what to whom, why it cannot be read, and what to write."""
    link = wiring.link(key.link)
    taker = f"{receiver} takes{_as_port(wiring, link)}"
    remedy = _remedy(wiring, link, error.declared)
    return f"{BEGINNING}{wiring.source_instance(key)} {_refusal(error, taker)}; {remedy}"


def told_of_input(link: LinkSpec, receiver: str, error: DecodeError) -> str:
    """The same of what one function gave another, as its link says."""
    taker = f"{receiver} takes{_as_parameter(link)}"
    return f"{BEGINNING}{link.source} {_refusal(error, taker)}; {_annotate(link.source)}"


def _refusal(error: DecodeError, taker: str) -> str:
    return f"is no {error.declared}, which {taker}: {_problem(error)}"


def _problem(error: DecodeError) -> str:
    """What is wrong with the value; in the shortest words if it is another type altogether."""
    plain = EXPECTED.match(error.problem)
    text = told(error.problem)
    if plain is not None and text == plain[0].replace("`", ""):
        return f"it is of type {plain['got'].replace('null', 'None')}"
    return text if len(text) <= PROBLEM_MAX else f"{text[:PROBLEM_MAX]}..."


def _as_port(wiring: Wiring, link: LinkSpec) -> str:
    if link.port is None:
        return ""
    if wiring.kind_of(link.destination) == "daemon":
        return f" in its handler {link.port}"
    if wiring.kind_of(link.destination) != "function":
        return ""
    return _as_parameter(link)


def _as_parameter(link: LinkSpec) -> str:
    return f" as its parameter {link.port}" if not link.gather else f" in its list {link.port}"


def _annotate(source: str) -> str:
    return (
        f"annotate what {source} pushes with its type, and a value that is something else is told "
        "with the line that pushes it"
    )


def _remedy(wiring: Wiring, link: LinkSpec, declared: str) -> str:
    """What to change in the task that pushed."""
    if wiring.kind_of(link.source) in {"function", "daemon"}:
        return _annotate(link.source)
    return f"let {link.source} push {declared}, or let {link.destination} take what it pushes"
