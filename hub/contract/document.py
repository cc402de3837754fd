"""YAML files that remember on which line each value stands, and the list of mistakes found in them.

The ``hub`` tells every mistake of a configuration at once, with file and line; so readers note a mistake and go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from hub.errors import FixConfiguration, Problem

_Steps = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """Safe YAML in which a date stays the text that was written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class Problems:
    """Mistakes found so far."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, file: str, line: int, message: str) -> None:
        """Note a mistake; the same one is noted once."""
        self._found[Problem(file, line, message)] = None

    def told(self, file: str, line: int) -> bool:
        """Whether that line has a mistake already."""
        return any(problem.file == file and problem.line == line for problem in self._found)

    @property
    def found(self) -> tuple[Problem, ...]:
        """The mistakes, by file and line."""
        return tuple(sorted(self._found, key=lambda problem: (problem.file, problem.line)))

    def refuse(self, what: str) -> None:
        """``FixConfiguration`` with every mistake, if there is one."""
        if self._found:
            count = len(self._found)
            raise FixConfiguration(f"{what}: {count} mistake{'s' if count > 1 else ''}", self.found)


class Place:
    """A value in a YAML file: what it is and where it stands. The typed readers note what is wrong and give a blank."""

    __slots__ = ("_lines", "file", "path", "problems", "value")

    def __init__(self, file: str, value: object, path: _Steps, lines: dict[_Steps, int], problems: Problems) -> None:
        self.file, self.value, self.path, self._lines, self.problems = file, value, path, lines, problems

    @property
    def line(self) -> int:
        """Line of the value, or of the nearest thing around it that is there."""
        path = self.path
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def wrong(self, message: str) -> None:
        """Note a mistake at this place."""
        self.problems.add(self.file, self.line, message)

    def child(self, *path: str | int) -> Place:
        """The value further in; its value is None where there is none."""
        value: object = self.value
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                value = None
        return Place(self.file, value, (*self.path, *path), self._lines, self.problems)

    @property
    def given(self) -> bool:
        """Whether something is written here."""
        return self.value is not None

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of a mapping; none for anything else."""
        return tuple(str(key) for key in self.value) if isinstance(self.value, dict) else ()

    def items(self) -> Iterator[Place]:
        """Members of a list; none, and a mistake, for anything else that is given."""
        if isinstance(self.value, list):
            yield from (self.child(number) for number in range(len(self.value)))
        elif self.given:
            self._mistyped("a list")

    def mapping(self, known: Collection[str]) -> None:
        """Note a mistake when this is no mapping, or for each key that is not known."""
        if not isinstance(self.value, dict):
            self._mistyped("a mapping")
        for key in self.keys:
            if key not in known:
                self.child(key).wrong(f"unknown key {key!r}; known are {', '.join(sorted(known))}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that must be there, unless there is a default."""
        place = self.child(key)
        if not place.given:
            if default is None:
                self.wrong(f"{key} is missing")
            return default or ""
        if not isinstance(place.value, str) or not place.value.strip():
            place._mistyped("a text")
            return default or ""
        return place.value

    def optional(self, key: str) -> str | None:
        """A text that may be missing."""
        return self.text(key) if self.child(key).given else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when missing."""
        return self.child(key).members()

    def members(self) -> tuple[str, ...]:
        """This place as a list of texts."""
        found = []
        for place in self.items():
            if isinstance(place.value, str) and place.value:
                found.append(place.value)
            else:
                place._mistyped("a text")
        return tuple(found)

    def number(self, key: str, default: float | None = None) -> float | None:
        """A number, or the default when missing."""
        place = self.child(key)
        if not place.given:
            return default
        if isinstance(place.value, bool) or not isinstance(place.value, (int, float)):
            place._mistyped("a number")
            return default
        return place.value

    def flag(self, key: str) -> bool:
        """True or false; false when missing."""
        place = self.child(key)
        if place.given and not isinstance(place.value, bool):
            place._mistyped("true or false")
        return place.value is True

    def _mistyped(self, wanted: str) -> None:
        # The ODCS model may have said so already.
        if not self.problems.told(self.file, self.line):
            self.wrong(f"{self.path[-1] if self.path else 'the file'} must be {wanted}")


def read_yaml(path: Path, problems: Problems) -> Place | None:
    """The whole of a YAML file; None, and a mistake, when it is missing or is no YAML."""
    if not path.is_file():
        problems.add(str(path), 1, "the file is missing")
        return None
    return parse_yaml(path.read_bytes(), str(path), problems)


def parse_yaml(content: bytes, file: str, problems: Problems) -> Place | None:
    """The whole of a YAML text; None, and a mistake, when it is no YAML."""
    lines: dict[_Steps, int] = {}
    try:
        loader = _Loader(content)
        try:
            node = loader.get_single_node()
            value = _value(loader, node, (), file, lines, problems) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}")
        return None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.add(file, 1, f"not YAML: {error}")
        return None
    return Place(file, value, (), lines, problems)


def _value(
    loader: _Loader, node: yaml.Node, path: _Steps, file: str, lines: dict[_Steps, int], problems: Problems
) -> object:
    """Python value of a node; ``lines`` learns where each part stands."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, part, (*path, i), file, lines, problems) for i, part in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        found: dict[str, object] = {}
        for key_node, part in node.value:
            key = str(loader.construct_object(key_node))
            line = key_node.start_mark.line + 1
            if key in found:
                problems.add(file, line, f"{key} stands twice")
            lines[(*path, key)] = line
            found[key] = _value(loader, part, (*path, key), file, lines, problems)
        return found
    value: object = loader.construct_object(node)
    if value is None:
        problems.add(file, lines[path], f"{path[-1] if path else 'the file'} has no value")
    return value
