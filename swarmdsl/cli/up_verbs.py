"""The verbs for a swarm that stands: `swarm up` and `swarm down`."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.cli.flags import (
    BASE_IMAGE,
    HOME,
    QUIET,
    REGISTRY,
    SECRET,
    TRANSPORT,
    Flag,
    Verb,
    flag,
    format_flag,
)

_DRY_RUN = flag("--dry-run", action="store_true", help="write the plan, and do nothing")


def _timeout(what: str) -> Flag:
    return flag("--timeout", default="30s", metavar="TIME", help=f"{what} (default: 30s)")


def up_verbs(target: str, nodes: Sequence[Flag], globals_set: Flag) -> tuple[Verb, Verb]:
    """Both of them.

    Args:
        target: what a target is.
        nodes: the flags that say which nodes there are.
        globals_set: the flag that sets globals.
    """
    return (
        Verb(
            name="up",
            help="Bring a swarm up in the background, or change the one that stands into it.",
            flags=(
                flag("target", nargs="?", metavar="TARGET", help=f"{target}, or a topology"),
                *nodes,
                flag(
                    "--engine",
                    metavar="NAME",
                    help="what starts the daemons: process, docker or docker-swarm",
                ),
                BASE_IMAGE,
                REGISTRY,
                TRANSPORT,
                HOME,
                globals_set,
                SECRET,
                _DRY_RUN,
                flag("--force", action="store_true", help="end the run that stands, if need be"),
                _timeout("how long to wait for what ends, and for a daemon that is replaced"),
                format_flag("up"),
                QUIET,
            ),
            examples="""
                swarm up words.py --engine docker --dry-run
                swarm up words.py --engine docker
                swarm up words.py --nodes 4 --force
                swarm ps
                swarm down words.py
            """,
        ),
        Verb(
            name="down",
            help="Take down what swarm up has brought up: its run, and the images made for it.",
            flags=(
                flag(
                    "what",
                    nargs="?",
                    metavar="TARGET|RUN",
                    help="what was brought up, or its run (default: the only one)",
                ),
                _DRY_RUN,
                flag("--keep-images", action="store_true", help="so that the next up is quick"),
                _timeout("how long the round that runs may take to finish"),
                HOME,
                format_flag("down"),
                QUIET,
            ),
            examples="""
                swarm down
                swarm down words.py --dry-run
                swarm down 20261121-040600-3f9a --timeout 5m
                swarm down words.py --keep-images
            """,
        ),
    )
