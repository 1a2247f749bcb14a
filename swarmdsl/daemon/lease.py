"""For how long a daemon goes on whose controller does not answer. Pure."""

from __future__ import annotations

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.wire.session.switchboard import Switchboard

BEAT_EVERY_S = 1.0  # to the controller, so that a lost roster or a lost controller is noticed

UNANSWERED_EXIT_CODE = 69
"""Of a daemon that left for that, and could tell nobody: `EX_UNAVAILABLE` of sysexits.h."""


def is_over(switchboard: Switchboard) -> bool:
    """Whether the controller has not answered for longer than `limits.lease_s`."""
    unanswered = switchboard.to(CONTROLLER).unanswered
    return unanswered * BEAT_EVERY_S > switchboard.identity.limits.lease_s
