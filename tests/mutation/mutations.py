"""The bugs that are planted: each is one deliberate change of the product.

What a mutation replaces must stand in its file exactly once, so that this table follows the code.
"""

from __future__ import annotations

from tests.mutation.coming import COMING
from tests.mutation.mutation import Mutation
from tests.mutation.shared_runs import SHARED_RUNS

OUTBOUND = "wire/session/outbound.py"
INBOUND = "wire/session/inbound.py"
CHANNEL = "wire/session/channel.py"
DAEMON = "daemon/core.py"
DAEMON_INTAKE = "daemon/intake.py"
LEDGER = "daemon/ledger.py"
INSTANCE = "daemon/instance.py"
OUTPUTS = "daemon/outputs.py"
SETTLING = "daemon/settling.py"
TAKERS = "daemon/takers.py"
CLOSING = "control/closing.py"
CONTROL = "control/core.py"
LOST_DAEMONS = "control/lost_daemons.py"
ROUNDS = "control/rounds.py"
ROSTER = "control/roster.py"
INTAKE = "control/intake.py"
CALLS = "control/calls.py"
SUPERVISION = "control/supervision.py"
LENDER = "daemon/lender.py"
THIEF = "daemon/thief.py"

MUTATIONS = (
    Mutation(
        name="a_cumulative_confirm_counts_once",
        bug="A CONFIRM that covers several pieces of work completes the first: the rest is lost.",
        file=LEDGER,
        find="while queue and queue[0][0] <= upto:",
        replacement="if queue and queue[0][0] <= upto:",
        swarm="chain",
    ),
    Mutation(
        name="replay_exceeds_the_credit_by_one",
        bug="What is sent again to a receiver that was started anew goes one beyond its credit.",
        file=CHANNEL,
        find="if kept.upto > self.limit or room <= 0:",
        replacement="if kept.upto > self.limit + 1 or room <= 0:",
        swarm="stream",
        seed=14,
    ),
    Mutation(
        name="credit_is_one_too_high",
        bug="The receiver gives credit for one push more than its inbox holds.",
        file=CHANNEL,
        find="return self.taken + self._capacity",
        replacement="return self.taken + self._capacity + 1",
        swarm="words",
    ),
    Mutation(
        name="credit_of_an_end_is_kept",
        bug="END takes a place in the sequence, and its credit never returns.",
        file=DAEMON_INTAKE,
        find="self._switchboard.take(inlet, 1)",
        replacement="self._switchboard.take(inlet, 0)",
        swarm="federated",
        seed=1,
    ),
    Mutation(
        name="credit_of_what_was_taken_is_kept",
        bug="A receiver takes a push from its inbox, and does not tell that its credit returns.",
        file=INBOUND,
        find="        self._to_credit[key] = None\n        self.urgent = True\n        return True",
        replacement="        return True",
        swarm="stream",
    ),
    Mutation(
        name="credit_of_a_repeat_is_kept",
        bug="A repeat is discarded, and its credit never returns.",
        file=DAEMON_INTAKE,
        find=(
            "self.take_repeat(instance, event.round, inlet, upto)\n"
            "            self._switchboard.take(inlet, count - skip)"
        ),
        replacement="self.take_repeat(instance, event.round, inlet, upto)",
        swarm="chain",
        seed=17,
    ),
    Mutation(
        name="replay_is_skipped",
        bug="After WELCOME a sender goes on where it stood, whatever the receiver has.",
        file=CHANNEL,
        find="self.sent = min(max(expected, self.confirmed), self._reached)",
        replacement="self.sent = self._reached",
        swarm="words",
        seed=1,
    ),
    Mutation(
        name="an_end_is_not_sent_again",
        bug="An END that was lost with its connection is not sent again.",
        file=CHANNEL,
        find="            due.append(kept)",
        replacement=(
            "            due += [kept] * (kept.payload is not None or kept.first >= self._reached)"
        ),
        swarm="words",
        seed=1,
    ),
    Mutation(
        name="pushes_do_not_wait_for_welcome",
        bug="A push goes out before WELCOME, and overtakes what must be sent again.",
        file=OUTBOUND,
        find=(
            "kept = channel.add(payload, count, number)\n"
            "        if self.state is OutboundState.OPEN and channel.sent == kept.first:"
        ),
        replacement=(
            "kept = channel.add(payload, count, number)\n        if channel.sent == kept.first:"
        ),
        swarm="stream",
    ),
    Mutation(
        name="more_is_kept_than_the_bound",
        bug="A sender keeps one push more than the bound of the unconfirmed.",
        file=CHANNEL,
        find="kept_max = self.confirmed + self._limits.unconfirmed_messages",
        replacement="kept_max = self.confirmed + self._limits.unconfirmed_messages + 1",
        swarm="stream",
        seed=6,
    ),
    Mutation(
        name="a_confirmation_for_a_stale_incarnation_is_accepted",
        bug="A confirmation that was meant for a process that died is told to its successor.",
        file=INBOUND,
        find=(
            'nobody waits for it.\n        """\n        if inlet.incarnation != self._incarnation:'
        ),
        replacement=(
            'nobody waits for it.\n        """\n        if inlet.channel not in self._channels:'
        ),
        swarm="stream",
        seed=328,
    ),
    Mutation(
        name="a_new_process_goes_on_where_the_former_stood",
        bug="A receiver keeps the positions of a sender's former incarnation.",
        file=INBOUND,
        find="if hello.incarnation != known:",
        replacement="if known == NOBODY:",
        swarm="words",
        seed=1,
    ),
    Mutation(
        name="inputs_are_confirmed_before_the_outputs",
        bug="What a piece of work consumed is confirmed as soon as it is done (rule 23).",
        file=DAEMON,
        find="for entry in self._recovery.entries(work, marks):",
        replacement="for entry in self._recovery.entries(work, {}):",
        swarm="chain",
    ),
    Mutation(
        name="handlers_do_not_wait_for_their_pushes",
        bug="A handler's input is confirmed although what it pushed is not.",
        file="daemon/ways.py",
        find='delivery == "at_least_once"',
        replacement='delivery == "at_most_once"',
        swarm="chain",
        seed=1,
    ),
    Mutation(
        name="an_end_is_not_waited_for",
        bug="An instance is done with a round although its END is not confirmed.",
        file=OUTPUTS,
        find=(
            "end(route.key, work.round)\n"
            "                self._marks[route.key] = self._ways.channel(route).next"
        ),
        replacement="end(route.key, work.round)",
        swarm="chain",
        seed=18,
    ),
    Mutation(
        name="repeats_are_confirmed_at_once",
        bug="A repeat is confirmed before what came of the first time is (A3).",
        file=DAEMON_INTAKE,
        find="self._confirm(self._ledger.join(label, inlet, upto))",
        replacement="self._switchboard.confirm(inlet, upto)",
        swarm="kept",
        seed=142,
    ),
    Mutation(
        name="repeats_are_not_known",
        bug="What a source pushes again, after its receiver ran, waits for the next round.",
        file=INSTANCE,
        find="self.round or (round_number == self.round and not self.running)",
        replacement="self.round",
        swarm="fan_out",
        seed=17,
    ),
    Mutation(
        name="pushes_of_a_dead_process_stay",
        bug="What a process pushed before it died stays in the inbox, and comes once more.",
        file=INSTANCE,
        find="if batch.inlet.peer != peer",
        replacement="if batch.inlet.peer",
        swarm="kept",
        seed=36,
    ),
    Mutation(
        name="the_end_of_a_dead_process_counts",
        bug="An input counts as complete by an END whose pushes are void.",
        file=INSTANCE,
        find="if end[0] != peer}",
        replacement="if end[0]}",
        swarm="fan_out",
        seed=473,
    ),
    Mutation(
        name="done_is_ignored",
        bug="An instance that is started anew runs a round whose inputs are confirmed.",
        file=INSTANCE,
        find="self.running = not done",
        replacement="self.running = True",
        swarm="kept",
        seed=753,
    ),
    Mutation(
        name="who_takes_nothing_is_dealt_to",
        bug="A dealer deals to instances that are done with the round, and discard what they get.",
        file=OUTPUTS,
        find="if not (one.absent or one.key in closed)]",
        replacement="if not one.absent]",
        swarm="dealt_by_room",
        seed=63,
    ),
    Mutation(
        name="a_dealer_does_not_ask",
        bug="A dealer that was started anew deals without asking who still takes anything.",
        file=TAKERS,
        find="and (self._again or instance.revision):",
        replacement="and instance.revision:",
        swarm="dealt_by_room",
        seed=41,
    ),
    Mutation(
        name="an_answer_heeds_nobody_below",
        bug="Who is asked whether it takes anything does not ask those that it pushes to.",
        file=TAKERS,
        find="return None if None in below else True in below",
        replacement="return True",
        swarm="dealt_in_turn",
        seed=949,
    ),
    Mutation(
        name="a_move_changes_the_places",
        bug="Instances are dealt to in another order when one of them has been replaced.",
        file=ROSTER,
        find="[spare[0] if one == candidate else one for one in found[task]]",
        replacement="sorted({*found[task], spare[0]} - {candidate})",
        swarm="moved_in_turn",
        seed=71,
    ),
    Mutation(
        name="what_a_lost_daemon_module_pushed_is_void",
        bug="The run forgets what a daemon module pushed, though its inputs are confirmed.",
        file=INTAKE,
        find="if spec.alias in self._streaming:",
        replacement="if not spec.alias:",
        swarm="moved_daemon",
        seed=54,
    ),
    Mutation(
        name="a_call_is_asked_once",
        bug="A call that was lost with its connection is not asked again.",
        file=DAEMON,
        find="if peer == CONTROLLER:\n            self.calling.again()",
        replacement="if peer == CONTROLLER:\n            pass",
        swarm="federated",
        seed=15,
    ),
    Mutation(
        name="a_round_ends_before_it_is_confirmed",
        bug="A round is over when its values have come, though pushes are on their way.",
        file=ROUNDS,
        find="return not (self._open or self._open_ends)",
        replacement="return not self._open_ends",
        swarm="stream",
    ),
    Mutation(
        name="who_has_finished_is_done",
        bug="A function that has finished is done, though those that it feeds have yet to run.",
        file=CLOSING,
        find="return not self._open_below(task) and all(",
        replacement="return all(",
        swarm="kept",
        seed=1,
    ),
    Mutation(
        name="the_dead_have_finished",
        bug="What a process had finished that is gone counts as if it were that of the next.",
        file=ROUNDS,
        find="self.finished -= here",
        replacement="pass",
        swarm="kept",
        seed=217,
    ),
    Mutation(
        name="with_the_run_nothing_is_let_go",
        bug="What functions have pushed is told to be unconfirmed where the run is over.",
        file=SETTLING,
        find="for event in self._switchboard.conclude(links):",
        replacement="for event in ():",
        swarm="words",
    ),
    Mutation(
        name="the_roster_does_not_grow",
        bug="A function that lost the inputs it had kept runs without them.",
        file=LOST_DAEMONS,
        find="decided = self._rounds.growth(self._supervision.incarnations)",
        replacement="decided = None",
        swarm="kept",
        seed=1,
    ),
    Mutation(
        name="the_missing_are_waited_for",
        bug="A round is not over as long as an instance is missing.",
        file=ROUNDS,
        find="self._open -= self.missing.keys()",
        replacement="pass",
        swarm="bearing",
        seed=54,
    ),
    Mutation(
        name="the_missing_are_pushed_to",
        bug="What is kept for a missing instance is never confirmed.",
        file=ROUNDS,
        find="return frozenset(done | (missing - self.done))",
        replacement="return frozenset(done)",
        swarm="bearing",
        seed=54,
    ),
    Mutation(
        name="the_journal_forgets_who_is_done",
        bug="The controller that takes over waits for instances that are done.",
        file=CLOSING,
        find="self._orders.note(InstanceDone(*place))",
        replacement="pass",
        swarm="kept",
    ),
    Mutation(
        name="the_journal_forgets_what_was_fed",
        bug="The controller that takes over waits for values that it has.",
        file=CLOSING,
        find="self._orders.note(RunFed(channel.link, channel.source))",
        replacement="pass",
        swarm="words",
    ),
    Mutation(
        name="the_journal_forgets_a_request",
        bug="The controller that takes over knows of no round that was asked for.",
        file=CONTROL,
        find="self._orders.note(RoundRequested(request.tasks, request.nodes))",
        replacement="pass",
        swarm="federated",
        seed=39,
    ),
    Mutation(
        name="the_roster_is_told_once",
        bug="A daemon that introduces itself again is not told the roster.",
        file=CONTROL,
        find="elif not outside:\n            self._course.send_roster(daemon)",
        replacement="elif not outside:\n            pass",
        swarm="words",
        seed=1,
    ),
    Mutation(
        name="values_of_a_dead_process_stay",
        bug="What a function pushed to the run before it died is kept beside what comes again.",
        file=INTAKE,
        find="self._store.drop_values(*sender, self._core.round, incarnation)",
        replacement="pass",
        swarm="kept",
        seed=112,
    ),
    Mutation(
        name="values_that_were_ended_are_kept_again",
        bug="What a second execution pushes to the run is kept beside the first.",
        file=INTAKE,
        find="if self._core.has_been_fed(event.channel, event.round):\n            return",
        replacement="if self._core.has_been_fed(event.channel, event.round):\n            pass",
        swarm="kept",
        seed=128,
    ),
    Mutation(
        name="a_change_is_made_twice",
        bug="A function that is executed again adds its result again.",
        file=CALLS,
        find="        self._record(call, answer)\n        return answer",
        replacement="        return answer",
        swarm="federated",
        seed=97,
    ),
    Mutation(
        name="a_second_execution_reads_what_is_newer",
        bug="A function that is executed again reads a global that was set since.",
        file=CALLS,
        find="self._reads[call.method](call, seen)",
        replacement="self._reads[call.method](call, None)",
        swarm="federated",
        seed=69,
    ),
    Mutation(
        name="an_incarnation_is_used_twice",
        bug="A process that is started anew has the incarnation of the one that died.",
        file=SUPERVISION,
        find="watched.incarnation += 1",
        replacement="watched.incarnation = max(watched.incarnation, 0)",
        swarm="words",
        seed=1,
    ),
    Mutation(
        name="the_timer_of_a_restart_is_never_rearmed",
        bug="The timer of a restart is armed once: a daemon that is lost again stays dead.",
        file=SUPERVISION,
        find="        cause = f\"it was lost {'once' if count == 1 else f'{count} times'}\"\n",
        replacement="        pause_s = pause_s if count == 1 else math.inf\n        cause = ''\n",
        swarm="federated",
        seed=0,
    ),
    Mutation(
        name="a_lent_run_is_not_said_again",
        bug="A lender says a run once: if the thief or the message is lost, it waits for ever.",
        file=LENDER,
        find="if lent.peer == peer:\n                self._say(peer, lent.call)",
        replacement="if lent.peer == peer:\n                pass",
        swarm="uneven",
    ),
    Mutation(
        name="a_run_that_is_lent_twice_is_done_twice",
        bug="A thief does a run that is said again on a new connection a second time.",
        file=THIEF,
        find="elif not self._has(key_of(run)):",
        replacement="else:",
        swarm="uneven",
        seed=130,
    ),
    *SHARED_RUNS,
    *COMING,
)
