"""A happening as a row of the run's events."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    DaemonReplaced,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceJoined,
    InstanceMissing,
    InstanceRetried,
    InstanceStarted,
    InstanceStolen,
    IrregularitiesCounted,
    NodeArrived,
    NodeAwaited,
    PushesLost,
    ResultAdded,
    RoundFinished,
    RoundStarted,
    RunTakenOver,
    StateChanged,
    StopRequested,
    StrangerRefused,
    TasksPlaced,
    Waiting,
)


def row_of(happening: Happening) -> tuple[str, str, int | None, str]:
    """Its kind, subject, round and text.

    >>> row_of(RoundFinished(round=3))
    ('RoundFinished', '', 3, '')
    """
    kind = type(happening).__name__
    match happening:
        case StateChanged(run=run, state=state, reason=reason):
            return (
                kind,
                run,
                None,
                state.value if reason is None else f"{state.value}: {reason.text}",
            )
        case DaemonConnected(daemon=daemon, missing=missing):
            return kind, daemon, None, f"{missing} missing"
        case Waiting(what=what, seconds=seconds, at_work=at_work, so_far=so_far):
            seen = f"; {so_far}" if so_far else ""
            word = "at work" if at_work else "for"
            return kind, "", None, f"{word} {what}: {seconds:.0f} s{seen}"
        case DaemonLost(daemon=daemon, text=text):
            return kind, daemon, None, f"{text}; {happening.then}"
        case DaemonReplaced(daemon=daemon, text=text):
            return kind, daemon, None, f"{text}; {happening.then}"
        case DaemonGivenUp(daemon=daemon, text=text):
            return kind, daemon, None, text
        case InstanceMissing(instance=instance, round=number, text=text):
            return kind, instance, number, text
        case NodeAwaited(node=node) | NodeArrived(node=node):
            return kind, node, None, ""
        case PushesLost(instance=instance, round=number, lost=lost, unknown=unknown):
            return (
                kind,
                instance,
                number,
                f"lost {lost}, unknown {'without bound' if unknown is None else unknown}",
            )
        case RoundStarted(round=number, instances=instances):
            counts = ", ".join(f"{alias} {count}" for alias, count in instances.items())
            return kind, "", number, counts
        case InstanceStarted(instance=instance, round=number):
            return kind, instance, number, ""
        case InstanceStolen(instance=instance, round=number, by=by):
            return kind, instance, number, by
        case InstanceRetried(instance=instance, round=number, text=text, failures=failures):
            where = f"; again on {happening.node}" if happening.node else ""
            return kind, instance, number, f"failure {failures}: {text}{where}"
        case (
            InstanceConfirmed(instance=instance, round=number)
            | InstanceJoined(instance=instance, round=number)
        ):
            return kind, instance, number, ""
        case InstanceFinished(instance=instance, round=number, seconds=seconds):
            return kind, instance, number, f"{seconds:.6f} s"
        case ResultAdded(tag=tag, node=node, round=number):
            return kind, f"{tag} on {node}", number, ""
        case RoundFinished(round=number) | StopRequested(round=number):
            return kind, "", number, ""
        case RunTakenOver(absent=absent):
            return kind, "", None, f"without {', '.join(absent)}" if absent else ""
        case StrangerRefused(text=text) | TasksPlaced(text=text):
            return kind, "", None, text
        case IrregularitiesCounted(daemon=daemon, counts=counts, links=links):
            of_links = [f"{name}: {_listed(of_link)}" for name, of_link in links.items()]
            listed = [_listed(counts)] if counts else []
            return kind, daemon, None, "; ".join([*listed, *of_links])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
