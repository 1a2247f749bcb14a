"""From what is wanted and what there is to a plan. Pure: the same two give the same plan.

What stands and is as wanted is left alone. Where only images differ, exactly the daemons that have
them are replaced, and the run goes on. All else that differs is in what the daemons of a run have
agreed upon, so that run ends and another begins. The weights of nodes are in that too, and yet the
run goes on: it is told in which order its tasks take their nodes now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from swarmdsl.deploy.observed import Observed, StandingRun, Wanted
from swarmdsl.deploy.placed import placed_anew
from swarmdsl.deploy.plan import (
    BeginRun,
    MakeImage,
    Operation,
    Plan,
    PullImage,
    RemoveContainer,
    RemoveImage,
    RemoveNetwork,
    ReplaceDaemon,
    ResumeRun,
    StartDaemon,
    StopRun,
)
from swarmdsl.topology.difference import Change, differences
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology

IN_PLACE = frozenset({"docker", "docker-swarm"})
"""Engines that can give one daemon another image while the run goes on."""
OF_IMAGES = ("image", "requirements")
CAUSES_SHOWN_MAX = 3

NONE_STANDS = "no run of it stands"
NOT_HERE = "it is not here"
NOTHING_EQUAL = "nothing equal is here"
LEFT = "its controller died and left it"
UNATTENDED = "the process that looked after it died"
NOT_WANTED = "it is to be taken down"
IN_TOPOLOGY = "the topology has it"
ANOTHER_BASE = "what its image is made from is another now"


def reconcile(wanted: Wanted | None, observed: Observed) -> Plan:
    """What is to be done; nothing if all is as wanted.

    Args:
        wanted: the swarm as it is to stand; None if nothing of it is to stand any more.
        observed: what there is of it.
    """
    if wanted is None:
        return Plan(operations=tuple(_down(observed)))
    run = observed.run
    if run is None:
        return Plan(operations=(*_left(observed), *_images(wanted, observed), _begin(wanted)))
    standing = wanted.as_begun or wanted
    other = reasons_for_another(standing, run)
    if other:
        stop = StopRun(run=run.run, cause=_listed(other))
        return Plan(operations=(*_images(wanted, observed), stop, _begin(wanted, run.run)))
    replaced = tuple(_replaced(standing, run))
    images = _images(standing, observed, {one.daemon for one in replaced})
    resumed = (ResumeRun(run=run.run, cause=UNATTENDED),) if run.is_lost else ()
    anew = placed_anew(wanted.topology, run)
    placed = () if anew is None else (anew,)
    return Plan(operations=(*images, *resumed, *placed, *replaced))


def reasons_for_another(wanted: Wanted, run: StandingRun) -> list[str]:
    """Why what is wanted needs a run of its own; nothing if the one that stands will do."""
    if wanted.engine != run.engine:
        return [f"its engine is {wanted.engine} now, and was {run.engine}"]
    changes = differences(run.topology, wanted.topology)
    reasons = [_told(one) for one in changes if not _is_of_image(one)]
    if not reasons and wanted.package != run.package:
        reasons.append("swarmdsl itself is another now")
    if not reasons and wanted.engine not in IN_PLACE:
        reasons += (one.cause for one in _replaced(wanted, run))
    return reasons


def _is_of_image(change: Change) -> bool:
    """Whether a change is of no consequence but for an image."""
    return (
        change.kind == "changed"
        and change.what == "module"
        and (change.field or "").partition("[")[0] in OF_IMAGES
    )


def _told(change: Change) -> str:
    if change.kind != "changed":
        return f"{change.what} {change.name} was {change.kind}"
    if change.field == "bundle":
        return f"the code of module {change.name} is another now"
    return f"{change.what} {change.name} has another {change.field}"


def _listed(causes: list[str]) -> str:
    shown = list(dict.fromkeys(causes))
    more = len(shown) - CAUSES_SHOWN_MAX
    told = "; ".join(shown[:CAUSES_SHOWN_MAX])
    return f"{told}; and {more} more" if more > 0 else told


def _replaced(wanted: Wanted, run: StandingRun) -> Iterator[ReplaceDaemon]:
    """The daemons whose image is not the wanted one, in the order of the topology."""
    causes = _image_causes(wanted.topology, run.topology)
    for daemon in expand_daemons(wanted.topology):
        image = wanted.images.get(daemon.name)
        if image is not None and (not image.name or image.name != run.images.get(daemon.name)):
            cause = causes.get(daemon.name, ANOTHER_BASE)
            yield ReplaceDaemon(daemon=daemon.name, image=image.name, cause=cause)


def _image_causes(wanted: Topology, standing: Topology) -> Mapping[str, str]:
    """Why the image of a daemon is another, by its name, where its modules tell it."""
    of_modules: dict[str, list[str]] = {}
    for change in differences(standing, wanted):
        if _is_of_image(change):
            told = f"module {change.name} has {change.field} {_value(change.new)} now"
            of_modules.setdefault(change.name, []).append(told)
    of_daemons: dict[str, list[str]] = {}
    for task in wanted.tasks:
        for daemon in task.candidates:
            of_daemons.setdefault(daemon, []).extend(of_modules.get(task.module, []))
    return {daemon: _listed(causes) for daemon, causes in of_daemons.items() if causes}


def _value(new: object) -> str:
    return ", ".join(map(str, new)) or "none" if isinstance(new, list) else str(new or "none")


def _images(
    wanted: Wanted, observed: Observed, only_of: set[str] | None = None
) -> Iterator[Operation]:
    """What is to be had before daemons can have it: of all, or of some."""
    needed = [
        image for daemon, image in wanted.images.items() if only_of is None or daemon in only_of
    ]
    sources = dict.fromkeys(one for image in needed if not image.name for one in image.sources)
    for source in sources:
        if source not in observed.here:
            yield PullImage(image=source, cause=NOT_HERE)
    for image in dict.fromkeys(needed):
        if image.name not in observed.here:
            yield MakeImage(image=image.name, base=image.made_from, cause=NOTHING_EQUAL)


def _begin(wanted: Wanted, before: str = "") -> BeginRun:
    cause = f"in the place of {before}" if before else NONE_STANDS
    images = {daemon: image.name for daemon, image in wanted.images.items()}
    return BeginRun(
        swarm=wanted.topology.name,
        engine=wanted.engine,
        daemons=tuple(
            StartDaemon(daemon=one.name, image=images.get(one.name, ""), cause=IN_TOPOLOGY)
            for one in expand_daemons(wanted.topology)
        ),
        cause=cause,
    )


def _left(observed: Observed) -> Iterator[Operation]:
    for container in observed.containers:
        yield RemoveContainer(container=container, cause=LEFT)
    for network in observed.networks:
        yield RemoveNetwork(network=network, cause=LEFT)


def _down(observed: Observed) -> Iterator[Operation]:
    if observed.run is not None:
        yield StopRun(run=observed.run.run, cause=NOT_WANTED)
    else:
        yield from _left(observed)
    for image in observed.made:
        if image not in observed.shared:
            yield RemoveImage(
                image=image, cause="it was made for this swarm, and no other needs it"
            )
