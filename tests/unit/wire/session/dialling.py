"""Dialling sides in each of their states, and what they have sent."""

from __future__ import annotations

from swarmdsl.wire.messages import AnyMessage, Data, End, Mark, Welcome
from swarmdsl.wire.session.events import Counts
from swarmdsl.wire.session.outbound import Outbound, OutboundState
from swarmdsl.wire.session.terms import Terms
from tests.unit.wire.session.peers import identity, message_of

IDLE, CALLING = OutboundState.IDLE, OutboundState.CALLING
OPEN, CLOSED = OutboundState.OPEN, OutboundState.CLOSED


def welcome(
    number: int,
    expected: tuple[Mark, ...] = (),
    confirmed: tuple[Mark, ...] = (),
    credit: tuple[Mark, ...] = (),
) -> Welcome:
    return Welcome(number, "sink", 0, [*expected], [*confirmed], [*credit])


def outbound(state: OutboundState) -> Outbound:
    """A session in this state, on connection 7."""
    session = Outbound(identity("source"), "sink", Counts(), Terms(identity().limits))
    if state is not IDLE:
        session.dialled(7)
    if state is OPEN:
        session.receive(welcome(1))
    if state is CLOSED:
        session.leave("done")
    session.outgoing.clear()
    return session


def counts_of(session: Outbound) -> Counts:
    return session._counts


def sent(session: Outbound) -> list[AnyMessage]:
    messages = [message_of(outgoing) for outgoing in session.outgoing]
    session.outgoing.clear()
    return messages


def places(session: Outbound) -> list[tuple[int, int]]:
    """First position and number of places of each DATA and END that went out."""
    return [
        (message.first, message.count if isinstance(message, Data) else 1)
        for message in sent(session)
        if isinstance(message, Data | End)
    ]
