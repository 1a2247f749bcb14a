"""What a transport has counted, as a daemon tells of it."""

from __future__ import annotations

from swarmdsl.transport.base import Endpoint
from swarmdsl.wire.session.events import Counts


def counted(counts: Counts, endpoint: Endpoint) -> str:
    """Take over what an endpoint has counted; what an operator should know at once, if anything."""
    counts.handshakes_failed = endpoint.handshakes_failed
    counts.times_full = endpoint.times_full
    strangers = endpoint.strangers
    is_news = bool(strangers.refused and not counts.strangers_refused)
    counts.strangers_refused = strangers.refused
    return strangers.sentence if is_news else ""
