"""Silence is counted only while somebody listens."""

from __future__ import annotations

from swarmdsl.deploy.engines.pulse import FIRST_WORD_MAX_S, SILENT_MAX_S, Pulse


def looked_at(pulse: Pulse, first: int, last: int) -> Pulse:
    """Looks once a second, and asks when it is time to."""
    for second in range(first, last + 1):
        pulse.look(float(second))
        if pulse.is_due:
            pulse.asked()
    return pulse


def test_who_has_not_said_a_word_yet_may_take_long_to_start() -> None:
    pulse = looked_at(Pulse(0.0), 1, int(FIRST_WORD_MAX_S) - 1)
    assert not pulse.is_silent
    assert looked_at(pulse, int(FIRST_WORD_MAX_S), int(FIRST_WORD_MAX_S)).is_silent


def test_silence_after_a_word_is_noticed_within_five_seconds() -> None:
    pulse = Pulse(0.0)
    pulse.heard()
    assert not looked_at(pulse, 1, int(SILENT_MAX_S) - 1).is_silent
    assert looked_at(pulse, int(SILENT_MAX_S), 5).is_silent


def test_any_word_ends_the_silence() -> None:
    pulse = Pulse(0.0)
    pulse.heard()
    looked_at(pulse, 1, 3)
    pulse.heard()
    assert not looked_at(pulse, 4, 6).is_silent


def test_who_was_not_asked_is_not_silent() -> None:
    pulse = Pulse(0.0)
    pulse.heard()
    for second in range(1, 20):
        pulse.look(float(second))
    assert pulse.is_due
    assert not pulse.is_silent


def test_it_is_asked_once_until_it_answers() -> None:
    pulse = Pulse(0.0)
    pulse.heard()
    looked_at(pulse, 1, 1)
    pulse.look(2.0)
    assert not pulse.is_due


def test_time_in_which_nobody_listened_is_no_silence() -> None:
    pulse = Pulse(0.0)
    pulse.heard()
    looked_at(pulse, 1, 1)
    pulse.look(600.0)
    assert not pulse.is_silent
