"""The command line: verbs, flags, and a help that teaches."""

from __future__ import annotations

import argparse
from textwrap import dedent, indent

from swarmdsl._version import __version__, is_compiled
from swarmdsl.cli.flags import BASE_IMAGE, DETACH, HOME, QUIET, REGISTRY, SECRET, TRANSPORT
from swarmdsl.cli.flags import Verb as _Verb
from swarmdsl.cli.flags import flag as _flag
from swarmdsl.cli.flags import format_flag as _format
from swarmdsl.cli.near import Parser
from swarmdsl.cli.run_verbs import RUN_VERBS
from swarmdsl.cli.up_verbs import up_verbs

_TARGET = "file.py, file.py:Class or package.module:Class"


_NODES = (
    _flag(
        "--nodes",
        metavar="N|FILE",
        help="virtual nodes, an inventory file, or docker-swarm: its nodes (default: 1)",
    ),
    _flag("--slots", metavar="N", help="slots of each virtual node (default: its share of cores)"),
)
_SET = _flag(
    "--set",
    action="append",
    default=[],
    dest="globals",
    metavar="KEY=VALUE",
    help="set a global before the swarm is compiled; may be repeated",
)
_CHOICE = (
    _flag(
        "--select",
        action="append",
        default=[],
        metavar="CODES",
        help="report only these codes, or families such as SW3; may be repeated",
    ),
    _flag(
        "--ignore",
        action="append",
        default=[],
        metavar="CODES",
        help="report all but these codes or families; the longer of two that fit decides",
    ),
    _flag("--baseline", metavar="FILE", help="report only what this file does not know"),
    _flag("--write-baseline", metavar="FILE", help="write what is found now into this file"),
)

_COMPLETION = _Verb(
    name="completion",
    help="Write a script with which a shell completes verbs, flags and files.",
    flags=(_flag("shell", choices=("bash", "zsh", "fish"), help="the shell that reads it"),),
    examples="""
        source <(swarm completion bash)
        swarm completion zsh > ~/.zfunc/_swarm
        swarm completion fish > ~/.config/fish/completions/swarm.fish
    """,
)

