"""A task's context whose questions a test can look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmdsl.light import TaskContext


@dataclass
class Asked:
    """Answers calls from a table, in which an error is raised, and remembers them."""

    answers: Mapping[str, object] = field(default_factory=dict)
    calls: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def __call__(self, method: str, arguments: Mapping[str, object], /) -> object:
        self.calls.append((method, arguments))
        answer = self.answers.get(method)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def context(
        self,
        *,
        datasets: Mapping[str, str] | None = None,
        inputs: Mapping[str, object] | None = None,
    ) -> TaskContext:
        return TaskContext(
            run="r",
            instance="trainer@n1#0",
            alias="trainer",
            node="n1",
            iteration=3,
            call=self,
            datasets=datasets or {},
            inputs=inputs or {},
        )
