"""Functions whose text stands elsewhere: instances of template headers, definitions that macros make.

PostgreSQL's lib/simplehash.h is a template: it defines functions whose names are macros, made of a prefix
that each includer defines. PG_FUNCTION_INFO_V1(name) is a macro that expands into a definition.
"""

import msgspec

from ankus_code_graph.extract.facts import Facts, Function, Macro, Origin, TopCall, no_facts
from ankus_code_graph.extract.grammar import parser
from ankus_code_graph.extract.macros import defines_functions
from ankus_code_graph.extract.tree import Reader
from ankus_code_graph.resolve.expand import TooLong, expand
from ankus_code_graph.resolve.index import FunctionDefinition, Index, MacroDefinition
from ankus_code_graph.resolve.scope import Environment, Scope
from ankus_code_graph.resolve.tree import Tree

_DEEPEST = 3
_parser = parser()
_decoder = msgspec.json.Decoder(Facts)


class Instances:
    """Finds such functions and adds them to the index."""

    def __init__(self, tree: Tree, index: Index) -> None:
        self.tree = tree
        self.index = index
        self.scopes: dict[int, Scope] = {}
        """For each instance of a template, by id: the scope that its text is to be understood in."""
        self.made: dict[str, list[FunctionDefinition]] = {}
        """The functions of each file that stand elsewhere."""
        self._expansions = Expansions()
        self.templates = {path for path in tree.paths if self._is_template(path)}

    def find_all(self) -> None:
        """Find those of every file; functions of template headers are then no functions by themselves."""
        for path in self.tree.paths:
            self._of_file(path)
        for path in self.templates:
            for one in self.index.files[path].functions:
                if self._named_by_macro(path, one.function.name):
                    self.index.functions[one.function.name].remove(one)
            own = self.index.files[path]
            own.functions = [
                one for one in own.functions if not self._named_by_macro(path, one.function.name)
            ]

    def _of_file(self, path: str) -> None:
        found: list[FunctionDefinition] = []
        before: dict[str, int] = {}
        for target, line, _ in self.tree.includes[path]:
            if target in self.templates:
                found += self._instances(path, target, before.get(target, 0), line)
                before[target] = line
        if self.tree.files[path].calls:
            found += self._expanded(path)
        if found:
            self.made[path] = found
            for one in found:
                self.index.functions[one.function.name].append(one)

    def _is_template(self, path: str) -> bool:
        if not self.tree.includers.get(path):
            return False
        return any(self._named_by_macro(path, one.name) for one in self.tree.files[path].functions)

    def _named_by_macro(self, path: str, name: str) -> bool:
        known = self.index.macros.get(name, ())
        users = self.tree.includers.get(path, [])
        return any(
            one.params is None and one.text and (one.path == path or one.path in users) for one in known
        )

    def _instances(self, path: str, target: str, after: int, line: int) -> list[FunctionDefinition]:
        """The functions that an inclusion at a line makes; `after` is the line of the one before."""
        environment = self._environment(path, target, after, line)
        scope = Scope(self.tree, self.index, path, environment)
        found = []
        for one in self.index.files[target].functions:
            function = one.function
            if scope.holds(function.condition) is False or not self._named_by_macro(target, function.name):
                continue
            name = scope.expanded_name(function.name)
            if name == function.name:
                continue
            identity = self.index.files[path].numbers.id("Function", path, name)
            instance = _renamed(function, name, line, _is_static(function, scope))
            made = FunctionDefinition(identity, path, instance, Origin.TEMPLATE, f"{target}:{function.line}")
            self.scopes[identity] = scope
            found.append(made)
        return found

    def _environment(self, path: str, target: str, after: int, line: int) -> Environment:
        undefined = frozenset(self.tree.files[target].undefined)
        macros = {one.macro.name: one for one in self.index.files[target].macros}
        for one in self.index.files[path].macros:
            taken = one.macro.name in undefined and one.macro.line <= after
            if one.macro.line < line and not taken:
                macros[one.macro.name] = one
        return Environment(macros, undefined)

    def _expanded(self, path: str) -> list[FunctionDefinition]:
        """The functions that macros at file level expand into."""
        scope = Scope(self.tree, self.index, path)
        found = []
        for function in self._expansions.definitions(self.tree.files[path].calls, scope):
            identity = self.index.files[path].numbers.id("Function", path, function.name)
            found.append(FunctionDefinition(identity, path, function, Origin.MACRO))
        return found


