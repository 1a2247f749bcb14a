from collections import Counter

from swarm import FOLDER, TOP, Counted, WordCount, add_up, best


def counted_plainly() -> list[tuple[str, int]]:
    """The same by a loop, to compare with."""
    counts = Counter[str]()
    for file in FOLDER.glob("*.txt"):
        counts.update(file.read_text(encoding="utf-8").lower().split())
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]


def test_the_counts_of_all_files_are_added_up() -> None:
    files = [Counted("a", "an", 1), Counted("a", "as", 2), Counted("a", "an", 3)]
    assert list(add_up(files)) == [Counted("a", "an", 4), Counted("a", "as", 2)]


def test_the_best_of_all_reducers_are_found() -> None:
    assert best([Counted("a", "an", 1), Counted("b", "by", 3)]) == [("by", 3), ("an", 1)]


def test_the_graph_has_no_findings() -> None:
    assert not WordCount().check(nodes=4)


def test_the_swarm_counts_what_a_loop_counts() -> None:
    assert WordCount().run(nodes=4).value == counted_plainly()
