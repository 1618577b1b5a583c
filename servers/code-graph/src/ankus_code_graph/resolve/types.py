"""The struct that an expression is of, or points to."""

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.facts import Expression
from ankus_code_graph.resolve.index import FieldDefinition, StructDefinition
from ankus_code_graph.resolve.scope import Scope

_MOST_STEPS = 24


def substituted(expression: Expression, arguments: list[Expression]) -> Expression:
    """The expression with a macro's arguments in the places of its parameters."""
    if expression is None:
        return None
    kind = expression[0]
    if kind == facts.PARAM:
        return arguments[expression[1]] if expression[1] < len(arguments) else None
    if kind == facts.PARAM_TYPE:
        given = arguments[expression[1]] if expression[1] < len(arguments) else None
        return [facts.TYPED, given[1]] if given is not None and given[0] == facts.NAME else None
    if kind in (facts.MEMBER, facts.NTH):
        return [kind, substituted(expression[1], arguments), expression[2]]
    if kind == facts.RESULT:
        return [kind, expression[1], [substituted(one, arguments) for one in expression[2]]]
    return expression


def struct_of(expression: Expression, scope: Scope, steps: int = _MOST_STEPS) -> StructDefinition | None:
    """The struct of an expression; None where the text does not tell."""
    if expression is None or not steps:
        return None
    kind = expression[0]
    if kind == facts.TYPED:
        return scope.struct(expression[1])
    if kind in (facts.MEMBER, facts.NTH):
        field = field_of(expression, scope, steps - 1)
        return None if field is None else _field_struct(field, scope)
    if kind == facts.NAME:
        return _name_struct(expression[1], scope, steps)
    if kind == facts.RESULT:
        return _result_struct(expression, scope, steps)
    return None


def _name_struct(name: str, scope: Scope, steps: int) -> StructDefinition | None:
    if name in scope.locals:
        return scope.struct(scope.locals[name])
    for macro in scope.macros(name):
        if macro.params is None:
            return struct_of(macro.macro.value, scope, steps - 1)
    variable = scope.variable(name)
    return None if variable is None else scope.struct(variable[0].variable.type)


def _result_struct(expression: list[object], scope: Scope, steps: int) -> StructDefinition | None:
    name, arguments = str(expression[1]), expression[2]
    assert isinstance(arguments, list)
    for macro in scope.macros(name):
        value = macro.macro.value
        if value is not None:
            found = struct_of(substituted(value, arguments), scope, steps - 1)
            if found is not None:
                return found
    returned = scope.result(name)
    if returned:
        return scope.struct(returned)
    return scope.struct(name)  # `(Type) (value)` reads like a call


def field_of(
    expression: Expression, scope: Scope, steps: int = _MOST_STEPS
) -> tuple[StructDefinition, FieldDefinition] | None:
    """The field that `base.field`, or a place in an initializer, means."""
    if expression is None or expression[0] not in (facts.MEMBER, facts.NTH):
        return None
    struct = struct_of(expression[1], scope, steps - 1)
    if struct is None:
        return None
    if expression[0] == facts.NTH:
        return _nth(struct, expression[2])
    return find_field(struct, expression[2], scope)


def _nth(struct: StructDefinition, position: int) -> tuple[StructDefinition, FieldDefinition] | None:
    fields = struct.struct.fields
    if position >= len(fields):
        return None
    found = struct.fields.get(fields[position].name)
    return None if found is None else (struct, found)


def find_field(
    struct: StructDefinition, name: str, scope: Scope, depth: int = 4
) -> tuple[StructDefinition, FieldDefinition] | None:
    """A struct's field by name, also of the anonymous structs and unions in it."""
    own = struct.fields.get(name)
    if own is not None:
        return struct, own
    for one in struct.struct.fields:
        if not one.name and depth:
            inner = scope.struct_in(one.type, struct.path)
            found = None if inner is None else find_field(inner, name, scope, depth - 1)
            if found is not None:
                return found
    return None


def _field_struct(found: tuple[StructDefinition, FieldDefinition], scope: Scope) -> StructDefinition | None:
    struct, field = found
    if field.field.type.startswith("struct @"):
        return scope.struct_in(field.field.type, struct.path)
    return scope.struct(field.field.type)
