"""What a daemon is told of a round, as the message that it gets."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.control.instructions import SendRoster
from swarmdsl.wire.messages import RoundStart


def round_start(number: int, roster: SendRoster, addresses: Mapping[str, str]) -> RoundStart:
    """The roster of a round, for the connection of this number.

    Args:
        number: of the connection.
        roster: what the core decided.
        addresses: where the daemons listen that others dial.
    """
    return RoundStart(
        number,
        roster.round,
        roster.revision,
        dict(roster.members),
        sorted(roster.done),
        dict(addresses),
        dict(roster.first),
        sorted(roster.absent),
        roster.last,
        dict(roster.failures),
        sorted(roster.gone),
        sorted(roster.heirs),
    )
