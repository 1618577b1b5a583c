"""Whether PostgreSQL keeps from a role what the access file keeps from it: asked as that role."""

from ankus_postgres_sql.access.errors import RuleBroken
from ankus_postgres_sql.access.masks import MARK, Relation, judge, mask_schema
from ankus_postgres_sql.access.matrix import Rules
from ankus_postgres_sql.named import query
from ankus_shared.postgres import Connection

NAMED = 3
"""Things named at most."""
_HINT = "Run 'ankus-postgres-sql setup-role --access FILE' for the SQL that makes it so."


async def check_rules(connection: Connection, role: str, rules: Rules) -> tuple[str, ...]:
    """Check a role, as which `connection` runs; the search path under which its masking views come first.

    Raises:
        RuleBroken: Naming what the role can read, or what is not set up.
    """
    columns = await query(connection, "access/columns", role=role, mark=f"{MARK}%")
    relations = judge(columns, await query(connection, "access/links"), rules)
    if excess := [thing for relation in relations for thing in _excess(relation, rules)]:
        more = " and more" if len(excess) > NAMED else ""
        raise RuleBroken(
            f"The role {role} can read what it should not: {', '.join(excess[:NAMED])}{more}.",
            hint=_HINT,
        )
    if definers := [row["name"] for row in await query(connection, "access/definers")]:
        raise RuleBroken(
            f"The role {role} can call functions with another's rights: {', '.join(definers[:NAMED])}.",
            hint="Revoke EXECUTE on them from PUBLIC and from the role.",
        )
    return _path(role, rules, relations, await _schemas(connection))


def _excess(relation: Relation, rules: Rules) -> list[str]:
    """What is readable of a relation against the rules."""
    if relation.ours or not relation.readable:
        return []
    if relation.forbidden(rules):
        over = f" (over {relation.exposes})" if relation.exposes else ""
        return [relation.label + over]
    return [f"{relation.label}.{name}" for name in sorted(relation.readable & relation.masked.keys())]


def _path(role: str, rules: Rules, relations: list[Relation], schemas: list[str]) -> tuple[str, ...]:
    made = {(r.schema, r.name) for r in relations if r.ours}
    masked = [
        r
        for r in relations
        if not r.ours and not r.forbidden(rules) and set(r.masked.values()) - {"deny"} and r.kind in "rpmf"
    ]
    for relation in masked:
        if (mask_schema(role, relation.schema), relation.name) not in made:
            raise RuleBroken(f"{relation.label} has no masking view for the role {role}.", hint=_HINT)
    places = {schema for schema, _ in made}
    pairs = [(mask_schema(role, schema), schema) for schema in schemas]
    return tuple(name for mask, schema in pairs for name in ((mask, schema) if mask in places else (schema,)))


async def _schemas(connection: Connection) -> list[str]:
    row = await (await connection.execute("SELECT current_schemas(false)::text[]")).fetchone()
    assert row is not None
    return list(row[0])
