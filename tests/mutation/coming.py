"""Bugs that show where nodes are lost, cut off, come back, or have heirs."""

from __future__ import annotations

from tests.mutation.mutation import Mutation

OUTBOUND = "wire/session/outbound.py"
CHANNEL = "wire/session/channel.py"
ARRIVALS = "control/arrivals.py"
ROUND_STARTS = "daemon/round_starts.py"
SOURCE = "daemon/source.py"
COURSE = "control/course.py"

COMING = (
    Mutation(
        name="a_channel_to_one_that_is_gone_keeps_what_was_dropped",
        bug="What was dropped for a receiver that was gone is waited for, and never confirmed.",
        file=CHANNEL,
        find="self.let_go(self.next)",
        replacement="self.let_go(self.confirmed)",
        swarm="bearing_coming",
    ),
    Mutation(
        name="one_that_comes_back_is_not_greeted",
        bug="A sender without credit says nothing to a receiver that came back, and waits.",
        file=OUTBOUND,
        find="if self._forsaken and self.state in INTRODUCED:",
        replacement="if False:",
        swarm="pairs_coming",
        seed=106,
    ),
    Mutation(
        name="one_that_comes_back_is_trusted_to_remember",
        bug="An instance that comes back is not given anew what it had kept of its sources.",
        file=ARRIVALS,
        find="self._rounds.forget(daemon)",
        replacement="_ = daemon",
        swarm="bearing_coming",
    ),
    Mutation(
        name="an_heir_begins_from_nothing",
        bug="What an instance had saved is lost with its node, and another begins from nothing.",
        file=COURSE,
        find="self._orders.add(Bequeath(instance=names[0], heir=names[1]))",
        replacement="_ = names",
        swarm="ticking_coming",
    ),
    Mutation(
        name="an_heir_does_not_ask",
        bug="An heir does not ask for what it inherits.",
        file=ROUND_STARTS,
        find="if place in heirs:",
        replacement="if place in ():",
        swarm="ticking_coming",
    ),
    Mutation(
        name="a_position_of_the_last_round_is_told_in_the_next",
        bug="A source that goes on elsewhere begins its round at a position before its start.",
        file=SOURCE,
        find="self.positions.begin_round()",
        replacement="pass",
        swarm="ticking_coming",
        seed=69,
    ),
)
