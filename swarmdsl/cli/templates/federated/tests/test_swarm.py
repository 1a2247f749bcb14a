import pytest
from swarm import Line, Model, average, improved

NODES = "nodes.toml"


def test_a_node_moves_the_line_towards_its_points() -> None:
    better = improved(0.0, 0.0, [(0.0, 1.0), (1.0, 3.0)])
    assert 0 < better.slope < 2
    assert better.offset > 0


def test_who_has_more_weighs_more() -> None:
    assert average([Model(0.0, 0.0, 1), Model(4.0, 8.0, 3)]) == Model(3.0, 6.0, 4)


def test_the_graph_has_no_findings() -> None:
    assert not Line().check(nodes=NODES)


def test_the_nodes_learn_the_line_that_made_their_data() -> None:
    run = Line().run(nodes=NODES)
    assert run.value["slope"] == pytest.approx(3, abs=0.2)
    assert run.value["offset"] == pytest.approx(-1, abs=0.2)
