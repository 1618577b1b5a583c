"""Which columns and tables the rules of a role keep from it, and the SQL that makes PostgreSQL keep them.

Masked columns are not granted. A view in the schema `masked_<role>_<schema>`, first in the path, has the
table's name and computes the masked values as its owner, so that a statement can do with them what it likes:
the true ones are out of its reach (docs/decisions/0007-masking.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from psycopg import sql

from ankus_postgres_sql.access.matrix import Mask, Rules
from ankus_shared.errors import SettingsError

MARK = "Ankus: masked "
KEYS = "ankus_masks"
"""Schema of the secret that `hash` is keyed with; only its owner may read it."""

_MASKS: dict[Mask, LiteralString] = {
    "hash": (
        "CASE WHEN {column} IS NOT NULL THEN left(encode(sha256(convert_to("
        "(SELECT value FROM {keys}.key) || {column}::text, 'UTF8')), 'hex'), 16) END"
    ),
    "null": "NULL::{type}",
    "last4": "CASE WHEN length({column}::text) > 8 THEN '****' || right({column}::text, 4)"
    " WHEN {column} IS NOT NULL THEN '****' END",
    "redact": "CASE WHEN {column} IS NOT NULL THEN '***' END",
}
"""A masked value; a NULL stays one. `last4` shows nothing of values of eight characters or fewer."""


@dataclass
class Relation:
    """A table or view as the rules see it."""

    schema: str
    name: str
    kind: str
    row_security: bool
    ours: bool
    columns: dict[str, str] = field(default_factory=dict)
    """Types by name."""
    masked: dict[str, Mask] = field(default_factory=dict)
    readable: set[str] = field(default_factory=set)
    sources: dict[str, list[str]] = field(default_factory=dict)
    """What generated columns are computed from."""
    exposes: str = ""
    """The table with masked columns that a view stands on."""

    @property
    def label(self) -> str:
        """Schema and name."""
        return f"{self.schema}.{self.name}"

    def forbidden(self, rules: Rules) -> bool:
        """Whether nothing of it is for the role."""
        return not rules.may_read(self.schema, self.name) or bool(
            self.exposes and not rules.trusts(self.schema, self.name)
        )


def judge(
    columns: Iterable[Mapping[str, Any]], links: Iterable[Mapping[str, Any]], rules: Rules
) -> list[Relation]:
    """Every relation with what is masked of it: by pattern, by inheritance, and in generated columns."""
    found: dict[int, Relation] = {}
    for row in columns:
        relation = found.setdefault(
            row["oid"],
            Relation(row["schema"], row["table"], row["kind"], row["row_security"], row["ours"]),
        )
        name = row["column"]
        relation.columns[name] = row["type"]
        relation.sources[name] = row["sources"]
        if row["readable"]:
            relation.readable.add(name)
        if not relation.ours and (mask := rules.mask_of(relation.schema, relation.name, name)):
            relation.masked[name] = mask
    _spread(found, list(links))
    return list(found.values())


def _spread(found: dict[int, Relation], links: list[Mapping[str, Any]]) -> None:
    """Carry masks to relatives and generated columns, and mark views, until nothing more changes."""
    changed = True
    while changed:
        changed = False
        for link in links:
            upper, lower = found.get(link["upper"]), found.get(link["lower"])
            if upper is not None and lower is not None:
                changed |= _expose(upper, lower) if link["view"] else _share(upper, lower)
        for relation in found.values():
            for name, sources in relation.sources.items():
                if name not in relation.masked and relation.masked.keys() & set(sources):
                    relation.masked[name] = "deny"
                    changed = True


def _share(one: Relation, other: Relation) -> bool:
    changed = False
    for source, target in ((one, other), (other, one)):
        for name in (source.masked.keys() & target.columns.keys()) - target.masked.keys():
            target.masked[name] = source.masked[name]
            changed = True
    return changed


def _expose(view: Relation, below: Relation) -> bool:
    """Mark a view over masked columns: a whole row in it is nothing that the catalog would tell."""
    place = below.label if below.masked else below.exposes
    if view.ours or view.exposes or not place:
        return False
    view.exposes = place
    return True


def mask_schema(role: str, schema: str) -> str:
    """Name of the schema of a role's masking views.

    Raises:
        SettingsError: If it would be longer than PostgreSQL's 63 bytes.
    """
    name = f"masked_{role}_{schema}"
    if len(name.encode()) > 63:
        raise SettingsError(f"The schema name {name} is too long.", hint="Give the role a shorter name.")
    return name


def statements(role: str, login: str, rules: Rules, relations: list[Relation]) -> list[sql.Composed]:
    """What an administrator runs, in one transaction, so that the role sees what the rules say.

    Raises:
        SettingsError: If a table with row security has masked columns: a view would go around its policies.
    """
    names = {"role": sql.Identifier(role), "login": sql.Identifier(login), "keys": sql.Identifier(KEYS)}
    made = [sql.SQL(text).format(**names, name=sql.Literal(role)) for text in _PREPARE]
    schemas = sorted({relation.schema for relation in relations if not relation.ours})
    views = sorted({r.schema for r in relations if not r.ours and r.masked and not r.forbidden(rules)})
    for schema in views:
        made += _each(_MASK_SCHEMA, names, mask=mask_schema(role, schema))
    for schema in schemas:
        made += _each(["GRANT USAGE ON SCHEMA {schema} TO {role}"], names, schema=schema)
    for relation in relations:
        if not relation.ours:
            made += _grants(role, rules, relation)
    return made


_PREPARE: list[LiteralString] = [
    "DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role} NOLOGIN"
    " NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS; END IF; END$$",
    "GRANT {role} TO {login}",
    "CREATE SCHEMA IF NOT EXISTS {keys}",
    "REVOKE ALL ON SCHEMA {keys} FROM PUBLIC, {role}, {login}",
    "CREATE TABLE IF NOT EXISTS {keys}.key (value text NOT NULL)",
    "REVOKE ALL ON {keys}.key FROM PUBLIC, {role}, {login}",
    "INSERT INTO {keys}.key SELECT gen_random_uuid()::text || gen_random_uuid()::text"
    " WHERE NOT EXISTS (SELECT FROM {keys}.key)",
]
_MASK_SCHEMA: list[LiteralString] = [
    "DROP SCHEMA IF EXISTS {mask} CASCADE",
    "CREATE SCHEMA {mask}",
    "GRANT USAGE ON SCHEMA {mask} TO {role}",
]


def _grants(role: str, rules: Rules, relation: Relation) -> list[sql.Composed]:
    names = {
        "role": sql.Identifier(role),
        "table": sql.Identifier(relation.schema, relation.name),
        "columns": sql.SQL(", ").join(
            map(sql.Identifier, (c for c in relation.columns if c not in relation.masked))
        ),
    }
    texts: list[LiteralString] = ["REVOKE ALL ON {table} FROM {role}"]
    if relation.forbidden(rules):
        return _each(texts, names)
    if not relation.masked:
        return _each([*texts, "GRANT SELECT ON {table} TO {role}"], names)
    if relation.row_security:
        raise SettingsError(
            f"{relation.label} has row security, which a masking view would go around.",
            hint='Mask its columns by "deny", or write a view of your own.',
        )
    if len(relation.masked) < len(relation.columns):
        texts.append("GRANT SELECT ({columns}) ON {table} TO {role}")
    return _each(texts, names) + _view(role, relation)


def _view(role: str, relation: Relation) -> list[sql.Composed]:
    shown = [
        _shown(name, type, relation.masked.get(name))
        for name, type in relation.columns.items()
        if relation.masked.get(name) != "deny"
    ]
    names = {
        "view": sql.Identifier(mask_schema(role, relation.schema), relation.name),
        "role": sql.Identifier(role),
        "table": sql.Identifier(relation.schema, relation.name),
        "shown": sql.SQL(", ").join(shown),
        "remark": sql.Literal(
            f"{MARK}{relation.label}: {', '.join(f'{c} ({m})' for c, m in relation.masked.items())}"
        ),
    }
    texts: list[LiteralString] = [
        "CREATE VIEW {view} AS SELECT {shown} FROM {table}",
        "COMMENT ON VIEW {view} IS {remark}",
        "GRANT SELECT ON {view} TO {role}",
    ]
    return _each(texts, names) if shown else []


def _shown(name: str, type: str, mask: Mask | None) -> sql.Composable:
    column = sql.Identifier(name)
    if mask is None:
        return column
    # the type is PostgreSQL's own text of it (format_type)
    value = sql.SQL(_MASKS[mask]).format(
        column=column,
        keys=sql.Identifier(KEYS),
        type=sql.SQL(type),
    )
    return sql.SQL("{} AS {}").format(value, column)


def _each(texts: list[LiteralString], names: Mapping[str, sql.Composable], **more: str) -> list[sql.Composed]:
    every = {**names, **{key: sql.Identifier(value) for key, value in more.items()}}
    return [sql.SQL(text).format(**every) for text in texts]
