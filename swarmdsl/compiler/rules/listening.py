"""SW411 to SW414, SW416: the ports at which daemons are to listen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from swarmdsl.compiler.argument import of_task
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.port_clashes import Clash, clashes
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.topology.listening import PORT_IN_WORDS, PORT_MAX, PRIVILEGED_BELOW, is_port

_SHOWN_MAX = 4  # names in a message
_WHY_NOT = {
    "function": "a function, whose instances share the workers of their node",
    "script": "a script, whose instances share the workers of their node",
    "program": "a program, which is no daemon",
    "image": "an image, which is no daemon of swarmdsl",
}


def check_ports(draft: Draft) -> Iterator[Diagnostic]:
    """What is wrong with each port, where two meet, and that no engine opens what is left."""
    asked = [alias for alias, task in draft.tasks() if task.port is not None]
    wrong = [alias for alias in asked if not is_port(draft.task(alias).port)]
    ports = [alias for alias in asked if is_port(draft.task(alias).port) and alias in draft.bundles]
    homeless = [alias for alias in ports if draft.module(alias).kind != "daemon"]
    sound = [alias for alias in ports if draft.module(alias).kind == "daemon"]
    found = clashes(draft, [alias for alias in sound if is_well_declared(draft, alias)])
    clashing = {alias for clash in found for alias in clash.nodes}
    alone = [alias for alias in sound if alias not in clashing]
    low = [alias for alias in alone if draft.task(alias).port < PRIVILEGED_BELOW]
    yield from (_no_port(draft, aliases) for aliases in _by_line(draft, wrong))
    yield from (_no_daemon(draft, aliases) for aliases in _by_line(draft, homeless))
    used = {draft.task(alias).port for alias in sound}
    yield from (_clash(draft, clash, _free(clash.port, used)) for clash in found)
    yield from (_privileged(draft, aliases) for aliases in _by_line(draft, low))
    yield from (_unopened(draft, aliases) for aliases in _by_line(draft, alone))


def _by_line(draft: Draft, aliases: Sequence[str]) -> list[list[str]]:
    """The tasks that one line made are one cause."""
    lines: dict[object, list[str]] = {}
    for alias in aliases:
        lines.setdefault(draft.task(alias).span or alias, []).append(alias)
    return list(lines.values())


def _others(aliases: Sequence[str]) -> str:
    """The end of a message about the first of them: how many more there are."""
    return f"; {len(aliases) - 1} more tasks of this line too" if len(aliases) > 1 else ""


def _no_port(draft: Draft, aliases: Sequence[str]) -> Diagnostic:
    task = draft.task(aliases[0])
    return finding(
        "SW413",
        f"{aliases[0]} has port={shown(task.port)}, which is no port number{_others(aliases)}",
        at=task.span,
        steps=of_task("port"),
        hint=f"give {PORT_IN_WORDS}, or leave it out, and the engine chooses",
        path=", ".join(aliases),
    )


def _no_daemon(draft: Draft, aliases: Sequence[str]) -> Diagnostic:
    task, module = draft.task(aliases[0]), draft.module(aliases[0])
    return finding(
        "SW414",
        f"{aliases[0]} has port={task.port}, but is {_WHY_NOT[str(module.kind)]}{_others(aliases)}",
        at=task.span,
        steps=of_task("port"),
        related=[Related(text=f"module {module.name}", span=module.span)],
        hint="take port= out, or make it a daemon module: each of its instances has a daemon",
        path=", ".join(aliases),
    )


def _privileged(draft: Draft, aliases: Sequence[str]) -> Diagnostic:
    task = draft.task(aliases[0])
    return finding(
        "SW412",
        f"{aliases[0]} has port={task.port}, on which only the superuser may listen"
        f"{_others(aliases)}",
        at=task.span,
        steps=of_task("port"),
        hint=f"take one from {PRIVILEGED_BELOW} to {PORT_MAX}, as in port={8000 + task.port}",
        path=", ".join(aliases),
    )


def _unopened(draft: Draft, aliases: Sequence[str]) -> Diagnostic:
    task = draft.task(aliases[0])
    return finding(
        "SW416",
        f"{aliases[0]} has port={task.port}, which no engine of this version opens"
        f"{_others(aliases)}",
        at=task.span,
        steps=of_task("port"),
        hint="to run the swarm here, take port= out: the engine chooses where a daemon listens",
        path=", ".join(aliases),
    )


def _clash(draft: Draft, clash: Clash, free: int) -> Diagnostic:
    aliases = list(clash.nodes)
    last, several = aliases[-1], len(aliases) > 1
    number = len(clash.hosts) - 1
    more = f" and {number} more host{'s' if number > 1 else ''}" if number else ""
    where = f"on host {clash.hosts[0]!r}{more}"
    return finding(
        "SW411",
        f"{_and(aliases)} have port={clash.port}, and may be together {where}"
        if several
        else f"{last} has port={clash.port}, and may have several daemons {where}",
        at=draft.task(last).span,
        steps=of_task("port"),
        related=[
            Related(
                text=f"{alias} has port={clash.port}, and may run on {_some(nodes)}",
                span=draft.task(alias).span,
            )
            for alias, nodes in clash.nodes.items()
        ],
        hint=f"give each a port of its own, as in port={free}, or keep them to nodes of different "
        "hosts, with specified_ids="
        if several
        else f"keep it to one node of each host, as in specified_ids=[{clash.nodes[last][0]!r}]; "
        "with method='any', maximum=1 does so too",
        path=", ".join(clash.nodes),
    )


def _free(port: int, used: set[int]) -> int:
    """The next port that no task has."""
    candidates = chain(range(port + 1, PORT_MAX + 1), range(PRIVILEGED_BELOW, port))
    return next((one for one in candidates if one not in used), port)


def _and(names: Sequence[str]) -> str:
    if len(names) > _SHOWN_MAX:
        return _some(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_MAX} more" if len(names) > _SHOWN_MAX else ""
    return f"{', '.join(names[:_SHOWN_MAX])}{more}"
