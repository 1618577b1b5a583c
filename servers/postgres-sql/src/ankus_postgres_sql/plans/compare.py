"""Two plans side by side."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints.arms import Arm, arm_for, check_no_comment, has_extension
from ankus_postgres_sql.hints.model import Hint
from ankus_postgres_sql.hints.reader import parse
from ankus_postgres_sql.hints.target import hint_comments
from ankus_postgres_sql.plans.explain import ask_plan, explain_prefix, explainable, headline
from ankus_postgres_sql.plans.model import Plan
from ankus_postgres_sql.plans.rows import Bag, bag_of
from ankus_postgres_sql.plans.run import under_settings
from ankus_postgres_sql.plans.tree import tree
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.results.bind import Bound, bind
from ankus_postgres_sql.results.shown import partial_line
from ankus_postgres_sql.results.store import LOCAL, Owner
from ankus_postgres_sql.statement import Statement
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

Outcome = tuple[Plan, Bag | None]


async def compare_plans(
    database: Database,
    text_a: str,
    text_b: str = "",
    hints_b: str = "",
    analyze: bool = False,
    owner: Owner = LOCAL,
) -> Answer:
    """The plans of two queries, or of one without and with hints; with `analyze` their times and rows too.

    Args:
        text_b: The second query; empty for the first one again.
        hints_b: Hints of pg_hint_plan for the second; where the extension is missing, as settings.
        owner: Whose kept results the texts may name.

    Raises:
        HintSyntax, HintRefused, HintsElsewhere: If the hints are wrong.
        AnkusError: If a query is refused or fails; with what to do next.
    """
    first, _ = explainable(text_a)
    second, _ = explainable(text_b or text_a)
    hints = parse(hints_b)
    if hints:
        check_no_comment(hint_comments(second.text))
    bound = [await bind(database, statement, owner) for statement in (first, second)]
    a, _ = await _outcome(database, first, bound[0], hints=(), analyze=analyze)
    b, arm = await _outcome(database, second, bound[1], hints=hints, analyze=analyze)
    partial = {kept.name: kept for one in bound for kept in one.partial}
    return _answer(a, b, arm, partial_line(list(partial.values())))


async def _outcome(
    database: Database, statement: Statement, bound: Bound, *, hints: Sequence[Hint], analyze: bool
) -> tuple[Outcome, Arm]:
    # The hints decide on the text that is sent, so the server is asked for its extension first.
    async with database.reading() as connection:
        arm = arm_for(hints, await has_extension(connection))
    prefix = arm.comment + explain_prefix(analyze)
    async with guarded(database, statement, offset=len(prefix) + bound.offset) as connection:
        async with under_settings(connection, arm.settings):
            plan = await ask_plan(database, connection, prefix + bound.text, bound.parameters)
        bag = await _bag(database, connection, bound, arm) if analyze else None
    return (plan, bag), arm


async def _bag(database: Database, connection: Connection, bound: Bound, arm: Arm) -> Bag:
    async with under_settings(connection, arm.settings):
        return await bag_of(database, connection, bound.text, arm.comment, bound.parameters)


def _answer(a: Outcome, b: Outcome, arm: Arm, partial: str) -> Answer:
    (plan_a, bag_a), (plan_b, bag_b) = a, b
    changes = list(_changes(plan_a, plan_b))
    parts = [f"A: {headline(plan_a)}", f"B: {headline(plan_b)}", *_arm_notes(arm)]
    parts += [partial] if partial else []
    parts.append(_ratios(plan_a, plan_b))
    if bag_a and bag_b:
        parts.append(_same_rows(bag_a, bag_b))
    parts.append("Same shape." if not changes else "Shape, A's lines with -, B's with +:")
    parts.append(frame("\n".join(changes) if changes else tree(plan_b), "plan"))
    structured = {
        "same_shape": not changes,
        "cost": [plan_a.cost, plan_b.cost],
        "execution_ms": [plan_a.execution_ms, plan_b.execution_ms],
        "same_rows": None if bag_a is None else bag_a == bag_b,
    }
    return Answer("\n".join(parts), structured)


def _arm_notes(arm: Arm) -> list[str]:
    notes = []
    if arm.settings:
        settings = ", ".join(f"{name} = {value}" for name, value in arm.settings.items())
        notes.append(
            f"pg_hint_plan is not loaded: B's hints became settings of the whole statement: {settings}."
        )
    if arm.unsaid:
        notes.append(f"Without effect here: {', '.join(arm.unsaid)}.")
    return notes


def _ratios(a: Plan, b: Plan) -> str:
    text = f"B costs {b.cost / max(a.cost, 0.01):.2f} of A by estimate"
    if a.execution_ms is None or b.execution_ms is None:
        return text + "."
    return (
        text
        + f", took {b.total_ms / max(a.total_ms, 0.001):.2f} of its time in one run (measure_hints is surer)."
    )


def _same_rows(a: Bag, b: Bag) -> str:
    if a == b:
        return f"Same rows: {a.count} in each."
    if a.count != b.count:
        return f"Different rows: {a.count} in A, {b.count} in B."
    return f"Different rows: {a.count} in each, but not the same ones."


def _changes(a: Plan, b: Plan) -> Iterator[str]:
    """The nodes that differ, as lines of a comparison; none where the shapes are the same."""
    shapes = [[f"{'  ' * node.depth}{node.label}" for node in plan.nodes()] for plan in (a, b)]
    if shapes[0] == shapes[1]:
        return
    matcher = SequenceMatcher(None, shapes[0], shapes[1], autojunk=False)
    for kind, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if kind == "equal":
            yield from (f"  {line}" for line in shapes[0][from_a:to_a])
        else:
            yield from (f"- {line}" for line in shapes[0][from_a:to_a])
            yield from (f"+ {line}" for line in shapes[1][from_b:to_b])
