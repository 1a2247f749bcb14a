"""The verbs for runs that somebody has begun: to find them, look at them, end and remove them."""

from __future__ import annotations

from swarmdsl.cli.flags import HOME, QUIET, Flag, Verb, flag, format_flag

_NAMES = "the id, a beginning of it, or last"


def _run(*, needed: bool = False) -> Flag:
    if needed:
        return flag("run", metavar="RUN", help=_NAMES)
    return flag("run", nargs="?", metavar="RUN", help=f"{_NAMES} (default: the newest)")


RUN_VERBS = (
    Verb(
        name="ps",
        help="List the runs that have not ended, with where they stand.",
        flags=(
            flag("--all", action="store_true", help="those that have ended, too"),
            format_flag("ps"),
            HOME,
        ),
        examples="""
            swarm ps
            swarm ps --all
            swarm ps --format json | jq -r '.runs[].run'
        """,
    ),
    Verb(
        name="status",
        help="Show where a run stands: its tasks, and what each instance waits for.",
        flags=(_run(), format_flag("status"), HOME),
        examples="""
            swarm status
            swarm status 20261121-040600-3f9a
            swarm status last --format json | jq '.instances[] | select(.phase == "working")'
        """,
    ),
    Verb(
        name="stats",
        help="Show what a run has measured: computing times, waits, round trips, pushes, losses.",
        flags=(
            _run(),
            flag(
                "--recent",
                action="store_true",
                help="only of the last second in which each daemon worked",
            ),
            flag("--instances", action="store_true", help="each instance of a task by itself"),
            format_flag("stats"),
            HOME,
        ),
        examples="""
            swarm stats
            swarm stats last --recent
            swarm stats --format json | jq '.links[] | {source, destination, sent, missed}'
        """,
    ),
    Verb(
        name="logs",
        help="Show what the processes of a run have written, each line with when and who wrote it.",
        flags=(
            _run(),
            flag("-f", "--follow", action="store_true", help="go on until the run ends"),
            flag("--task", metavar="ALIAS", help="only the daemons that may host this task"),
            flag("--node", metavar="NODE", help="only the daemons of this node"),
            flag(
                "--tail", type=int, metavar="N", help="begin with the last N lines of what is there"
            ),
            flag(
                "--since",
                metavar="TIME",
                help="only what was written since: 90s, 10m, 7d",
            ),
            HOME,
        ),
        examples="""
            swarm logs last
            swarm logs 20261121 -f --tail 20
            swarm logs last --task trainer --node node2
        """,
    ),
    Verb(
        name="globals",
        help="Show the values that the tasks of a run share, as they stand.",
        flags=(
            _run(),
            flag("tag", nargs="?", metavar="TAG", help="only the value of this one"),
            format_flag("globals"),
            HOME,
        ),
        examples="""
            swarm globals last
            swarm globals last weights
            swarm globals last --format json | jq '.globals[].value'
        """,
    ),
    Verb(
        name="describe",
        help="Show what the tasks of a run take, yield and answer; daemon modules are asked.",
        flags=(
            _run(),
            flag("alias", nargs="?", metavar="ALIAS", help="only this task"),
            format_flag("describe"),
            HOME,
        ),
        examples="""
            swarm describe last
            swarm describe last model
            swarm describe last --format json | jq '.tasks.model.code.calls[].name'
        """,
    ),
    Verb(
        name="call",
        help="Call a method of a daemon module of a run that goes on, and show what it returns.",
        flags=(
            _run(needed=True),
            flag("method", metavar="ALIAS.METHOD", help="a method marked with @call"),
            flag(
                "given",
                nargs="*",
                metavar="ARG",
                help="JSON, or else the text as it stands; name=ARG gives it by name",
            ),
            flag("--node", metavar="NODE", help="which of several instances"),
            flag(
                "--timeout",
                default="10s",
                metavar="TIME",
                help="how long to wait for the answer (default: 10s)",
            ),
            format_flag("call"),
            HOME,
        ),
        examples="""
            swarm call last model.tune 0.25 steps=2
            swarm call last model.weights --node node2 --format json | jq .value
            swarm call last model.label '"a=b"'
        """,
    ),
    Verb(
        name="wait",
        help="Wait until a run has ended; then show it, and exit, as swarm run does.",
        flags=(
            _run(needed=True),
            flag(
                "--timeout",
                metavar="TIME",
                help="how long to wait, as 90s or 2h; then the exit code is 4, and the run goes on "
                "(default: as long as it takes)",
            ),
            format_flag("wait"),
            QUIET,
            HOME,
        ),
        examples="""
            swarm wait last
            run=$(swarm run -d words.py) && swarm wait $run --timeout 2h
        """,
    ),
    Verb(
        name="stop",
        help="Let the round that runs finish, then end the run, and wait for that.",
        flags=(
            _run(needed=True),
            flag(
                "--timeout",
                default="60s",
                metavar="TIME",
                help="how long to wait (default: 60s; 0 waits for nothing)",
            ),
            HOME,
        ),
        examples="""
            swarm stop last
            swarm stop 20261121-040600-3f9a --timeout 10m
        """,
    ),
    Verb(
        name="kill",
        help="End a run at once, in the middle of a round; nothing of it is left running.",
        flags=(_run(needed=True), HOME),
        examples="""
            swarm kill last
            swarm kill 20261121-040600-3f9a
        """,
    ),
    Verb(
        name="prune",
        help="Remove runs that ended long ago, or those named; what lives or is LOST is kept.",
        flags=(
            flag(
                "runs",
                nargs="*",
                metavar="RUN",
                help=f"{_NAMES}: only these, whenever they ended (default: all that are old)",
            ),
            flag(
                "--older-than",
                metavar="TIME",
                help="since when they have ended: 36h, 7d, 2w (default: 7d)",
            ),
            flag("--dry-run", action="store_true", help="only tell what would be removed"),
            flag("-y", "--yes", action="store_true", help="do not ask"),
            flag("--images", action="store_true", help="remove the images of swarms as well"),
            format_flag("prune"),
            HOME,
        ),
        examples="""
            swarm prune --dry-run
            swarm prune --older-than 30d --yes
            swarm prune 20261121-040600-3f9a --yes
        """,
    ),
    Verb(
        name="doctor",
        help="Look whether this machine is fit for runs, and say how to mend what is not.",
        flags=(format_flag("doctor"), HOME),
        examples="""
            swarm doctor
            swarm doctor --format json | jq '.checks[] | select(.verdict != "PASS")'
        """,
    ),
)