_VERBS = (
    _Verb(
        name="new",
        help="Make a small project to start from, with tests and a check for each commit.",
        flags=(
            _flag("name", metavar="NAME", help="its name, and the folder that is made"),
            _flag(
                "--template",
                choices=("minimal", "mapreduce", "federated", "telescope", "stream"),
                default="minimal",
                help="what its swarm does (default: minimal)",
            ),
        ),
        examples="""
            swarm new words
            swarm new counts --template mapreduce
            swarm new line --template federated
            swarm new sky --template telescope
            swarm new alarm --template stream
        """,
    ),
    _Verb(
        name="validate",
        help="Report everything that is wrong with a swarm; import its file, but run no task.",
        flags=(
            _flag("target", nargs="*", metavar="TARGET", help=_TARGET),
            *_NODES,
            _format("validate"),
            _flag(
                "--all",
                action="store_true",
                help="every swarm of a file, or of the files of a folder; none is no mistake",
            ),
            _flag("--strict", action="store_true", help="fail on warnings too"),
            *_CHOICE,
            _flag("--capacity", action="store_true", help="show what declared rates come to"),
            _flag("--explain", metavar="CODE", help="what a code means, and what to write instead"),
            _flag("--output-file", metavar="FILE", help="write the report here, not to stdout"),
        ),
        examples="""
            swarm validate words.py
            swarm validate words.py:WordCount --nodes 4 --strict
            swarm validate words.py --format json --output-file findings.json
            swarm validate words.py --select SW3 --ignore SW306
            swarm validate words.py --format sarif --output-file findings.sarif
            swarm validate --explain SW101
        """,
    ),
    _Verb(
        name="compile",
        help="Turn a swarm into a topology: one document that needs no source any more.",
        flags=(
            _flag("target", nargs="?", metavar="TARGET", help=f"{_TARGET}, or a compiled topology"),
            *_NODES,
            _format("compile"),
            _flag("-o", "--output", metavar="DIR", help="write the document and bundles/ here"),
            _flag("--engine", metavar="NAME", help="add the files that it needs: compose has some"),
            BASE_IMAGE,
            _flag("--plan", action="store_true", help="say task by task what was decided"),
            _flag("--diff", metavar="OLD", help="say what differs from an older topology"),
            _flag("--schema", action="store_true", help="write the JSON Schema of topologies"),
        ),
        examples="""
            swarm compile words.py --nodes 4 --slots 2
            swarm compile words.py --nodes nodes.toml -o build/words
            swarm compile words.py --nodes 4 --plan
            swarm compile words.py --nodes nodes.toml --diff build/words
            swarm compile build/words --format yaml
            swarm compile words.py --engine compose -o build/words
            swarm run build/words
        """,
    ),
    _Verb(
        name="graph",
        help="Draw a swarm: its tasks or its daemons, what is pushed, and what is wrong where.",
        flags=(
            _flag("target", nargs="?", metavar="TARGET", help=f"{_TARGET}, or a compiled topology"),
            *_NODES,
            _flag("-o", "--output", metavar="FILE", help="write it here; the ending says how"),
            _format("graph"),
            _flag(
                "--level",
                choices=("task", "daemon"),
                default="task",
                help="what a box is (default: task)",
            ),
            _flag("--ungrouped", action="store_true", help="a box for each, however many they are"),
        ),
        examples="""
            swarm graph words.py
            swarm graph words.py -o words.svg
            swarm graph words.py --nodes 4 --level daemon -o daemons.svg
            swarm graph words.py --format mermaid
            swarm graph build/words -o words.html
        """,
    ),
    _Verb(
        name="build",
        help="Make the container images of a swarm, which engines with containers run.",
        flags=(
            _flag("target", nargs="?", metavar="TARGET", help=f"{_TARGET}, or a compiled topology"),
            *_NODES,
            BASE_IMAGE,
            _flag("--print", action="store_true", help="write the Dockerfiles, and make nothing"),
        ),
        examples="""
            swarm build words.py
            swarm build words.py --print
            swarm build words.py --base-image registry.example.org/python:3.12
        """,
    ),
    _Verb(
        name="run",
        help="Run a swarm, or a compiled topology, on this machine until it ends.",
        flags=(
            _flag("target", nargs="?", metavar="TARGET", help=f"{_TARGET}, or a compiled topology"),
            *_NODES,
            _flag(
                "--engine",
                metavar="NAME",
                help="what starts the daemons: process, docker or docker-swarm",
            ),
            BASE_IMAGE,
            REGISTRY,
            TRANSPORT,
            HOME,
            _SET,
            SECRET,
            DETACH,
            _flag(
                "--immediate",
                action="store_true",
                help="run all tasks in this process, for breakpoint() and other debuggers",
            ),
            _format("run"),
            QUIET,
        ),
        examples="""
            swarm run words.py
            swarm run words.py:WordCount --nodes 4 --set rounds=10 --set rate=0.1
            swarm run words.py --format json | jq .value
            swarm run build/words
            swarm run -d words.py
            swarm run fetch.py --secret token=file:token.txt
            swarm run --immediate words.py
            swarm run --engine docker words.py
        """,
    ),
    *up_verbs(_TARGET, _NODES, _SET),
    _Verb(
        name="resume",
        help="Go on with a run whose own process died: take its daemons over, or start them anew.",
        flags=(
            _flag(
                "run",
                nargs="?",
                metavar="RUN",
                help="as in swarm status (default: the newest such run)",
            ),
            SECRET,
            DETACH,
            _format("resume"),
            HOME,
            QUIET,
        ),
        examples="""
            swarm resume
            swarm resume -d last
            swarm resume 20261121-040600-3f9a
            swarm resume last --secret token=file:token.txt
        """,
    ),
    _Verb(
        name="simulate",
        help="Try a swarm in virtual time with faults, many seeds of them, and report what breaks.",
        flags=(
            _flag("target", nargs="?", metavar="TARGET", help=f"{_TARGET}, or a compiled topology"),
            *_NODES,
            _flag("--seeds", type=int, metavar="N", help="try the seeds 0 to N-1 (default: 100)"),
            _flag("--seed", type=int, metavar="K", help="try this one seed"),
            _flag("--faults", metavar="LIST", help="kinds of faults, as in cut,kill; or none"),
            _flag("--only", metavar="LIST", help="of its faults only these: 0,3 or none"),
            _flag(
                "--any-outcome",
                action="store_true",
                help="what it yields depends on timing: check all but that",
            ),
            _flag("--trace", metavar="FILE", help="write everything that happened to the seed"),
            _flag("--jobs", type=int, metavar="N", help="processes to use (default: the cores)"),
            _SET,
            SECRET,
            _format("simulate"),
            _flag("-q", "--quiet", action="store_true", help="no progress"),
        ),
        examples="""
            swarm simulate words.py --nodes 3 --seeds 1000
            swarm simulate words.py --faults kill,kill-node,cut
            swarm simulate words.py --seed 17 --trace seed17.txt
        """,
    ),
    _Verb(
        name="results",
        help="Show how a run ended, and what it has found.",
        flags=(
            _flag("run", nargs="?", metavar="RUN", help="which run (default: the newest)"),
            _flag("--tag", metavar="TAG", help="only the results under this tag"),
            _flag("--iteration", type=int, metavar="N", help="only the results of this round"),
            _format("results"),
            HOME,
        ),
        examples="""
            swarm results
            swarm results 20261121-040600-3f9a --tag accuracy
            swarm results --format json | jq '.results[].value'
        """,
    ),
    *RUN_VERBS,
    _COMPLETION,
    _Verb(
        name="nodes",
        help="Show what the nodes of an inventory or a cluster have, and start nothing.",
        flags=(
            *_NODES,
            _flag(
                "--engine", metavar="NAME", help="docker-swarm: the nodes that its manager knows"
            ),
            _format("nodes"),
        ),
        examples="""
            swarm nodes --nodes nodes.toml
            swarm nodes --nodes 4 --format json | jq '.nodes[].slots'
            swarm nodes --engine docker-swarm
            swarm nodes --engine docker-swarm --format toml > nodes.toml
        """,
    ),
)

