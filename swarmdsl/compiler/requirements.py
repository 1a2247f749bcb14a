"""What the packages that a module requires come to in this Python environment.

Everything is read from what is installed; nothing is looked up anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swarmdsl.compiler.codes import did_you_mean

if TYPE_CHECKING:
    from packaging.requirements import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A requirement that breaks the syntax of PEP 508."""

    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A requirement that this environment does not meet.

    Attributes:
        written: as the user wrote it.
        needed: what is missing: the same, or what one of its extras needs.
        installed: the version that is there instead; None if there is none.
        near: the right name, if the written one is nearly that of something installed.
    """

    written: str
    needed: str
    installed: str | None
    near: str


def problems_of(requirements: Sequence[str]) -> Iterator[Unreadable | Unmet]:
    """What is wrong with each requirement, in order.

    >>> list(problems_of(["packaging>=1", "a b"]))
    [Unreadable(written='a b')]
    """
    from packaging.requirements import InvalidRequirement, Requirement

    for written in requirements:
        try:
            requirement = Requirement(written)
        except InvalidRequirement:
            yield Unreadable(written=written)
        else:
            yield from _unmet(written, requirement)


def _unmet(written: str, requirement: Requirement) -> Iterator[Unmet]:
    if requirement.marker is not None and not requirement.marker.evaluate():
        return
    version = _version(requirement.name)
    if version is None:
        near = _near(requirement.name)
        yield Unmet(written=written, needed=_needed(requirement), installed=None, near=near)
    elif not requirement.specifier.contains(version, prereleases=True):
        yield Unmet(written=written, needed=_needed(requirement), installed=version, near="")
    else:
        for inner in _of_extras(requirement):
            found = _version(inner.name)
            if found is None or not inner.specifier.contains(found, prereleases=True):
                yield Unmet(written=written, needed=_needed(inner), installed=found, near="")


def _needed(requirement: Requirement) -> str:
    """Without its condition, which holds."""
    return str(requirement).partition(";")[0].strip()


def _of_extras(requirement: Requirement) -> Iterator[Requirement]:
    """What an installed package needs for the extras that are asked for."""
    from importlib import metadata

    from packaging.requirements import Requirement

    if not requirement.extras:
        return
    for text in metadata.requires(requirement.name) or ():
        inner = Requirement(text)
        if inner.marker is None or inner.marker.evaluate({"extra": ""}):
            continue
        if any(inner.marker.evaluate({"extra": extra}) for extra in requirement.extras):
            yield inner


def _version(name: str) -> str | None:
    from importlib import metadata  # which takes its time, and most swarms require nothing

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _near(name: str) -> str:
    """The package that is imported under this name, or one that is called nearly so."""
    from importlib import metadata

    imported = metadata.packages_distributions().get(name)
    if imported:
        return f"the package that is imported as {name} is called {imported[0]!r};"
    names = {str(one.metadata["Name"]) for one in metadata.distributions()}
    near = did_you_mean(name, sorted(names))
    return f"{near} it is installed;" if near else ""
