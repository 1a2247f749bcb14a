"""`python -m swarmdsl.light`: what a running program asks the controller, from a shell.

It loads nothing but the standard library, since a program may call it often.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence

VARIABLE = "SWARM_SOCKET"
SECRET = "secrets.get"  # noqa: S105 - the name of a call
REFUSED, USAGE_WRONG, NO_SOCKET = 1, 2, 3
USAGE = """\
usage: python -m swarmdsl.light globals get TAG
       python -m swarmdsl.light globals set TAG VALUE
       python -m swarmdsl.light globals tags
       python -m swarmdsl.light results add TAG VALUE
       python -m swarmdsl.light results select TAG [ITERATION]
       python -m swarmdsl.light secret NAME
       python -m swarmdsl.light next [ALIAS [NODE ...]]
       python -m swarmdsl.light stop

It works in a program that a swarm runs, where SWARM_SOCKET is set. VALUE is JSON, or else the
text as it stands. A text is printed as it stands, any other value as JSON; a secret byte for byte,
without a line break behind it.

exit codes: 0 done, 1 refused, 2 the command is wrong, 3 no swarm runs this program
"""

Request = dict[str, object]


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Ask once, show the answer, and return the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    request = request_of(words)
    if request is None:
        sys.stderr.write(USAGE)
        return USAGE_WRONG
    path = (os.environ if environment is None else environment).get(VARIABLE)
    if not path:
        return _complain(f"{VARIABLE} is not set: no swarm runs this program", NO_SOCKET)
    try:
        answer = ask(path, request)
    except (OSError, ValueError) as error:
        return _complain(f"nobody answers at {path}: {error}", NO_SOCKET)
    if not answer["ok"]:
        return _complain(str(answer["problem"]), REFUSED)
    _show(request, answer["value"])
    return 0


def request_of(words: Sequence[str]) -> Request | None:
    """The call that the words of a command line stand for; None if they stand for none.

    >>> request_of(["globals", "set", "epochs", "10"])
    {'method': 'globals.set', 'arguments': {'tag': 'epochs', 'value': 10}}
    """
    match words:
        case ["globals", "get", tag]:
            return _request("globals.get", tag=tag)
        case ["globals", "set", tag, value]:
            return _request("globals.set", tag=tag, value=_value(value))
        case ["globals", "tags"]:
            return _request("globals.tags")
        case ["results", "add", tag, value]:
            return _request("results.add", tag=tag, value=_value(value))
        case ["results", "select", tag]:
            return _request("results.select", tag=tag)
        case ["results", "select", tag, iteration] if iteration.isdecimal():
            return _request("results.select", tag=tag, iteration=int(iteration))
        case ["secret", name]:
            return _request(SECRET, name=name, base64=True)
        case ["next"]:
            return _request("round.request")
        case ["next", alias, *nodes]:
            return _request("round.request", alias=alias, node_ids=nodes or None)
        case ["stop"]:
            return _request("round.stop")
        case _:
            return None


def _request(method: str, **arguments: object) -> Request:
    return {"method": method, "arguments": arguments}


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def ask(path: str, request: Request) -> dict[str, object]:
    """The answer to one request at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.connect(path)
        channel.sendall(json.dumps(request).encode() + b"\n")
        with channel.makefile("rb") as lines:
            answer: dict[str, object] = json.loads(lines.readline())
    return answer


def _show(request: Request, value: object) -> None:
    if request["method"] == SECRET:
        sys.stdout.buffer.write(base64.b64decode(str(value)))
        sys.stdout.flush()
    else:
        sys.stdout.write(shown(value))


def shown(value: object) -> str:
    r"""A value for a shell; nothing for null.

    >>> shown("a b"), shown([1, 2]), shown(None)
    ('a b\n', '[1, 2]\n', '')
    """
    if value is None:
        return ""
    return f"{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}\n"


def _complain(problem: str, code: int) -> int:
    sys.stderr.write(f"swarmdsl.light: {problem}\n")
    return code
