from swarmdsl.cli.ending import DETAIL_LINES_MAX, details_of
from swarmdsl.control.state import Reason, ReasonKind


def reason(lines: int) -> Reason:
    details = "".join(f"line {number}\n" for number in range(lines))
    return Reason(kind=ReasonKind.TASK_FAILED, text="it raised", details=details)


def test_short_traceback_is_whole() -> None:
    assert details_of(reason(3)) == ["line 0", "line 1", "line 2"]


def test_long_traceback_keeps_its_end() -> None:
    lines = details_of(reason(100))
    assert lines[0] == "... 76 lines left out; `swarm results` shows them"
    assert lines[1:] == [f"line {number}" for number in range(100 - DETAIL_LINES_MAX, 100)]


def test_reason_without_details_has_no_lines() -> None:
    assert details_of(reason(0)) == []
