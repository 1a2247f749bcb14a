"""When it is certain that whoever was dialled will never shake hands."""

from __future__ import annotations

import errno

import zmq

from swarmdsl.transport.handshakes import FAILING_MAX_S, Handshakes

CUT_SHORT = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


def after(*events: tuple[int, int], every_s: float = 0.0) -> Handshakes:
    handshakes = Handshakes()
    for count, (event, number) in enumerate(events):
        handshakes.heard(event, number, 100.0 + count * every_s)
    return handshakes


def test_nothing_is_wrong_before_anything_happened() -> None:
    assert (after().problem, after().succeeded) == ("", False)


def test_who_does_not_know_our_key_says_so_at_once() -> None:
    problem = after((zmq.EVENT_HANDSHAKE_FAILED_AUTH, 400)).problem
    assert problem.startswith("refused us: whoever listens there does not know our key")


def test_who_does_not_encrypt_is_told_at_once() -> None:
    problem = after((zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0x1100_0002)).problem
    assert problem.startswith("answers without encryption")


def test_a_peer_that_dies_while_it_shakes_hands_is_no_problem() -> None:
    many = [(CUT_SHORT, errno.EPIPE)] * 1_000
    assert after(*many).problem == ""
    assert after(*many, (zmq.EVENT_HANDSHAKE_SUCCEEDED, 0)).succeeded


def test_one_that_cuts_short_every_handshake_for_long_has_another_key() -> None:
    two = [(CUT_SHORT, errno.EPIPE)] * 2
    assert after(*two, every_s=FAILING_MAX_S - 0.1).problem == ""
    assert after(*two, every_s=FAILING_MAX_S).problem.startswith("has cut short 2 handshakes")


def test_one_that_does_not_answer_may_be_stopped_and_is_waited_for() -> None:
    assert after(*[(CUT_SHORT, errno.EAGAIN)] * 9, every_s=FAILING_MAX_S).problem == ""
