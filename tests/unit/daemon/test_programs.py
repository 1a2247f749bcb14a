"""The user's code as a daemon holds it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from swarmdsl.daemon.daemon_program import DaemonProgram, SourceProgram
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.function_program import FunctionProgram
from swarmdsl.daemon.living import begin
from swarmdsl.daemon.programs import Code
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Handle, Invoke, Produce, Restore, Run
from swarmdsl.errors import CannotStart, DecodeError, InputMissing
from swarmdsl.light import Daemon, Globals, Local, Results, World, on
from swarmdsl.light.context import finish_now
from swarmdsl.topology.model import BundleEncoding, Constant, Topology
from swarmdsl.wire.codec import encode_blob, encode_values
from tests.handmade import link, task, topology

SWARM = topology([task("work"), task("sink")], [link("work", "sink", "value")])


def hosted() -> Hosted:
    return Wiring(SWARM, "worker@n1#0").hosted[0, 0]


def pushed_by(
    function: Callable[..., Any],
    arguments: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
) -> list[object]:
    """What a function pushes."""
    pushed: list[object] = []
    program = FunctionProgram(ReadFunction(function), constants or {})
    program.run(Run(hosted(), 0, dict(arguments or {}), {}), pushed.append)
    return pushed


class Changing(Daemon):
    """Gives something else each time: nothing, one value, several, some later, a list."""

    @on
    def change(self, number: int) -> int | Iterator[int] | list[int] | None:
        kinds: list[Callable[[], Any]] = [
            lambda: None,
            lambda: number,
            lambda: iter([number, number]),
            lambda: later(number),
            lambda: [number],
        ]
        return cast("int | None", kinds[number % len(kinds)]())


async def later(number: int) -> int:
    return -number


def test_what_a_handler_gives_may_be_of_another_kind_each_time() -> None:
    pushed: list[object] = []
    loop = EventLoop()
    DaemonProgram(Changing(), loop).handle(
        Handle(hosted(), 0, "change", [*range(10)], {}), pushed.append
    )
    loop.close()
    assert pushed == [1, 2, 2, -3, [4], 6, 7, 7, -8, [9]]


def test_a_returned_value_is_one_push() -> None:
    assert pushed_by(lambda: [1, 2]) == [[1, 2]]


def test_none_pushes_nothing() -> None:
    assert pushed_by(lambda: None) == []


def test_a_generator_pushes_what_it_yields() -> None:
    def three() -> Iterator[int | None]:
        yield 1
        yield None
        yield from (2, 3)

    assert pushed_by(three) == [1, 2, 3]


def test_any_other_iterator_is_a_stream_too() -> None:
    assert pushed_by(lambda: map(abs, [-1, 2])) == [1, 2]


def test_arguments_win_over_constants_and_constants_over_nothing() -> None:
    def add(left: int, right: int = 10) -> int:
        return left + right

    assert pushed_by(add, {"left": 1}) == [11]
    assert pushed_by(add, {"left": 1}, {"right": 2}) == [3]


def test_what_a_task_may_use_is_injected_by_annotation() -> None:
    def look(world: World, local: Local, shared: Globals, found: Results) -> list[str]:
        return [type(one).__name__ for one in (world, local, shared, found)]

    assert pushed_by(look) == [["World", "Local", "Globals", "Results"]]


def test_a_required_parameter_without_a_value_is_named() -> None:
    with pytest.raises(InputMissing, match=r"work@n1#0 .* parameter 'left'"):
        pushed_by(lambda left: left)


def test_a_default_stands_in_for_what_did_not_come() -> None:
    assert pushed_by(lambda left=5, *rest, **named: left) == [5]


class Splitter(Daemon):
    """Counts what it has seen, so that its state shows."""

    seen = 0

    @on
    def split(self, text: str) -> Iterator[str]:
        self.seen += 1
        yield from text.split()
        yield str(self.seen)


def test_a_daemon_handles_each_push_and_keeps_its_state() -> None:
    pushed: list[object] = []
    program = DaemonProgram(Splitter())
    program.handle(Handle(hosted(), 0, "split", ["a b", "c"], {}), pushed.append)
    assert pushed == ["a", "b", "1", "c", "2"]


class Watcher(Daemon):
    """Its handler wants to know where it runs, before the push."""

    @on
    def watch(self, world: World, number: int) -> str:
        return f"{type(world).__name__} {number}"


def test_what_a_handler_may_use_is_injected_too() -> None:
    pushed: list[object] = []
    DaemonProgram(Watcher()).handle(Handle(hosted(), 0, "watch", [1, 2], {}), pushed.append)
    assert pushed == ["World 1", "World 2"]


class Opened(Daemon):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_start(self, world: World) -> None:
        self.told.append(f"start {type(world).__name__}")

    def on_stop(self) -> None:
        self.told.append("stop")


def test_a_daemon_is_started_once_and_then_stopped() -> None:
    program = DaemonProgram(opened := Opened())
    program.start()
    program.start()
    program.stop()
    assert opened.told == ["start World", "stop"]


class Sought(Daemon):
    """A source that opens something, and then goes on in it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_start(self) -> None:
        self.told.append("start")

    def position(self) -> int:
        return 0

    def seek(self, position: int) -> None:
        self.told.append(f"seek {position}")

    def produce(self) -> Iterator[int]:
        self.told.append("produce")
        yield 1


def test_a_source_is_started_before_it_is_sought_in_what_it_has_opened() -> None:
    program, work = SourceProgram(sought := Sought()), Produce(hosted(), 0, encode_blob(7), {})
    begin(program, work)
    assert list(program.produce(work)) == [1]
    assert sought.told == ["start", "seek 7", "produce"]


