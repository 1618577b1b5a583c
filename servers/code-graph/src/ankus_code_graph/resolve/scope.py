"""What a name means in one file: by what the file can see, and else by what would be linked with it."""

from dataclasses import dataclass, field

from ankus_code_graph.resolve.conditions import PLATFORM, judge
from ankus_code_graph.resolve.expand import TooLong, expand
from ankus_code_graph.resolve.index import (
    EnumDefinition,
    FunctionDefinition,
    GlobalDefinition,
    Index,
    MacroDefinition,
    StructDefinition,
)
from ankus_code_graph.resolve.tree import Tree, is_foreign, nearness

CERTAIN, CHOSEN, GUESSED, BY_NAME = 1.0, 0.9, 0.7, 0.6
_MOST_TYPEDEFS = 12
Found = tuple[FunctionDefinition, float]


@dataclass(slots=True)
class Environment:
    """Macros that hold for one inclusion of a template header."""

    macros: dict[str, MacroDefinition] = field(default_factory=dict)
    undefined: frozenset[str] = frozenset()
    """Names that the template takes as parameters: not defined where `macros` lacks them."""


class Scope:
    """The names of one file.

    Args:
        path: The file.
        environment: For the text of a template header, what its includer defined.
    """

    def __init__(self, tree: Tree, index: Index, path: str, environment: Environment | None = None) -> None:
        self.tree = tree
        self.index = index
        self.path = path
        self.mask = tree.scopes[path]
        self.certain = tree.visible[path]
        self.environment = environment or Environment()
        self._hidden = frozenset(tree.files[path].undefined)
        self._macros: dict[str, list[MacroDefinition]] = {}
        self._functions: dict[str, list[Found]] = {}
        self._structs: dict[str, StructDefinition | None] = {}
        self._defined: dict[str, bool | None] = {}
        self._names: dict[str, str] = {}
        self.locals: dict[str, str] = {}
        """Types of the variables that macros declared in the function that is being linked."""

    def sees(self, path: str) -> bool:
        """Whether a file is this one or is included."""
        return bool(self.mask >> self.tree.number[path] & 1)

    def holds(self, condition: str) -> bool | None:
        """Whether a condition holds here; None where it depends on the configuration."""
        return judge(condition, self.defined)

    def defined(self, name: str) -> bool | None:
        """Whether a macro is defined here."""
        if name in self.environment.macros:
            return True
        if name in PLATFORM:
            return PLATFORM[name]
        if name in self.environment.undefined:
            return False
        if name not in self._defined:
            self._defined[name] = self._is_defined(name)
        return self._defined[name]

    def _is_defined(self, name: str) -> bool | None:
        known = self.index.macros.get(name)
        if not known:
            return None
        seen = [one for one in known if self.sees(one.path)]
        if not seen:
            return False
        guard = f"!defined({name})"
        for one in seen:
            certain = self.certain >> self.tree.number[one.path] & 1
            if certain and (
                one.macro.condition in ("", guard) or one.macro.condition.startswith(f"{guard} &&")
            ):
                return True
        return None

    def macros(self, name: str) -> list[MacroDefinition]:
        """The definitions of a macro that may hold here: those that this file sees."""
        given = self.environment.macros.get(name)
        if given is not None:
            return [given]
        found = self._macros.get(name)
        if found is None:
            found = self._macros[name] = self._seen_macros(name)
        return found

    def _seen_macros(self, name: str) -> list[MacroDefinition]:
        known = self.index.macros.get(name)
        if not known or name in self._hidden:
            return []
        own = [one for one in known if one.path == self.path]
        seen = own or [one for one in known if self.sees(one.path)]
        if not seen and name.isupper() and name not in self.index.functions:
            seen = [one for one in known if one.path.endswith(".h")]
            if len({one.path for one in seen}) > 1:
                nearest = max(seen, key=lambda one: (nearness(one.path, self.path), one.path)).path
                seen = [one for one in seen if one.path == nearest]
        return [one for one in seen if self._may_hold(one)]

    def _may_hold(self, one: MacroDefinition) -> bool:
        """Whether a definition's condition may be true; #ifndef of the name itself says nothing."""
        name = one.macro.name
        own = judge(one.macro.condition, lambda other: None if other == name else self.defined(other))
        return own is not False

    def macro(self, name: str) -> MacroDefinition | None:
        """The one definition that is most likely to hold here."""
        found = self.macros(name)
        return found[-1 if found and found[0].path == self.path else 0] if found else None

    def expanded_name(self, name: str) -> str:
        """What a name becomes when its macros are expanded, where that is a name again."""
        known = self._names.get(name)
        if known is None:
            try:
                text = expand(name, self.macro).strip()
            except (TooLong, RecursionError):
                text = name
            known = self._names[name] = text if text.replace("_", "a").isalnum() else name
        return known

    def functions(self, name: str) -> list[Found]:
        """The functions that a call of this name means here, with the confidence of each."""
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = self._meant_functions(name)
        return found

    def _meant_functions(self, name: str) -> list[Found]:
        known = self.index.functions.get(name)
        if not known:
            return []
        possible = [one for one in known if self.holds(one.function.condition) is not False] or known
        own = [one for one in possible if one.path == self.path]
        if own:
            return [(one, CERTAIN if len(own) == 1 else CHOSEN) for one in own]
        seen = [one for one in possible if one.function.static and self.sees(one.path)]
        if seen:
            nearest = max(seen, key=self._reach)
            alike = [one for one in seen if one.path == nearest.path]
            return [(one, CERTAIN if len(seen) == 1 else CHOSEN) for one in alike]
        return self._linked([one for one in possible if not one.function.static])

    def _reach(self, one: FunctionDefinition) -> tuple[bool, int, str]:
        """Of static functions in headers the likeliest: included for sure, near."""
        certain = bool(self.certain >> self.tree.number[one.path] & 1)
        return certain, nearness(one.path, self.path), one.path

    def _linked(self, candidates: list[FunctionDefinition]) -> list[Found]:
        """Which of several functions of one name a linker would take: that of the same program."""
        if len(candidates) < 2:
            return [(one, CERTAIN) for one in candidates]
        mine = self.tree.preludes[self.path]
        groups = [frozenset({one}) for one in sorted(mine)] if len(mine) > 1 else [mine]
        chosen: dict[int, Found] = {}
        for group in groups:
            alike = [one for one in candidates if self.tree.preludes[one.path] & group]
            for found, sure in self._nearest(alike or candidates, bool(alike)):
                known = chosen.get(found.id)
                if known is None or known[1] < sure:
                    chosen[found.id] = found, sure
        return list(chosen.values())

    def _nearest(self, candidates: list[FunctionDefinition], same_program: bool) -> list[Found]:
        def near(one: FunctionDefinition) -> tuple[bool, int, bool]:
            native = is_foreign(one.path) <= is_foreign(self.path)
            return native, nearness(one.path, self.path), not one.function.condition

        best = max(near(one) for one in candidates)
        nearest = sorted((one for one in candidates if near(one) == best), key=lambda one: (one.path, one.id))
        same_file = [one for one in nearest if one.path == nearest[0].path]
        return [(one, CHOSEN if same_program and len(nearest) == 1 else GUESSED) for one in same_file]

    def variable(self, name: str) -> tuple[GlobalDefinition, float] | None:
        """The variable at file level that a name means here."""
        known = self.index.globals.get(name)
        if not known:
            return None
        own = [one for one in known if one.path == self.path]
        seen = own or [one for one in known if not one.variable.static or self.sees(one.path)]
        if not seen or not (own or any(self.sees(path) for path in self.index.declared[name])):
            return None  # C knows no variable that is not declared: the name is a local one of a macro's user
        mine = self.tree.preludes[self.path]

        def near(one: GlobalDefinition) -> tuple[bool, int, bool, str]:
            kin = bool(self.tree.preludes[one.path] & mine)
            return kin, nearness(one.path, self.path), not one.variable.condition, one.path

        return max(seen, key=near), CERTAIN if len(seen) == 1 else CHOSEN

    def enumeration(self, value: str) -> EnumDefinition | None:
        """The enum that a value belongs to."""
        return self._visible(self.index.values.get(value, []))

    def named_enum(self, type_: str) -> EnumDefinition | None:
        """The enum that a type's name means."""
        return self._visible(self.index.enums.get(type_.removeprefix("struct "), []))

    def _visible(self, known: list[EnumDefinition]) -> EnumDefinition | None:
        seen = [one for one in known if self.sees(one.path)] or (known if len(known) == 1 else [])
        return (
            max(seen, key=lambda one: (one.path == self.path, nearness(one.path, self.path)))
            if seen
            else None
        )

    def struct(self, type_: str) -> StructDefinition | None:
        """The struct or union that a type's name means, through typedefs."""
        if type_ not in self._structs:
            self._structs[type_] = self.struct_in(type_, self.path)
        return self._structs[type_]

    def struct_in(self, type_: str, path: str) -> StructDefinition | None:
        for _ in range(_MOST_TYPEDEFS):
            if type_.startswith("struct "):
                return self._tagged(type_.removeprefix("struct "), path)
            known = self.index.typedefs.get(type_)
            if not known:
                name = self.expanded_name(type_)
                if name == type_:
                    return None
                type_ = name
                continue
            path, type_ = self._best_typedef(known)
            if not type_:
                return None
        return None

    def _best_typedef(self, known: list[tuple[str, str]]) -> tuple[str, str]:
        return max(known, key=lambda one: (self.sees(one[0]), bool(one[1]), nearness(one[0], self.path), one))

    def _tagged(self, tag: str, path: str) -> StructDefinition | None:
        if tag.startswith("@"):  # made up, so it is the file's own
            own = [one for one in self.index.files[path].structs if one.struct.tag == tag]
            return own[0] if own else None
        known = self.index.structs.get(tag) or self.index.structs.get(self.expanded_name(tag))
        if not known:
            return None
        return max(
            known,
            key=lambda one: (
                one.path == self.path,
                self.sees(one.path),
                nearness(one.path, self.path),
                one.path,
            ),
        )

    def result(self, function: str) -> str:
        """The name of the type that a function returns; "" where it is not known."""
        for found, _ in self.functions(function):
            return found.function.returns
        prototypes = self.index.typedefs.get(f"{function}()")
        return self._best_typedef(prototypes)[1] if prototypes else ""
