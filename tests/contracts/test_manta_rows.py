"""The patterns of Manta's guide and examples, one test each: only the import is changed.

`step.py` returns one more than all it is given, so the value of a run tells how many tasks led to
it: a chain of three gives 3, and what gathers five workers gives 6.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from swarmdsl import Inventory, Node, Run, Swarm, has_cycles
from swarmdsl.api import Swarm as Runnable
from swarmdsl.dsl import Swarm as Declared
from swarmdsl.errors import KindNotStarted
from swarmdsl.topology.model import TaskSpec
from tests.contracts.manta_case import HEAD, Port, port

__all__ = ["port"]  # a fixture

THREE = Inventory(nodes=tuple(Node(name=f"node{number}") for number in (1, 2, 3)))


def runnable(swarm: Declared) -> Swarm:
    assert isinstance(swarm, Runnable)
    return swarm


def ran(swarm: Declared, home: Path, nodes: Any = 1) -> Run:
    return runnable(swarm).run(nodes=nodes, home=home / "runs")


def value_of(swarm: Declared, home: Path, nodes: Any = 1) -> Any:
    return ran(swarm, home, nodes).value


def tasks_of(swarm: Declared, nodes: Any = THREE) -> dict[str, TaskSpec]:
    return {task.alias: task for task in runnable(swarm).compile(nodes).require().tasks}


def codes_of(swarm: Declared, nodes: Any = THREE) -> set[str]:
    """The codes of what is more than a note."""
    found = runnable(swarm).check(nodes)
    return {one.code for one in found if one.severity != "info"}


def nodes_of(task: TaskSpec) -> list[str]:
    return [name.partition("@")[2].partition("#")[0] for name in task.candidates]


# -------------------------------------------------------------------------------- the declaration


def test_import_of_manta_names_what_is_here_too(port: Port) -> None:
    swarm = port("def execute(self):\n    return Task(module)", head=HEAD)
    assert codes_of(swarm) == set()


@pytest.mark.parametrize(
    "naming",
    [
        'name = "my_algorithm"',
        'def __init__(self):\n    super().__init__()\n    self.name = "my_algorithm"',
    ],
)
def test_name_as_a_class_attribute_or_of_the_instance(port: Port, naming: str) -> None:
    swarm = runnable(port(f"{naming}\n\ndef execute(self):\n    return Task(module)"))
    assert swarm.compile().require().name == "my_algorithm"


def test_set_global_of_an_int(port: Port, tmp_path: Path) -> None:
    body = """
def __init__(self):
    super().__init__()
    self.set_global("epochs", 10)

def execute(self):
    return Task(Module("epochs.py", "manta:latest"))
"""
    epochs = "from manta.light import World\n\ndef main():\n    return World().globals['epochs']\n"
    assert value_of(port(body, epochs=epochs), tmp_path) == [10]


def test_module_by_keywords_and_by_position(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    placed = Module("step.py", "manta:latest", datasets=[])
    named = Module(name="step", python_program="step.py", image="manta:latest")
    return Task(placed, method="any", alias="b")(Task(named, method="any", alias="a"))
"""
    assert value_of(port(body), tmp_path) == 2


def test_module_of_source_text(port: Port, tmp_path: Path) -> None:
    code = '\ncode = """\ndef main():\n    return "text"\n"""\n'
    body = """
def execute(self):
    return Task(Module(python_program=code, image="manta:latest"), method="any")
"""
    assert value_of(port(body, head=code + HEAD), tmp_path) == "text"


