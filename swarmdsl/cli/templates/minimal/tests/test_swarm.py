from swarm import Words, add, count


def test_a_line_has_so_many_words() -> None:
    assert count("to be or not to be") == 6


def test_counts_are_added_up() -> None:
    assert add([1, 2, 3]) == 6


def test_the_graph_has_no_findings() -> None:
    assert not Words().check(nodes=2)


def test_the_swarm_counts_all_words() -> None:
    assert Words().run(nodes=2).value == 10
