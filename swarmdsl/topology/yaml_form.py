"""YAML as this package reads and writes it: that of JSON's values, and each key once.

Plain words mean what version 1.2 of YAML says: `no` and `on` are text, `1e3` is a number. What we
write is read alike by readers of version 1.1, for whatever they would mistake stands in quotes.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

from swarmdsl.topology.places import BrokenText, Lines, Path

_TAG = "tag:yaml.org,2002:"
_WIDTH = 2**31 - 1  # no line is folded
_FLOAT = re.compile(r"[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)$", re.ASCII)
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class _Loader(yaml.SafeLoader):
    """Reads up to nodes, which know their lines. Aliases could make a small text huge."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A node that is written out."""
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            raise BrokenText(
                f"has the alias *{event.anchor}: write out what it stands for",
                event.start_mark.line + 1,
            )
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text; where a reader of YAML sees a line end, an escape stands."""
        if _LINE_ENDS.search(data):
            return self.represent_scalar(f"{_TAG}str", data, style='"')
        return super().represent_str(data)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"{_TAG}{tag}", re.compile(pattern, re.ASCII), list(first))


_resolve("bool", r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"[-+]?\d+$", "-+0123456789")
_resolve("float", _FLOAT.pattern, "-+.0123456789")
_resolve("null", r"(?:~|null|Null|NULL)$", "~nN")
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"$"), [""])
_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))


def dump_yaml(document: Any) -> str:
    r"""The text of a document, its keys in the order they have.

    >>> dump_yaml({"name": "no", "nodes": [{"slots": 2}]})
    "name: 'no'\nnodes:\n- slots: 2\n"
    """
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return text


def load_yaml(text: str) -> tuple[Any, Lines]:
    """What a text says, and the lines of its keys and items.

    Raises:
        BrokenText: it is no YAML, or says what this package does not read.
    """
    lines: dict[Path, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        what = problem.problem or problem.context
        raise BrokenText(f"is not YAML: {what}", mark.line + 1 if mark else None) from problem
    except yaml.YAMLError as problem:  # A character that YAML does not allow.
        raise BrokenText(f"is not YAML: {str(problem).splitlines()[0]}") from problem
    return None if node is None else _value(node, (), lines), lines


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    match node:
        case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
            return {
                key: _value(one, (*path, key), lines)
                for key, one in ((_key(name, path, lines), one) for name, one in node.value)
            }
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            for index, one in enumerate(node.value):
                lines[*path, index] = one.start_mark.line + 1
            return [_value(one, (*path, index), lines) for index, one in enumerate(node.value)]
        case yaml.ScalarNode():
            return _scalar(node)
    raise BrokenText(f"has the tag {node.tag}, which is not read", _line(node))


def _key(node: yaml.Node, path: Path, lines: dict[Path, int]) -> str:
    """The text of a key, with or without quotes."""
    if not isinstance(node, yaml.ScalarNode):
        raise BrokenText("has a key that is no text", _line(node))
    key = str(node.value)
    if (*path, key) in lines:
        raise BrokenText(f"has the key {key!r} twice in one table", _line(node))
    lines[*path, key] = _line(node)
    return key


def _scalar(node: yaml.ScalarNode) -> Any:
    match node.tag.removeprefix(_TAG):
        case "str":
            return node.value
        case "bool" if node.value in _WORDS:
            return _WORDS[node.value]
        case "null":
            return None
        case "int" | "float" as kind:
            try:
                return int(node.value) if kind == "int" else float(node.value)
            except ValueError as problem:  # `!!int x`, or thousands of digits
                raise BrokenText(
                    f"has a number that cannot be read: {problem}", _line(node)
                ) from problem
    raise BrokenText(f"has the tag {node.tag}, which is not read", _line(node))


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line + 1
    return line
