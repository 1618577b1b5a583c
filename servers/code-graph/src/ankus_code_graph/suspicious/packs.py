"""Rule packs: the TOML files of `rules/`, read into checked rules."""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import get_args

from pydantic import ValidationError

from ankus_code_graph.suspicious.errors import BadRule, UnknownRule
from ankus_code_graph.suspicious.rule import SEVERITIES, Condition, Rule, Severity


@dataclass(frozen=True)
class Pack:
    """A named set of rules."""

    name: str
    title: str
    rules: tuple[Rule, ...]


@cache
def packs() -> tuple[Pack, ...]:
    """All packs of the package, in the order of their names.

    Raises:
        BadRule: If one of them is wrong.
    """
    folder = resources.files("ankus_code_graph").joinpath("rules")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    found = [(file.name.removesuffix(".toml"), file.read_text("utf-8")) for file in files]
    return tuple(read_pack(name, text) for name, text in found if name != "dialect")


def read_pack(name: str, text: str) -> Pack:
    """A pack from the text of its file.

    Raises:
        BadRule: Naming the rule and the key.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRule(f"Pack {name}: {error}.", hint="Correct the TOML.") from error
    rules = tuple(read_rule(one, f"pack {name}, rule {i + 1}") for i, one in enumerate(data.get("rule", [])))
    return Pack(name, str(data.get("title", name)), rules)


def read_rule(data: object, where: str = "rule") -> Rule:
    """A rule from an object.

    Raises:
        BadRule: Naming the key.
    """
    try:
        return Rule.model_validate(data)
    except ValidationError as error:
        raise BadRule(f"{where}: {_said(data, error)}.", hint="See the resource rules://schema.") from error


def _said(data: object, error: ValidationError) -> str:
    """The wrong parts; of a condition only what its own kind says."""
    wrong = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        place = [str(part) for part in item["loc"]]
        if len(place) > 2 and place[0] == "conditions" and not _is_of_kind(data, place):
            continue
        wrong.append(f"{'.'.join(place)}: {item['msg'][:1].lower()}{item['msg'][1:]}")
    return "; ".join(wrong[:5]) or "a condition has an unknown kind"


_CLASSES = {
    kind: model.__name__
    for model in get_args(Condition)
    for kind in get_args(model.model_fields["kind"].annotation)
}


def _is_of_kind(data: object, place: list[str]) -> bool:
    """Whether an error at a condition is that of the model which the condition's kind means."""
    conditions = data.get("conditions", []) if isinstance(data, dict) else []
    condition = conditions[int(place[1])] if isinstance(conditions, list) else {}
    kind = condition.get("kind") if isinstance(condition, dict) else None
    return _CLASSES.get(str(kind)) == place[2]


def all_rules() -> tuple[Rule, ...]:
    """The rules of all packs."""
    return tuple(rule for pack in packs() for rule in pack.rules)


def choose(names: Sequence[str], least: Severity = "note") -> list[Rule]:
    """The rules that are named by id or by pack, none for all, of at least a severity.

    Raises:
        UnknownRule: With the nearest names.
    """
    chosen = _named(names) if names else all_rules()
    allowed = SEVERITIES[: SEVERITIES.index(least) + 1]
    return [rule for rule in chosen if rule.severity in allowed]


def _named(names: Iterable[str]) -> list[Rule]:
    by_name = {pack.name: pack.rules for pack in packs()} | {rule.id: (rule,) for rule in all_rules()}
    chosen: dict[str, Rule] = {}
    for name in names:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=3) or [pack.name for pack in packs()]
            raise UnknownRule(f"There is no rule or pack {name[:60]!r}.", hint=f"Near: {', '.join(near)}.")
        chosen |= {rule.id: rule for rule in by_name[name]}
    return list(chosen.values())
