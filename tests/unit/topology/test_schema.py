"""The published schema: it agrees with the model, and documents agree with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from swarmdsl.topology.checking import misfits
from swarmdsl.topology.codec import to_json
from swarmdsl.topology.flat_daemons import FlatDaemon
from swarmdsl.topology.forms import form_of, loaded
from swarmdsl.topology.model import FORMAT, Topology
from swarmdsl.topology.schema import records_in, schema, schema_text
from swarmdsl.topology.shapes import record_of
from tests.unit.topology.generated import topologies
from tests.unit.topology.test_broken_documents import BROKEN, Document

REPOSITORY = Path(__file__).resolve().parents[3]
PUBLISHED = REPOSITORY / "docs" / "schemas" / f"topology-{FORMAT}.json"
DOCUMENTS = sorted(
    [
        *(REPOSITORY / "examples").glob("*.topology.toml"),
        *(REPOSITORY / "tests/golden/topologies").glob("*.toml"),
    ]
)
# What a schema does not say: whether names refer to something, and the bounds of numbers.
BEYOND = {
    "a task that is not there",
    "a limit out of bounds",
    "a host that is none",
    "a port beyond the last",
    "a port of workers",
    "a constant with two values",
    "a number beyond 64 bits",
}
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_published_schema_is_that_of_the_model(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        PUBLISHED.parent.mkdir(exist_ok=True)
        PUBLISHED.write_text(schema_text(), "utf-8")
    assert PUBLISHED.read_text("utf-8") == schema_text(), "pytest --update-golden writes it anew"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_example_agrees_with_the_schema(path: Path) -> None:
    VALIDATOR.validate(loaded(path.read_text("utf-8"), form_of(path)))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(topologies())
def test_every_topology_agrees_with_the_schema(made: Topology) -> None:
    VALIDATOR.validate(json.loads(to_json(made)))


@pytest.mark.parametrize("name", BROKEN)
def test_schema_and_reader_refuse_the_same_shapes(name: str) -> None:
    document: Document = loaded(
        (REPOSITORY / "examples/word_count.topology.toml").read_text(), "toml"
    )
    change: Callable[[Any], None] = BROKEN[name][0]
    change(document)
    assert VALIDATOR.is_valid(document) is (name in BEYOND)
    assert any(misfits(document, record_of(Topology))) is (
        name not in BEYOND - {"a number beyond 64 bits"} | {"a format of the past"}
    )


def test_every_key_is_described() -> None:
    """A new field of the model needs a line under `Attributes:` of its class."""
    bare = [
        f"{record.name}.{name}"
        for record in [*records_in(record_of(Topology)), record_of(FlatDaemon)]
        for name, key in record.keys.items()
        if not key.description
    ]
    assert bare == []
