"""Another process wants tasks of a run placed anew: a question of its own among the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.control.core import ControlCore
from swarmdsl.control.placing import PLACE
from swarmdsl.control.questions import Answer, Question
from swarmdsl.errors import CallFailed, DecodeError
from swarmdsl.wire.codec import decode_blob, encode_blob

ANSWERS_WITHIN_S = 10.0


def placement(token: str, nodes: Mapping[str, Sequence[str]]) -> Question:
    """The question: the nodes of each of these tasks in their new order.

    >>> is_placement(placement("00" * 16, {"count": ["node2", "node1"]}))
    True
    """
    wanted = {alias: encode_blob([*names]) for alias, names in nodes.items()}
    return Question(
        token=token, alias="", method=PLACE, timeout_s=ANSWERS_WITHIN_S, keywords=wanted
    )


def is_placement(question: Question) -> bool:
    """Whether this is it, and no call."""
    return not question.alias and question.method == PLACE


def place_tasks(question: Question, core: ControlCore) -> Answer:
    """Have the tasks take their nodes in the order that is asked for, all or none; the answer.

    It is to be given when what the core has noted is committed.
    """
    problem = "the run has ended"
    if not core.state.final:
        problem = _problem(question, core)
    return Answer(question.token, ok=not problem, payload=encode_blob(problem))


def _problem(question: Question, core: ControlCore) -> str:
    try:
        wanted = question.keywords.items()
        core.placing.ask({alias: decode_blob(names, list[str]) for alias, names in wanted})
    except DecodeError as error:
        return str(error)
    except CallFailed as error:
        return error.problem
    return ""
