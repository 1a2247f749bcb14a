"""What the record of a run says of what ended its controller."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.crash import record_crash
from swarmdsl.control.state import RunState
from swarmdsl.control.store import Store
from swarmdsl.daemon.redaction import Redaction
from tests.kept import kept


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (ValueError("the word is secret"), "ValueError: the word is "),
    ],
)
def test_the_reason_names_the_error_and_what_it_says_without_secrets(
    tmp_path: Path, error: BaseException, told: str
) -> None:
    store = Store.open(kept(tmp_path, "r1").store, to_write=True)
    record_crash(store, RunState.RUNNING, error, Redaction([b"secret"]), 2_000.0)
    record = store.run()
    store.close()
    assert str(record.reason).startswith(f"the controller was ended by {told}")
    assert not str(record.reason).endswith((":", ": ", "secret"))
    assert (record.state, record.ended_at) == ("FAILED", 2_000.0)


def test_how_a_run_has_ended_is_not_written_anew(tmp_path: Path) -> None:
    store = Store.open(kept(tmp_path, "r1", state="COMPLETED", ended_at=1_100.0).store)
    record_crash(store, RunState.COMPLETED, ValueError(), Redaction([]), 2_000.0)
    assert (store.run().state, store.run().ended_at) == ("COMPLETED", 1_100.0)
    store.close()
