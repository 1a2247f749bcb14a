from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

from swarmdsl.dsl import Module, Span, Task, module
from swarmdsl.dsl.span import places_of, span_of_def


def one() -> int:
    return 1


def text_of(span: Span | None) -> str:
    """The source between the two ends of a span of one line."""
    assert span is not None
    assert span.line == span.end_line
    line = linecache.getline(span.file, span.line)
    return line[span.column - 1 : span.end_column - 1]


def test_task_knows_the_call_that_made_it() -> None:
    task = Task(one, "any")
    assert text_of(task.span) == 'Task(one, "any")'


def test_edge_knows_the_call_that_drew_it() -> None:
    first, second = Task(one), Task(one)
    chained = second(first)
    assert text_of(chained.edges[0].span) == "second(first)"


def test_inner_and_outer_call_of_one_line_are_told_apart() -> None:
    outer = Task(one)(Task(one)(Task(one)))
    assert text_of(outer.edges[0].span) == "Task(one)(Task(one)(Task(one)))"
    assert text_of(outer.edges[0].source.edges[0].span) == "Task(one)(Task(one))"


def test_module_knows_the_call_that_made_it() -> None:
    made = Module("train.py")
    assert text_of(made.span) == 'Module("train.py")'


def test_call_over_several_lines_keeps_both_ends() -> None:
    task = Task(
        one,
        "any",
    )
    assert task.span is not None
    assert task.span.end_line - task.span.line == 3


def test_decorator_is_the_users_line() -> None:
    @module
    def two() -> int:
        return 2

    assert two.span is not None
    assert two.span.file == __file__


def test_code_without_a_file_still_has_a_line() -> None:
    scope: dict[str, Task] = {}
    code = compile("from swarmdsl.dsl import Task\ntask = Task(len)", "<cell 3>", "exec")
    exec(code, {"__name__": "__main__"}, scope)
    span = scope["task"].span
    assert span is not None
    assert (span.file, span.line) == ("<cell 3>", 2)


def decorated() -> Callable[..., Any]:
    def plain(function: Any) -> Any:
        return function

    @plain
    @plain
    def inner(value: int) -> int:
        return value

    return inner  # type: ignore[no-any-return] # whatever `plain` gave back


def test_a_function_is_shown_at_its_def_and_not_at_its_decorators() -> None:
    span = span_of_def(decorated().__code__)
    assert text_of(span) == "def inner(value: int) -> int:"
    assert span.line == decorated().__code__.co_firstlineno + 2


async def waiting() -> None: ...


def test_an_async_function_is_shown_there_too() -> None:
    assert text_of(span_of_def(waiting.__code__)) == "async def waiting() -> None: ..."


def test_a_function_without_source_is_shown_at_the_line_that_it_tells() -> None:
    space: dict[str, Any] = {}
    exec(compile("\n\ndef made():\n    return 1\n", "nowhere.py", "exec"), space)
    span = span_of_def(space["made"].__code__)
    assert (span.file, span.line, span.column) == ("nowhere.py", 3, 1)


def test_places_of_calls_are_their_files_and_first_lines() -> None:
    tasks = [Task(one) for _ in range(3)]
    spread = Task(
        one,
        "any",
    )
    calls = [task.call for task in [*tasks, spread] if task.call is not None]
    assert spread.span is not None
    assert places_of(calls) == {
        (__file__, spread.span.line),
        (__file__, spread.span.line - 1),
    }


def test_places_of_no_calls_are_none() -> None:
    assert places_of([]) == set()
