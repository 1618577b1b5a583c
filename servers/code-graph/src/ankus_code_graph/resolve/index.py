"""The definitions of a tree by name."""

from collections import defaultdict
from dataclasses import dataclass

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.facts import Facts, Field, Function, Global, Macro, Origin, Struct
from ankus_code_graph.model import graph_id


@dataclass(slots=True, eq=False)
class FunctionDefinition:
    """A function with its id; `path` is the file that it belongs to."""

    id: int
    path: str
    function: Function
    origin: Origin = Origin.SOURCE
    source: str = ""
    """For one of a template: where its text stands, as `file:line`."""


@dataclass(slots=True, eq=False)
class MacroDefinition:
    """A macro with its id."""

    id: int
    path: str
    macro: Macro

    @property
    def params(self) -> list[str] | None:
        """Its parameters; None for one without parentheses."""
        return self.macro.params

    @property
    def text(self) -> str:
        """What it stands for."""
        return self.macro.text


@dataclass(slots=True, eq=False)
class FieldDefinition:
    """A field with its id."""

    id: int
    field: Field


@dataclass(slots=True, eq=False)
class StructDefinition:
    """A struct or union with its fields by name."""

    id: int
    path: str
    name: str
    struct: Struct
    fields: dict[str, FieldDefinition]


@dataclass(slots=True, eq=False)
class GlobalDefinition:
    """A variable at file level."""

    id: int
    path: str
    variable: Global


@dataclass(slots=True, eq=False)
class EnumDefinition:
    """An enum."""

    id: int
    path: str
    name: str
    enum: facts.Enum


class Numbers:
    """Counts things of one name in one file, so that each has an identity of its own."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], int] = {}

    def id(self, label: str, path: str, name: str) -> int:
        """The id of the next thing of that name."""
        key = (label, path, name)
        number = self._seen[key] = self._seen.get(key, -1) + 1
        return graph_id(label, path, name, str(number)) if number else graph_id(label, path, name)


class FileIndex:
    """The definitions of one file, with their ids."""

    def __init__(self, path: str, found: Facts) -> None:
        numbers = Numbers()
        self.path = path
        self.numbers = numbers
        self.functions = [
            FunctionDefinition(numbers.id("Function", path, one.name), path, one) for one in found.functions
        ]
        self.macros = [
            MacroDefinition(numbers.id("Macro", path, one.name), path, one) for one in found.macros
        ]
        self._named: dict[str, int] = {}
        outer_first = sorted(found.structs, key=lambda one: (bool(one.outer), one.line))
        self.structs = [self._struct(one) for one in outer_first]
        self.enums = [self._enum(one) for one in found.enums]
        self.globals = [
            GlobalDefinition(numbers.id("GlobalVar", path, one.name), path, one)
            for one in found.globals
            if one.defined
        ]

    def _struct(self, one: Struct) -> StructDefinition:
        name = one.outer or struct_name(one.tag, one.typedefs)
        identity = (
            self._named[one.outer] if one.outer in self._named else self.numbers.id("Struct", self.path, name)
        )
        if not one.outer:
            self._named[name] = identity
        fields: dict[str, FieldDefinition] = {}
        for field in one.fields:
            if field.name and field.name not in fields:
                known = FieldDefinition(
                    graph_id("Field", self.path, one.tag, str(identity), field.name), field
                )
                fields[field.name] = known
        return StructDefinition(identity, self.path, name, one, fields)

    def _enum(self, one: facts.Enum) -> EnumDefinition:
        name = struct_name(one.tag, one.typedefs)
        return EnumDefinition(self.numbers.id("Enum", self.path, name), self.path, name, one)


def struct_name(tag: str, typedefs: list[str]) -> str:
    """What a struct or an enum is called: its tag, or else its typedef, or else where it stands."""
    return typedefs[0] if tag.startswith("@") and typedefs else tag


class Index:
    """All definitions of a tree."""

    def __init__(self, files: dict[str, Facts]) -> None:
        self.files = {path: FileIndex(path, found) for path, found in files.items()}
        self.functions: dict[str, list[FunctionDefinition]] = defaultdict(list)
        self.macros: dict[str, list[MacroDefinition]] = defaultdict(list)
        self.structs: dict[str, list[StructDefinition]] = defaultdict(list)
        """By tag, also the tags that were made up."""
        self.enums: dict[str, list[EnumDefinition]] = defaultdict(list)
        """By tag and by typedef."""
        self.values: dict[str, list[EnumDefinition]] = defaultdict(list)
        self.globals: dict[str, list[GlobalDefinition]] = defaultdict(list)
        self.fields: dict[str, list[tuple[StructDefinition, FieldDefinition]]] = defaultdict(list)
        self.typedefs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """Path and target by name; the results of prototypes by `name()`."""
        for path in sorted(files):
            self._add(self.files[path], files[path])

    def _add(self, own: FileIndex, found: Facts) -> None:
        for function in own.functions:
            self.functions[function.function.name].append(function)
        for macro in own.macros:
            self.macros[macro.macro.name].append(macro)
        for variable in own.globals:
            self.globals[variable.variable.name].append(variable)
        for struct in own.structs:
            self.structs[struct.struct.tag].append(struct)
            for name, field in struct.fields.items():
                self.fields[name].append((struct, field))
        for enum in own.enums:
            for name in {enum.enum.tag, *enum.enum.typedefs}:
                self.enums[name].append(enum)
            for name in enum.enum.values:
                self.values[name].append(enum)
        for name, target in found.typedefs.items():
            self.typedefs[name].append((own.path, target))