class Expansions:
    """What calls of macros at file level expand into.

    A macro is used in hundreds of places with another name each: it is expanded and parsed once, with
    stand-ins for its arguments, and these are replaced.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bytes] = {}

    def definitions(self, calls: list[TopCall], scope: Scope, depth: int = _DEEPEST) -> list[Function]:
        """The functions that the calls make, each at the line of its call."""
        found: list[Function] = []
        for call in calls:
            macro = scope.macro(call.name)
            if macro is None or not _makes_definitions(macro.macro, scope, depth):
                continue
            made = self._made(call, macro, scope)
            for function in made.functions:
                function.line = function.end = call.line
                function.condition = call.condition
                for event in function.events:
                    event[1] = call.line
                found.append(function)
            nested = [one for one in made.calls if one.name != call.name]
            for one in nested:
                one.line, one.condition = call.line, call.condition
            found += self.definitions(nested, scope, depth - 1) if depth else []
        return found

    def _made(self, call: TopCall, macro: MacroDefinition, scope: Scope) -> Facts:
        plain = all(one.isidentifier() and scope.macro(one) is None for one in call.arguments)
        if not plain:
            return _parsed(call, call.arguments, macro, scope)
        stand_ins = [f"ANKUS_ARGUMENT_{number}_" for number in range(len(call.arguments))]
        key = (macro.id, len(stand_ins))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = msgspec.json.encode(_parsed(call, stand_ins, macro, scope))
        for stand_in, argument in zip(stand_ins, call.arguments, strict=True):
            known = known.replace(stand_in.encode(), argument.encode())
        return _decoder.decode(known)


def _parsed(call: TopCall, arguments: list[str], macro: MacroDefinition, scope: Scope) -> Facts:
    """The facts of what one call expands into; none where it has no end."""
    made = no_facts()
    text = f"{call.name}({', '.join(arguments)})"
    try:
        expanded = _expanded_outside(expand(text, {call.name: macro}.get), scope)
    except (TooLong, RecursionError):
        return made
    data = expanded.encode()
    Reader(data, made, offset=0).read(_parser.parse(data).root_node)
    return made


def _expanded_outside(text: str, scope: Scope) -> str:
    """The text with the macros outside of braces expanded: names and types, but no bodies."""
    parts = []
    depth = start = 0
    for place, char in enumerate(text):
        if char == "{" and depth == 0:
            parts.append(expand(text[start:place], scope.macro))
            start = place
        depth += (char == "{") - (char == "}")
        if char == "}" and depth == 0:
            parts.append(text[start : place + 1])
            start = place + 1
    return "".join([*parts, expand(text[start:], scope.macro)])


def _makes_definitions(macro: Macro, scope: Scope, depth: int) -> bool:
    """Whether a macro's text, or that of a macro that it is made of, holds a definition."""
    if defines_functions(macro):
        return True
    if not depth or macro.params is None:
        return False
    names = {event[2] for event in macro.events if event[0] == 0}
    return any(
        inner.macro is not macro and _makes_definitions(inner.macro, scope, depth - 1)
        for name in names
        for inner in scope.macros(name)
    )


def _renamed(function: Function, name: str, line: int, static: bool) -> Function:
    return Function(
        name,
        line,
        line,
        static,
        function.inline,
        function.signature.replace(function.name, name),
        function.returns,
        "",
        function.comment,
        function.events,
    )


def _is_static(function: Function, scope: Scope) -> bool:
    if function.static:
        return True
    head = function.signature.partition("(")[0].split()
    try:
        return any("static" in expand(word, scope.macro).split() for word in head if word.isidentifier())
    except (TooLong, RecursionError):
        return True