def test_module_of_a_file_that_was_read(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    with open(__file__.rpartition("/")[0] + "/step.py") as f:
        return Task(Module(python_program=f.read(), image="manta:latest"), method="any")
"""
    assert value_of(port(body), tmp_path) == 1


def test_requirements_and_resources_are_understood(port: Port) -> None:
    body = """
def execute(self):
    return Task(Module(
        name="my_module", python_program="step.py", image="manta:latest",
        requirements=["numpy"], resources={"cpu": 2, "memory": "4Gi"},
    ))
"""
    nodes = Inventory(
        nodes=(
            Node(name="small", slots=4, memory="2GiB"),
            Node(name="large", slots=4, memory="8GiB"),
        )
    )
    assert codes_of(port(body), nodes) == set()
    assert nodes_of(tasks_of(port(body), nodes)["my_module"]) == ["large"]


# -------------------------------------------------------------------------------------- the graph


def test_chain(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    task1, task2, task3 = Task(a_module), Task(b_module), Task(c_module)
    return task3(task2(task1))
"""
    assert value_of(port(body), tmp_path) == [3]


def test_two_tasks_of_one_module_as_in_the_quick_example(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    aggregator = Task(module=module, method="any", maximum=1, alias="aggregator")
    workers = Task(module=module, method="all", alias="workers")
    return aggregator(workers)
"""
    assert value_of(port(body), tmp_path, nodes=2) == 1 + 2


def test_list_of_five_tasks_is_five_workers(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    parallel_tasks = [Task(module) for _ in range(5)]
    aggregator = Task(b_module, method="any")
    return aggregator(parallel_tasks)
"""
    assert value_of(port(body), tmp_path) == 1 + 5


def test_map_reduce_has_ten_mappers(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    mappers = [Task(module=a_module, alias=f"mapper_{i}") for i in range(10)]
    reducer = Task(module=b_module, method="any", maximum=1, alias="reducer")
    return reducer(mappers)
"""
    assert value_of(port(body), tmp_path) == 1 + 10


SCHEDULER = """
from manta.light import Task

class Scheduler(Task):
    def run(self):
        rounds = self.world.globals["rounds"] - 1
        self.world.globals["rounds"] = rounds
        if rounds:
            self.world.schedule_next_iter(task_to_schedule_alias="{name}")

def main():
    Scheduler().run()
"""

FEDERATED = """
def __init__(self):
    super().__init__()
    self.set_global("rounds", 3)

def execute(self):
    trainers = Task(module=a_module, method="all", alias="trainers")
    aggregator = Task(module=b_module, method="any", maximum=1, alias="aggregator")
    scheduler = Task(module=Module("scheduler.py", "manta:latest"), method="any", maximum=1)
    return scheduler(aggregator(trainers))
"""


@pytest.mark.parametrize("name", ["trainers", "a"], ids=["alias", "module"])
def test_scheduler_repeats_the_round_by_alias_or_module(
    port: Port, tmp_path: Path, name: str
) -> None:
    swarm = port(FEDERATED, scheduler=SCHEDULER.format(name=name))
    assert ran(swarm, tmp_path, nodes=2).reason.text == "3 rounds finished"


def test_scheduler_that_names_nothing_fails_the_run_and_says_so(port: Port, tmp_path: Path) -> None:
    run = ran(port(FEDERATED, scheduler=SCHEDULER.format(name="trainer")), tmp_path)
    assert run.state.value == "FAILED"
    assert "'trainer'" in run.reason.text


def test_task_called_with_nothing_and_fixed(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    m = Task(a_module)()
    m = Task(b_module, method="any", fixed=True, maximum=1)(m)
    return m
"""
    assert value_of(port(body), tmp_path) == 2


@pytest.mark.parametrize("branches", ["[b, c]", "[c, b]"])
def test_diamond_keeps_both_branches(port: Port, tmp_path: Path, branches: str) -> None:
    body = f"""
def execute(self):
    a = Task(a_module, method="any")
    b, c = Task(b_module, method="any")(a), Task(c_module, method="any")(a)
    return Task(d_module, method="any")({branches})
"""
    assert value_of(port(body), tmp_path) == 1 + 2 + 2


def test_execute_returns_a_list(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    a = Task(a_module, method="any")
    return [Task(b_module, method="any")(a), Task(c_module, method="any")(a)]
"""
    assert value_of(port(body), tmp_path) == {"b": 2, "c": 2}


def test_condition_result(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    a, b = Task(a_module), Task(b_module, method="any")
    return b(a, condition=Condition.RESULT)
"""
    assert value_of(port(body), tmp_path, nodes=2) == [2, 2]


def test_aggregator_that_is_an_attribute_of_the_swarm(port: Port, tmp_path: Path) -> None:
    body = """
def __init__(self):
    super().__init__()
    self.set_global("num_workers", 2)
    self.aggregator = Task(b_module, method="any")

def execute(self):
    num_workers = self.get_global("num_workers", 5)
    workers = [Task(module=a_module, alias=f"worker_{i}") for i in range(num_workers)]
    return self.aggregator(workers)
"""
    assert value_of(port(body), tmp_path) == 1 + 2


def test_get_global_has_a_default(port: Port) -> None:
    body = """
def execute(self):
    num_workers = self.get_global("num_workers", 5)
    return [Task(module=a_module, alias=f"worker_{i}") for i in range(num_workers)]
"""
    assert list(tasks_of(port(body))) == [f"worker_{number}" for number in range(5)]


# --------------------------------------------------------------------------------------- networks


def test_networks_that_are_declared(port: Port, tmp_path: Path) -> None:
    body = """
def __init__(self):
    super().__init__()
    self.add_network("backend", Driver.BRIDGE)
    self.add_network("frontend", Driver.OVERLAY)

def execute(self):
    backend_task = Task(module=a_module, network="backend")
    return Task(module=b_module, network="frontend")(backend_task)
"""
    assert value_of(port(body), tmp_path) == [2]


def test_network_called_like_a_driver_needs_no_declaration(port: Port, tmp_path: Path) -> None:
    body = """
def execute(self):
    return Task(
        module=module, method="all", fixed=False, maximum=10, network="overlay", gpu=False,
        alias="worker",
    )
"""
    assert value_of(port(body), tmp_path) == [1]


# ------------------------------------------------------------------------------------- scheduling


def scheduled(port: Port, options: str) -> Declared:
    return port(f"def execute(self):\n    return Task(module, {options})")


@pytest.mark.parametrize(
    ("options", "count", "nodes"),
    [
        ("maximum=0.5", 2, ["node1", "node2", "node3"]),
        ('specified_ids=["node1", "node2"]', 2, ["node1", "node2"]),
        ('excepted_ids=["node1"]', 2, ["node2", "node3"]),
        ('specified_ids=["node1", "node2"], excepted_ids=["node3"]', 2, ["node1", "node2"]),
        ('specified_ids=["node1", "node2"], excepted_ids=["node2"]', 1, ["node1"]),
        ('method="any"', 1, ["node1", "node2", "node3"]),
        ('method="any", fixed=True', 1, ["node1", "node2", "node3"]),
        ('method="maximum", maximum=2', 2, ["node1", "node2", "node3"]),
        ('method="fixed", specified_ids=["node2"]', 1, ["node2"]),
    ],
)
def test_scheduling_means_what_the_guide_says(
    port: Port, options: str, count: int, nodes: list[str]
) -> None:
    task = tasks_of(scheduled(port, options))["step"]
    assert (task.count, sorted(nodes_of(task))) == (count, nodes)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("maximum=1.5", "SW303"),
        ("maximum=0", "SW303"),
        ("maximum=True", "SW303"),
        ('method="nonsense"', "SW302"),
        ('network="backend"', "SW451"),
    ],
)
def test_value_that_manta_would_take_and_cannot_mean_anything_is_refused(
    port: Port, options: str, code: str
) -> None:
    assert codes_of(scheduled(port, options)) == {code}


def test_any_without_a_maximum_runs_once(port: Port, tmp_path: Path) -> None:
    assert value_of(scheduled(port, 'method="any"'), tmp_path, nodes=2) == 1


# ------------------------------------------------------------------------- validation, iterations


def test_prepare_graph_and_has_cycles(port: Port) -> None:
    swarm = runnable(port(FEDERATED, scheduler=SCHEDULER))
    graph = swarm.prepare_graph()
    assert isinstance(graph, nx.DiGraph)
    assert list(graph.edges) == [("trainers", "aggregator"), ("aggregator", "scheduler")]
    assert not has_cycles(graph)


def test_graph_with_a_cycle_can_be_looked_at_and_cannot_be_run(port: Port) -> None:
    body = """
def execute(self):
    a, b = Task(a_module), Task(b_module)
    return a(b(a))
"""
    swarm = runnable(port(body))
    assert has_cycles(swarm.prepare_graph())
    assert codes_of(swarm) == {"SW101"}


def test_max_iteration_is_how_many_rounds_there_are(port: Port, tmp_path: Path) -> None:
    body = """
def __init__(self):
    super().__init__(max_iteration=2)

def execute(self):
    return Task(module)
"""
    assert ran(port(body), tmp_path).reason.text == "2 rounds, the limit set by max_iteration"


def test_module_of_an_image_alone_compiles_and_is_not_run_here(port: Port, tmp_path: Path) -> None:
    swarm = port('def execute(self):\n    return Task(Module(None, "manta:pytorch"))')
    [module] = runnable(swarm).compile().require().modules
    assert (module.kind, module.image) == ("image", "manta:pytorch")
    with pytest.raises(KindNotStarted, match="only container engines start"):
        ran(swarm, tmp_path)


# ---------------------------------------------------------------------------------- the task side


WORK = """
from manta.light import Local, Task, World

class Work(Task):
    def run(self):
        assert isinstance(self.world, World)
        assert isinstance(self.local, Local)
        letters = self.local.get_binary_data("letters").decode()
        self.logger.info("read %s", letters)
        self.world.globals["letters"] = letters
        self.world.results.add("size", len(letters))
        assert self.world.results.select("size") == {"one": 3}
        self.world.schedule_next_iter(task_to_schedule_alias="work")
        self.world.stop_swarm()
        return self.world.globals["letters"]

def main():
    return Work().run()
"""


def test_what_a_task_may_use(port: Port, tmp_path: Path) -> None:
    (tmp_path / "letters.bin").write_bytes(b"abc")
    node = Node(name="one", datasets={"letters": str(tmp_path / "letters.bin")})
    body = """
def execute(self):
    return Task(Module("work.py", "manta:latest", datasets=["letters"]), method="any")
"""
    run = ran(port(body, work=WORK), tmp_path, nodes=[node])
    assert (run.state.value, run.value, run.globals) == ("COMPLETED", "abc", {"letters": "abc"})
    assert [row["value"] for row in run.results("size")] == [3]
    assert "stop" in run.reason.text


COMPARE = """
from manta.light import ResultMethod, World

def main():
    select = World().results.select
    every = select("size")
    assert every == select("size", -1, ResultMethod.ALL) == select("size", size=-1)
    assert every == select("size", method=ResultMethod.UNSPECIFIED) == select("size", 2)
    last, one = select("size", method=ResultMethod.LAST), select("size", 1)
    assert last == one and len(last) == 1 and last.items() <= every.items(), (last, one)
    assert select("none", method=ResultMethod.LAST) == {}
    return sorted(every.items())
"""


def test_results_are_selected_by_size_and_method(port: Port, tmp_path: Path) -> None:
    add = "from manta.light import World\ndef main():\n    World().results.add('size', 3)\n"
    body = """
def execute(self):
    adders = Task(Module("add.py"), method="all")
    return Task(Module("compare.py"), method="any", maximum=1)(adders)
"""
    run = ran(port(body, add=add, compare=COMPARE), tmp_path, nodes=2)
    assert (run.state.value, run.value) == ("COMPLETED", [["node1", 3], ["node2", 3]])


# ------------------------------------------------------------- where the documents contradict one


def test_any_with_a_maximum_is_on_one_node_and_may_be_tried_on_so_many(port: Port) -> None:
    task = tasks_of(scheduled(port, 'method="any", maximum=2'))["step"]
    assert (len(task.candidates), task.count) == (2, 1)


def test_task_without_a_method_runs_on_all_nodes(port: Port) -> None:
    task = tasks_of(port("def execute(self):\n    return Task(module)"))["step"]
    assert (task.method, task.count) == ("all", 3)


@pytest.mark.parametrize(
    "call",
    [
        'Task(name="worker", command="python", replicas=2)',
        'Swarm(name="x", tasks=[], iteration=1, circular=True)',
    ],
)
def test_what_only_readmes_show_is_refused_by_python_itself(port: Port, call: str) -> None:
    [found] = runnable(port(f"def execute(self):\n    return {call}")).check()
    assert found.code == "SW001"
    assert "TypeError" in found.message
