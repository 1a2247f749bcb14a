"""What a hint says to type is typed into the program that has the finding, and the finding goes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swarmdsl.compiler import Compilation, compile_swarm, load_target
from swarmdsl.dsl import Inventory

FIXTURES = Path(__file__).resolve().parents[2] / "golden" / "codes"
TWO = Inventory.local(nodes=2, cores=4)
DROPPED = "'drop_newest', delivery='at_most_once'"
BOTH = 'shown = Task(show, "any")(read)\n        return [read, shown]'
RESTORE = "    def restore(self, state):\n        self.total = state\n\n"

# The code, what the hint says, what stands in `fails.py`, and what is typed instead.
REMEDIES = [
    ("SW001", "did you mean 'read'", '["raed"]', '["read"]'),
    ("SW101", "that of read with show in line 18", "        read(shown)\n", ""),
    ("SW102", "alias=f'reader_{i}'", 'alias="reader") for _', 'alias=f"reader_{i}") for i'),
    ("SW102", "leave alias= out", ', alias="reader")', ")"),
    ("SW104", "take number out of one of these", "        shown(read)\n", ""),
    ("SW105", "inputs={'value': 3}", 'Task(show, "any")(3)', "Task(show, inputs={'value': 3})"),
    ("SW106", "alias='a_reader'", '"a reader"', '"a_reader"'),
    (
        "SW107",
        "Task(Sum, ...)(Task(source, ...))",
        'Task(Sum, "any")',
        'Task(Sum, "any")(Task(number, "any"))',
    ),
    ("SW108", "return it too", 'Task(show, "any", alias="shown")(read)\n        return read', BOTH),
    ("SW113", "max_iteration = 10", "    def execute", "    max_iteration = 10\n\n    def execute"),
    (
        "SW201",
        "counts: list[dict[str, int]]",
        "counts: dict[str, int]",
        "counts: list[dict[str, int]]",
    ),
    ("SW201", "with method='any' for count", '"all"', '"any"'),
    ("SW202", "alias='left'", 'Task(number, "any"),', 'Task(number, "any", alias="left"),'),
    ("SW203", "`value: int`", "(value)", "(value: int)"),
    ("SW206", "did you mean 'value'", '"valve": 1, ', ""),
    ("SW207", "return nothing of the kind", "int | str:", "int:"),
    ("SW208", "`def add(self, value: int)`", "left: int, right: int", "value: int"),
    ("SW211", "restore(self, state)", "    def snapshot", f"{RESTORE}    def snapshot"),
    ("SW215", "'packaging==23'", "packaging=23", "packaging"),
    ("SW216", "'numpy'", "nump", "numpy"),
    ("SW301", "take it out of excepted_ids=", ', excepted_ids=["warm"]', ""),
    ("SW302", "did you mean 'all'", '"al"', '"all"'),
    ("SW303", "or leave it out", '"3"', "3"),
    ("SW305", "excepted_ids=['node1']", '"node1"', "['node1']"),
    ("SW306", "did you mean 'warm'", '"warm", "wrm"', '"warm"'),
    ("SW307", "from 1 to 4096", "slots=0", "slots=1"),
    ("SW308", "did you mean 'cpu'", '"cpus": 2', '"cpu": 2'),
    ("SW309", "'memory': '64GiB'", '"128GiB"', '"64GiB"'),
    ("SW310", "gpus=1 in the Node(...) of 'a'", 'Node(name="a")', 'Node(name="a", gpus=1)'),
    ("SW310", "take gpu=True out", ", gpu=True", ""),
    ("SW311", "maximum=2", "maximum=3", "maximum=2"),
    ("SW312", "method='any'", 'alias="wide"', 'method="any", alias="wide"'),
    ("SW313", "fewer slots", "slots=2", "slots=1"),
    ("SW314", "method='any'", '"all"', '"any"'),
    ("SW314", "leave method= out", 'method="all", ', ""),
    ("SW315", "memory='64GiB'", '"silent"', '"silent", memory="64GiB"'),
    ("SW401", "take the `/` out", ", /)", ")"),
    ("SW451", "'overlay'", '"backend"', '"overlay"'),
    ("SW453", "take the declaration out", 'self.add_network("backend", Driver.BRIDGE)', "pass"),
    ("SW454", "Driver.HOST", '"vxlan"', '"host"'),
    ("SW501", "did you mean 'balance'", '"balanced"', '"balance"'),
    ("SW502", "its fields are text", '"word"', '"text"'),
    ("SW503", "method='all'", 'Task(clean, "any")', 'Task(clean, method="all")'),
    ("SW504", "take policy=", ', policy="balance"', ""),
    ("SW505", "give each a default", "number: int, text: str", "number: int = 1, text: str = ''"),
    (
        "SW506",
        "position: float | None = None",
        "position: float)",
        "position: float | None = None)",
    ),
    ("SW601", "did you mean 'at_most_once'", '"at_most_one"', '"at_most_once"'),
    (
        "SW602",
        "add delivery='at_most_once'",
        'drop_newest"',
        "drop_newest\", delivery='at_most_once'",
    ),
    ("SW603", "did you mean 'inbox_messages'", '"inbox_mesages": 64,', ""),
    ("SW702", "maximum=225", "maximum=30", "maximum=225"),
    ("SW703", "Limits(inbox_messages=500)", "inbox_messages=64", "inbox_messages=500"),
    ("SW704", "Limits(unconfirmed_messages=60000)", "=8_192", "=60000"),
    ("SW705", "maximum=228", "maximum=226", "maximum=228"),
    ("SW706", "leave service_time= out", ", service_time=1.0", ""),
    ("SW901", "take SW306 out", "  # swarm: ignore[SW306] later", ""),
    ("SW902", "`# swarm: ignore[SW306]`", "# swarm: ignore", "# noqa"),
    ("SW903", "did you mean 'SW306'", ", SW360", ""),
]


def compiled(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Compilation:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (folder / "remedied.py").write_text(text)
    try:
        swarm = load_target(str(folder / "remedied.py"))
        own = getattr(sys.modules["remedied"], "INVENTORY", None)
        return compile_swarm(swarm, own or TWO)
    finally:
        sys.modules.pop("remedied", None)


@pytest.mark.parametrize(
    ("code", "said", "written", "typed"), REMEDIES, ids=[f"{one[0]}-{one[1]}" for one in REMEDIES]
)
def test_remedy_that_is_typed_takes_its_finding_away(
    code: str,
    said: str,
    written: str,
    typed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (FIXTURES / code / "fails.py").read_text()
    assert written in text
    before = compiled(tmp_path, text, monkeypatch).diagnostics
    told = {one for one in before if said in one.hint}
    assert told, [one.hint for one in before]
    after = compiled(tmp_path, text.replace(written, typed, 1), monkeypatch).diagnostics
    left = {(one.code, one.message) for one in after}
    errors = {(one.code, one.message) for one in after if one.severity == "error"}
    assert not left & {(one.code, one.message) for one in told}
    assert errors <= {(one.code, one.message) for one in before}, "it made another mistake"
