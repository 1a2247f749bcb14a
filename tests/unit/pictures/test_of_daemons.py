from swarmdsl import Daemon, Node, Swarm, Task, on
from swarmdsl.pictures.of_daemons import daemons_of
from swarmdsl.topology.model import Topology
from tests.unit.pictures.test_of_tasks import Sum, one


class Meter(Daemon):
    @on
    def take(self, number: int) -> None: ...


class Paired(Swarm):
    def execute(self) -> Task:
        return Task(Meter)(Task(one), policy="pair")


def compiled(swarm: Swarm, nodes: int) -> Topology:
    return swarm.compile(nodes).require()


def test_every_daemon_is_a_box_that_names_its_tasks() -> None:
    diagram = daemons_of(compiled(Sum(), 2))
    titles = {box.title: box.lines for box in diagram.boxes}
    assert "the controller" in titles
    assert all("@node" in title for title in titles if title != "the controller")
    assert any("ones" in lines[0] for lines in titles.values())


def test_links_within_a_daemon_are_counted_in_its_box() -> None:
    one_slot = Sum().compile([Node(name="node1", slots=1)]).require()
    worker, controller = daemons_of(one_slot).boxes
    assert worker.lines == ("ones, sum", "1 link inside")
    assert controller.lines == ("keeps the value",)


def test_a_link_by_pairs_stays_on_its_node() -> None:
    ends = [(each.source, each.destination) for each in daemons_of(compiled(Paired(), 3)).arrows]
    pushes = [(source, to) for source, to in ends if to != "run"]
    assert len(pushes) == 3
    assert all(source.partition("@")[2] == to.partition("@")[2] for source, to in pushes)


def test_many_daemons_are_drawn_by_their_groups() -> None:
    diagram = daemons_of(compiled(Sum(), 150))
    assert "worker × 15" in diagram.boxes[0].title
    assert len(diagram.boxes) == 2
    assert diagram.summary.endswith("150 nodes")


def test_who_asks_for_each_gets_each() -> None:
    assert len(daemons_of(compiled(Sum(), 120), group=False).boxes) > 120
