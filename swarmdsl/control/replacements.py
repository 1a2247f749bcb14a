"""Another process wants daemons of a run replaced: a question of its own among the calls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swarmdsl.control.core import ControlCore
from swarmdsl.control.questions import Answer, Question
from swarmdsl.deploy.replaced_images import keep_replaced_images
from swarmdsl.wire.codec import encode_blob

METHOD = "replace"  # of no daemon module: the alias is empty
ANSWERS_WITHIN_S = 10.0
CAUSE = "its image is another now"


def replacement(token: str, images: Mapping[str, str]) -> Question:
    """The question: the image that each of these daemons is to have.

    >>> is_replacement(replacement("00" * 16, {"worker@node1#0": "swarm-words:1f2e"}))
    True
    """
    wanted = {daemon: image.encode() for daemon, image in images.items()}
    return Question(
        token=token, alias="", method=METHOD, timeout_s=ANSWERS_WITHIN_S, keywords=wanted
    )


def is_replacement(question: Question) -> bool:
    """Whether this is it, and no call."""
    return not question.alias and question.method == METHOD


def replace_daemons(question: Question, core: ControlCore, run_folder: Path) -> Answer:
    """Note the images and have the daemons replaced, all or none; the answer.

    Noted first: whatever becomes of this controller, the next containers have the new images.
    """
    images = {name: image.decode("utf-8", "replace") for name, image in question.keywords.items()}
    problem = ""
    if unknown := sorted(name for name in images if not core.knows(name)):
        problem = f"the run has no daemon {', '.join(unknown)}"
    elif core.state.final:
        problem = "the run has ended"
    else:
        try:
            keep_replaced_images(run_folder, images)
        except OSError as error:
            problem = f"it cannot be noted in {run_folder}: {error.strerror}"
    if not problem:
        for daemon in images:
            core.replace(daemon, CAUSE)
    return Answer(question.token, ok=not problem, payload=encode_blob(problem))
