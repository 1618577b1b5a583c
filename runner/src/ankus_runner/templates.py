"""Templates of prompts: Jinja files that print what they are given, choose by it, list it and include others.

Nothing else of Jinja is let in: a template with a call, an attribute, arithmetic, an assignment or a macro is
refused where that stands, before anything starts. So each one ends, is no longer than what it is made of and
given, and reaches nothing; the sandbox stands behind that.

{{ tools }}  {% if results %} … {% else %} … {% endif %}  {% for result in results %} … {% endfor %}
{% include "rules.md.j2" %}   of the same folder, or of this package's prompts/
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import jinja2
from jinja2 import DictLoader, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ankus_runner.errors import ConfigError

LONGEST = 65_536
"""Bytes of one file."""
LONGEST_TEXT = 1_000_000
"""Characters of what is made of one."""
MOST_INCLUDES = 50
"""Files that one template takes in, each as often as it is taken."""
FILTERS = {"join": 1, "lower": 0, "trim": 0, "upper": 0}
"""The filters that there are, and how many texts each takes besides."""
Value = str | list[str]
Place = tuple[str, int]
"""A file, and a line of it."""

_TEXT = "text"
"""The name of a template that is in no file."""
_TOO_DEEP = "it is nested too deeply"
_NAME = re.compile(r"\w[\w.-]*\.j2")
_LET_IN = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.And, nodes.Or, nodes.Not,
    nodes.For, nodes.Include, nodes.Filter,
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """A template that was looked through, with all that it includes."""

    name: str
    sources: Mapping[str, str]
    """The text of each file by its name, its own first."""

    def render(self, **values: Value) -> str:
        """Its text, without white space around it.

        Args:
            values: All of those, and only those, that it was loaded for.

        Raises:
            ConfigError: It has grown too long.
        """
        parts, size = list[str](), 0
        for part in self._compiled.generate(values):
            parts.append(part)
            size += len(part)
            if size > LONGEST_TEXT:
                raise ConfigError(f"{self.name}: the text has more than {LONGEST_TEXT} characters.")
        return "".join(parts).strip()

    @cached_property
    def _compiled(self) -> jinja2.Template:
        return _environment(self.sources).get_template(self.name)

    @cached_property
    def body(self) -> str:
        """Its text as it was written, and that of each file that it includes."""
        own, *others = self.sources.items()
        return "\n".join([own[1], *(f"{{# {name} #}}\n{text}" for name, text in others)])


def load(folder: Traversable | Path, name: str, variables: Collection[str]) -> Template:
    """Load a template of a folder, and look it through with all that it includes.

    Args:
        variables: What it may print.

    Raises:
        ConfigError: It cannot be used; the message names the file and the line.
    """
    loading = _Loading((folder, _packaged()))
    loading.take(name, (f"{folder}/{name}", 1), frozenset(variables), in_loop=False)
    return Template(name, loading.sources)


@cache
def packaged(name: str, *variables: str) -> Template:
    """A template of the runner's own, which is read once."""
    return load(_packaged(), name, variables)


def template(text: str, variables: Collection[str]) -> Template:
    """A template that is in no file.

    Raises:
        ConfigError: It cannot be used.
    """
    loading = _Loading((_packaged(),), {_TEXT: text}, {_TEXT: _TEXT})
    loading.take(_TEXT, (_TEXT, 1), frozenset(variables), in_loop=False)
    return Template(_TEXT, loading.sources)


def _packaged() -> Traversable:
    return resources.files("ankus_runner") / "prompts"


def _environment(sources: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=False,  # a prompt is no HTML: the model would read &lt; as it stands
    )