def test_so_is_one_by_the_clock_whose_timer_comes_only_later() -> None:
    program, work = SourceProgram(sought := Sought()), Restore(hosted(), 0, encode_blob(7), {})
    begin(program, work)
    program.restore(work.value)
    begin(program, Invoke(hosted(), 0, "beat", {}))
    assert sought.told == ["start", "seek 7"]


def test_one_that_was_never_started_is_not_stopped() -> None:
    DaemonProgram(opened := Opened()).stop()
    assert opened.told == []


def test_one_that_wants_to_know_nothing_starts_and_stops_all_the_same() -> None:
    program = DaemonProgram(Splitter())
    program.start()
    program.stop()


def test_a_parameter_that_takes_none_is_given_none_when_nothing_came() -> None:
    def show(value: int | None) -> str:
        return f"got {value}"

    assert pushed_by(show) == ["got None"]


def test_programs_do_only_what_their_kind_does() -> None:
    with pytest.raises(AssertionError, match="is a function"):
        FunctionProgram(ReadFunction(abs), {}).handle(Handle(hosted(), 0, "", [], {}), print)
    with pytest.raises(AssertionError, match="is a daemon"):
        DaemonProgram(Splitter()).run(Run(hosted(), 0, {}, {}), print)


def bundled(folder: Path, swarm: Topology, source: str, name: str) -> Topology:
    """The topology with its first module's code in a zip of the folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.py", source)
    digest = put(folder, buffer.getvalue())
    encoding: BundleEncoding = "zip"
    code = swarm.modules[0]
    found = replace(code, bundle=digest, encoding=encoding, entry=f"{name}:work")
    return replace(swarm, modules=(found, *swarm.modules[1:]))


def put(folder: Path, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    (folder / "bundles").mkdir(exist_ok=True)
    (folder / "bundles" / digest).write_bytes(data)
    return digest


def code_of(folder: Path, swarm: Topology) -> Code:
    """The code of `work` alone."""
    wiring = Wiring(swarm, "worker@n1#0")
    wiring.hosted = {place: one for place, one in wiring.hosted.items() if place == (0, 0)}
    return Code(wiring, folder, lambda _: FunctionProgram(ReadFunction(print), {}))


@pytest.fixture(autouse=True)
def import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles are put on a path that this test forgets."""
    monkeypatch.syspath_prepend("")


def test_links_carry_the_type_that_the_code_declares(tmp_path: Path) -> None:
    swarm = bundled(tmp_path, SWARM, "def work() -> int: ...", "declares_int")
    assert code_of(tmp_path, swarm).annotations == {0: int}


def test_a_script_takes_whatever_a_function_yields(tmp_path: Path) -> None:
    """The compiler gives a link to a script the type Any."""
    to_script = topology(
        [task("work"), task("sink", "script")], [link("work", "sink", "work", Any)]
    )
    swarm = bundled(tmp_path, to_script, "def work() -> bytes: ...", "feeds_a_script")
    assert code_of(tmp_path, swarm).annotations == {0: Any}


def test_code_that_is_not_what_was_compiled_is_refused_with_both_types(tmp_path: Path) -> None:
    swarm = bundled(tmp_path, SWARM, "def work() -> str: ...", "changed_type")
    with pytest.raises(CannotStart, match="topology says that it yields int, the code says str"):
        code_of(tmp_path, swarm)


def test_gathered_pushes_are_decoded_one_by_one(tmp_path: Path) -> None:
    into = topology([task("work"), task("source")], [link("source", "work", "values", gather=True)])
    swarm = bundled(tmp_path, into, "def work(values: list[int]) -> None: ...", "gathers_ints")
    decoder = code_of(tmp_path, swarm).decoders[0]
    assert decoder.decode(encode_values([1, 2])) == [1, 2]
    with pytest.raises(DecodeError):
        decoder.decode(encode_values([[1, 2]]))


def test_code_tells_what_it_reads_on_each_link(tmp_path: Path) -> None:
    into = topology([task("work"), task("source")], [link("source", "work", "values", gather=True)])
    swarm = bundled(tmp_path, into, "def work(values: list[int]) -> None: ...", "reads_ints")
    assert code_of(tmp_path, swarm).reads == {0: '"int"'}


def test_constants_have_the_type_of_their_parameter(tmp_path: Path) -> None:
    large = put(tmp_path, encode_blob([1, 2]))
    spec = replace(
        SWARM.tasks[0], inputs={"pair": Constant(value=[1, 2]), "many": Constant(blob=large)}
    )
    swarm = replace(SWARM, tasks=(spec, SWARM.tasks[1]))
    source = "def work(pair: tuple[int, int], many: set[int]) -> int: ..."
    program = code_of(tmp_path, bundled(tmp_path, swarm, source, "constants")).programs[0, 0]
    assert isinstance(program, FunctionProgram)
    assert program.constants == {"pair": (1, 2), "many": {1, 2}}


class Finishing:
    """A source by the clock that ends at its third beat."""

    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> int:
        self.beats += 1
        if self.beats == 3:
            finish_now("finish")
        return self.beats


@pytest.mark.parametrize(("times", "beats"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 3])])
def test_a_timer_is_called_several_times_in_a_row_until_its_round_is_over(
    times: int, beats: list[int]
) -> None:
    pushed: list[object] = []
    program = DaemonProgram(Finishing())
    called = program.invoke(Invoke(hosted(), 0, "beat", {}, times), pushed.append)
    assert [one for one in pushed if isinstance(one, int)] == beats
    assert called == len(beats)