_EXAMPLES = """
examples
    swarm validate words.py            what is wrong with it?
    swarm run words.py --nodes 4       run it on four virtual nodes
    swarm simulate words.py            does it bear that processes die?
    swarm results                      how did the last run end?
    swarm run -d words.py              leave it running; swarm ps and swarm status look at it

a target is
    words.py                           the only swarm in a file
    words.py:WordCount                 one of several
    package.module:WordCount           a module that Python can import
    nothing                            what pyproject.toml says: [tool.swarm] target = "words.py"

a run is
    STARTING, RUNNING                  looked after by a process; swarm stop, swarm kill end it
    COMPLETED, STOPPED                 over: with its value, or ended before by somebody
    FAILED                             over: swarm status and swarm logs say why; run it again
    LOST                               not over, its process died: swarm resume goes on with it (or
                                       swarm kill ends it, if it was immediate)

settings
    --nodes, --slots, --engine, --transport, --home and --format may also be given by a variable
    (SWARM_NODES=4) or a key of [tool.swarm] (nodes = 4). The flag wins, then the variable.

exit codes
    0 fine    1 findings, or the run failed    2 the command is wrong    3 something is missing
    4 timeout    130 Ctrl-C
"""


def make_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="swarm",
        description="Declare a distributed program as a graph, check it, run it as daemons.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    built = " (compiled)" if is_compiled() else ""
    parser.add_argument("--version", action="version", version=f"swarm {__version__}{built}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    parser.verbs = {verb.name: _add(verbs, verb) for verb in _VERBS}
    parser.known = [*parser.verbs, "--version", "--help"]
    return parser


def _add(verbs: argparse._SubParsersAction[Parser], verb: _Verb) -> Parser:
    parser = verbs.add_parser(
        verb.name,
        help=verb.help,
        description=verb.help,
        epilog="examples" + indent(dedent(verb.examples), "    ").rstrip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for flag in verb.flags:
        parser.add_argument(*flag.names, **flag.options)
    parser.add_argument("--no-color", action="store_true", help="write without colour")
    parser.known = [name for flag in verb.flags for name in flag.names]
    return parser