@dataclass
class _Loading:
    """The files that one template is made of, read and looked through one after the other."""

    folders: tuple[Traversable | Path, ...]
    sources: dict[str, str] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)
    """Where each lies."""
    _open: list[str] = field(default_factory=list)
    _taken: int = 0

    def take(self, name: str, place: Place, known: frozenset[str], *, in_loop: bool) -> None:
        """Take in a file that is named at a place.

        Args:
            known: The variables that are there.
            in_loop: Whether a loop goes around it.
        """
        self._taken += 1
        if name in self._open:
            raise _wrong(place, f"'{name}' includes itself")
        if self._taken > MOST_INCLUDES:
            raise _wrong(place, f"more than {MOST_INCLUDES} files are included")
        if name not in self.sources:
            self._read(name, place)
        self._open.append(name)
        text, file = self.sources[name], self._files[name]
        for node in _parsed(text, file).body:
            self._look(node, file, known, in_loop=in_loop)
        _check_compiled(text, file)  # only now: the compiler works out what it finds constant
        self._open.pop()

    def _look(self, node: nodes.Node, file: str, known: frozenset[str], *, in_loop: bool) -> None:
        """Look a part of a template through, and all parts of it."""
        place = (file, node.lineno)
        if problem := _problem(node, known, in_loop=in_loop):
            raise _wrong(place, problem)
        if isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const):
            self.take(str(node.template.value), place, known, in_loop=in_loop)
        elif isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
            for part in (node.iter, *node.else_):
                self._look(part, file, known, in_loop=in_loop)
            for part in node.body:
                self._look(part, file, known | {node.target.name}, in_loop=True)
        else:
            for part in node.iter_child_nodes():
                self._look(part, file, known, in_loop=in_loop)

    def _read(self, name: str, place: Place) -> None:
        if not _NAME.fullmatch(name):
            raise _wrong(place, f"'{name}' is no name of a template, such as rules.md.j2")
        for folder in self.folders:
            file = folder / name
            if file.is_file():
                self.sources[name], self._files[name] = _text(file, folder), str(file)
                return
        raise _wrong(place, f"there is no {name} in {self.folders[0]}")


def _parsed(text: str, file: str) -> nodes.Template:
    try:
        return _environment({}).parse(text)
    except TemplateSyntaxError as error:
        raise _wrong((file, error.lineno), (error.message or "it is no template").rstrip(".")) from error
    except RecursionError as error:
        raise _wrong((file, 1), _TOO_DEEP) from error


def _check_compiled(text: str, file: str) -> None:
    try:
        _environment({}).compile(text)
    except (RecursionError, SyntaxError) as error:  # of the Python that Jinja makes of it
        raise _wrong((file, 1), _TOO_DEEP) from error


def _problem(node: nodes.Node, known: Collection[str], *, in_loop: bool) -> str:
    """What is wrong with one part of a template, without its own parts."""
    match node:
        case nodes.Name(ctx="load") if node.name not in known:
            return f"there is no variable '{node.name}'; there is {', '.join(sorted(known)) or 'none'}"
        case nodes.Const() if not isinstance(node.value, str):
            return "only texts can be written out"
        case nodes.Filter():
            return _problem_of_filter(node)
        case nodes.Include() if not isinstance(node.template, nodes.Const) or node.ignore_missing:
            return "an include names its file, which has to be there"
        case nodes.For():
            return _problem_of_loop(node, in_loop=in_loop)
        case _ if not isinstance(node, _LET_IN):
            return f"{_called(node)} cannot be used in a prompt"
    return ""


def _problem_of_filter(node: nodes.Filter) -> str:
    if node.name not in FILTERS:
        return f"there is no filter '{node.name}'; there is {', '.join(FILTERS)}"
    simple = not (node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None)
    return "" if simple and len(node.args) <= FILTERS[node.name] else f"'{node.name}' takes less"


def _problem_of_loop(node: nodes.For, *, in_loop: bool) -> str:
    if in_loop:
        return "a loop within a loop cannot be used in a prompt"
    simple = isinstance(node.target, nodes.Name) and node.test is None and not node.recursive
    return "" if simple else "only {% for NAME in VARIABLE %} can be used in a prompt"


def _called(node: nodes.Node) -> str:
    """What a part of a template is called."""
    words = {"Getattr": "an attribute", "Getitem": "an item", "Call": "a call", "Assign": "an assignment"}
    name = type(node).__name__
    return words.get(name, f"'{name.lower()}'")


def _text(file: Traversable | Path, folder: Traversable | Path) -> str:
    if isinstance(file, Path) and isinstance(folder, Path) and file.resolve().parent != folder.resolve():
        raise _wrong((str(file), 1), "it is a link out of its folder")
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST + 1)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong((str(file), 1), f"it cannot be read: {error}") from error
    if len(content) > LONGEST:
        raise _wrong((str(file), 1), f"it has more than {LONGEST} bytes")
    return text


def _wrong(place: Place, problem: str) -> ConfigError:
    return ConfigError(f"{place[0]}:{place[1]}: {problem}.")
