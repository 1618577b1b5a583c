"""The edges that leave one function: its events, and those of its macros, given their meaning."""

import re

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.describe import PASTE
from ankus_code_graph.extract.facts import Event, Expression, Role
from ankus_code_graph.resolve.gather import Gatherer
from ankus_code_graph.resolve.index import FunctionDefinition, MacroDefinition
from ankus_code_graph.resolve.links import Effects, Links, alias_of, needs_arguments
from ankus_code_graph.resolve.scope import CHOSEN, Scope
from ankus_code_graph.resolve.types import field_of, substituted

_DEEPEST = 12
"""How many macros may lie within one another."""
_PARAMETER = re.compile(r"(\w+)[\s*]+(\w+)\s*$")
_TAIL = re.compile(r"[A-Za-z_]\w*$")
_WRITE, _READ, _CALLED = int(Role.WRITE), int(Role.READ), int(Role.CALLED)


class Linker(Gatherer):
    """Gives meaning to events in one scope; made once a file, since macros are understood once."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._effects: dict[int, Effects] = {}
        self._open: set[int] = set()

    def link(self, events: list[Event]) -> Links:
        """The links of a function, a macro or an initializer with these events."""
        self.links = Links()
        self.scope.locals = {}
        for event in events:
            self._event(event, (), 1.0, event[1])
        return self.links

    def _know(self, types: dict[str, str], hidden: list[str]) -> None:
        """Take over a function's variables, also those that a macro in its parameters declares."""
        self.scope.locals = dict(types)
        for name in hidden:
            macro = self.scope.macro(name)
            found = None if macro is None else _PARAMETER.search(macro.text)
            if found is not None:
                self.scope.locals[found[2]] = found[1]

    def mentioned(self, macro: MacroDefinition) -> set[int]:
        """The macros and functions whose names stand in a macro's text."""
        found: set[int] = set()
        for event in macro.macro.events:
            if event[0] not in (facts.CALL, facts.REF) or event[2] == macro.macro.name:
                continue
            inner = self.scope.macros(event[2])
            found.update(one.id for one in inner)
            if not inner:
                found.update(one.id for one, _ in self.scope.functions(event[2]))
        return found

    def _event(self, event: Event, via: tuple[str, ...], confidence: float, line: int) -> None:
        kind = event[0]
        if kind == facts.CALL:
            self._call(event[2], event[3], event[4], via, confidence, line)
        elif kind == facts.FIELD:
            self.add_field(event[2], event[3], event[4], via, confidence, line)
        elif kind == facts.REF:
            self._name(event[2], event[3], via, confidence, line)
        elif kind == facts.TYPE:
            self.add_type(event[2], via, confidence, line)
        elif kind == facts.STORE:
            self._store(event[2], event[3], via, confidence, line)
        elif kind == facts.INDIRECT:
            self.links.indirect.append(f"{line}: {event[2]}")
        elif kind == facts.LOCALS:
            self._know(event[2], event[3])

    def _call(
        self,
        name: str,
        arguments: list[Expression],
        role: int,
        via: tuple[str, ...],
        confidence: float,
        line: int,
    ) -> None:
        macros = [] if name in via else self.scope.macros(name)  # a macro is not expanded within itself
        for macro in macros:
            sure = confidence if len(macros) == 1 else min(confidence, CHOSEN)
            self._use(macro, arguments, via, sure, line)
            if role != _READ:
                self._role_of(substituted(macro.macro.value, arguments), role, (*via, name), line)
        if any(not macro.macro.condition for macro in macros):
            return
        rule = "macro" if via else "direct"
        functions = self.scope.functions(name)
        if macros:  # where the macro is not defined, a function of this file may be
            functions = [one for one in functions if one[0].path == self.scope.path]
        for found, sure in functions:
            origin = "template" if found.source and not via else rule
            self.add("CALLS", found.id, origin, min(sure, confidence), via, line)
        if functions or macros:
            return
        variable = self.scope.variable(name)
        if variable is not None:
            self.add("DISPATCHES", variable[0].id, rule, min(variable[1], confidence), via, line)
        elif self.scope.struct(name) is not None:
            self.add_type(name, via, confidence, line)
        elif name not in self.scope.index.typedefs:
            self.links.external.add(name)

    def _use(
        self,
        macro: MacroDefinition,
        arguments: list[Expression] | None,
        via: tuple[str, ...],
        confidence: float,
        line: int,
    ) -> None:
        """A macro stands in the text; `arguments` is None where it stands without parentheses."""
        if macro.params is not None and arguments is None:
            return
        name = macro.macro.name
        if not via:
            self.add("EXPANDS", macro.id, "direct", confidence, (), line)
        if len(via) >= _DEEPEST:
            return
        inner = (*via, name)
        alias = alias_of(macro)
        if alias is not None:
            if alias != name and arguments is None:
                self._name(alias, _READ, inner, confidence, line)
            elif alias != name and arguments is not None:
                self._call(alias, arguments, _READ, inner, confidence, line)
            return
        self._apply(self._understood(macro), arguments or [], via, confidence, line)
        if macro.params is None and arguments is not None:
            self._call_tail(macro, arguments, inner, confidence, line)

    def _call_tail(
        self,
        macro: MacroDefinition,
        arguments: list[Expression],
        via: tuple[str, ...],
        confidence: float,
        line: int,
    ) -> None:
        """A macro without parameters before a parenthesis: what its text ends with is called."""
        name = macro.macro.name
        target = self.scope.expanded_name(name)
        if target == name:
            found = _TAIL.search(macro.text)
            target = found[0] if found else name
        if target != name:
            self._call(target, arguments, _READ, via, confidence, line)

    def _apply(
        self,
        effects: Effects,
        arguments: list[Expression],
        via: tuple[str, ...],
        confidence: float,
        line: int,
    ) -> None:
        for (label, end, _), rule, sure, chain in effects.closed:
            self.add(label, end, rule, min(sure, confidence), (*via, *chain), line)
        for start, end, sure, chain in effects.points:
            self.add_point(start, end, min(sure, confidence), (*via, *chain), line)
        self.links.external |= effects.external
        self.links.indirect += [f"{line}: {text}" for text in effects.indirect]
        for event, chain, sure in effects.open:
            self._with_arguments(event, arguments, (*via, *chain), min(sure, confidence), line)

    def _understood(self, macro: MacroDefinition) -> Effects:
        """What a macro does, in this scope; understood once."""
        known = self._effects.get(macro.id)
        if known is not None:
            return known
        if macro.id in self._open or len(self._open) > _DEEPEST:
            return Effects([], [], set(), [], [])
        outer, self.links = self.links, Links()
        users, self.scope.locals = self.scope.locals, {}  # what a macro does hangs on no single user
        self._open.add(macro.id)
        pending: list[tuple[Event, tuple[str, ...], float]] = []
        chain = (macro.macro.name,)
        for event in macro.macro.events:
            if needs_arguments(event, macro) or self._may_be_local(event):
                pending.append((event, chain, 1.0))
            else:
                self._event(event, chain, 1.0, 0)
        self._open.discard(macro.id)
        found, self.links = self.links, outer
        self.scope.locals = users
        effects = Effects(
            [(key, link.rule, link.confidence, link.via) for key, link in found.edges.items()],
            [(start, end, link.confidence, link.via) for (start, end), link in found.points.items()],
            found.external,
            [text.partition(": ")[2] for text in found.indirect],
            pending,
        )
        self._effects[macro.id] = effects
        return effects

    def _may_be_local(self, event: Event) -> bool:
        """Whether a macro's event hangs on a name that its user may declare."""
        if event[0] == facts.REF:
            return self.scope.variable(event[2]) is not None
        place = event[2]
        if event[0] not in (facts.FIELD, facts.STORE):
            return False
        while isinstance(place, list) and place[0] in (facts.MEMBER, facts.NTH):
            place = place[1]
        return isinstance(place, list) and place[0] == facts.NAME and not self.scope.macros(place[1])

    def _with_arguments(
        self, event: Event, arguments: list[Expression], via: tuple[str, ...], confidence: float, line: int
    ) -> None:
        """An event of a macro whose meaning depends on the macro's arguments."""
        kind = event[0]
        if kind == facts.CALL:
            name = self._pasted(event[2], arguments, via)
            if name:
                given = [substituted(one, arguments) for one in event[3]]
                self._call(name, given, event[4], via, confidence, line)
        elif kind == facts.FIELD:
            name = self._pasted(event[3], arguments, via)
            if name:
                self.add_field(substituted(event[2], arguments), name, event[4], via, confidence, line)
        elif kind == facts.DECLARE:
            self._declare(event, arguments)
        elif kind == facts.REF or kind == facts.TYPE:
            name = self._pasted(event[2], arguments, via)
            if name and kind == facts.REF:
                self._name(name, event[3], via, confidence, line)
            elif name:
                self.add_type(name, via, confidence, line)
        elif kind == facts.STORE:
            self._store(substituted(event[2], arguments), event[3], via, confidence, line)
        elif kind == facts.PCALL:
            called = arguments[event[2]] if event[2] < len(arguments) else None
            self._call_of(called, [substituted(one, arguments) for one in event[3]], via, confidence, line)
        elif kind == facts.PREF:
            self._role_of(arguments[event[2]] if event[2] < len(arguments) else None, event[3], via, line)

    def _declare(self, event: Event, arguments: list[Expression]) -> None:
        """A macro declares a variable whose name is its argument."""
        named = arguments[event[2]] if event[2] < len(arguments) else None
        known = substituted(event[3], arguments)
        if named is not None and named[0] == facts.NAME and known is not None:
            self.scope.locals[named[1]] = known[1]

    def _pasted(self, name: str, arguments: list[Expression], via: tuple[str, ...]) -> str:
        """A name that ## makes, where the arguments are names."""
        if PASTE not in name:
            return name
        macro = self.scope.macro(via[-1])
        params = [] if macro is None else macro.params or []
        parts = []
        for part in name.split(PASTE):
            if part in params:
                position = params.index(part)
                given = arguments[position] if position < len(arguments) else None
                if given is None or given[0] != facts.NAME:
                    return ""
                part = given[1]
            parts.append(part)
        return "".join(parts)

    def _call_of(
        self,
        called: Expression,
        arguments: list[Expression],
        via: tuple[str, ...],
        confidence: float,
        line: int,
    ) -> None:
        if called is not None and called[0] == facts.NAME:
            self._call(called[1], arguments, _READ, via, confidence, line)
        elif called is not None and called[0] == facts.MEMBER:
            self.add_field(called[1], called[2], _CALLED, via, confidence, line)
        else:
            self.links.indirect.append(f"{line}: {via[-1]}")

    def _role_of(self, given: Expression, role: int, via: tuple[str, ...], line: int) -> None:
        if given is not None and given[0] == facts.NAME:
            self._name(given[1], role, via, 1.0, line)
        elif given is not None and given[0] == facts.MEMBER:
            self.add_field(given[1], given[2], role, via, 1.0, line)

    def _name(self, name: str, role: int, via: tuple[str, ...], confidence: float, line: int) -> None:
        """A name that is not called: a macro, a variable, a function's address, a value of an enum."""
        if name in self.scope.locals:
            return
        macros = [] if name in via else self.scope.macros(name)
        if macros:
            for macro in macros:
                sure = confidence if len(macros) == 1 else min(confidence, CHOSEN)
                self._use(macro, None, via, sure, line)
                if role & _WRITE and macro.params is None:
                    self._role_of(macro.macro.value, role, (*via, name), line)
            return
        rule = "macro" if via else "direct"
        variable = self.scope.variable(name)
        if variable is not None:
            self.add_variable(variable[0].id, variable[0].variable.array, role, rule, variable[1], via, line)
            return
        for found, sure in self.scope.functions(name):
            self.add("ADDRESSES", found.id, rule, min(sure, confidence), via, line)
            return
        enum = self.scope.enumeration(name)
        if enum is not None:
            self.add("USES_TYPE", enum.id, rule, confidence, via, line)
        else:
            self.add_type(name, via, confidence, line)

    def _store(
        self, place: Expression, name: str, via: tuple[str, ...], confidence: float, line: int
    ) -> None:
        if self.scope.macros(name):
            name = self.scope.expanded_name(name)
        functions: list[tuple[FunctionDefinition, float]] = self.scope.functions(name)
        if not functions or self.scope.variable(name) is not None:
            return
        start: int | None = None
        if place is not None and place[0] == facts.NAME:
            variable = self.scope.variable(place[1])
            start = None if variable is None else variable[0].id
        else:
            found = field_of(place, self.scope)
            start = None if found is None else found[1].id
        if start is not None:
            for function, sure in functions:
                self.add_point(start, function.id, min(sure, confidence), via, line)
