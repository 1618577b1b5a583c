"""Functions of SQL that are written in C: pg_proc.dat of PostgreSQL, CREATE FUNCTION of extensions.

The first is documented in https://www.postgresql.org/docs/18/system-catalog-initial-data.html
"""

import re

from ankus_code_graph.extract.facts import Facts, SqlFunction, no_facts

_ENTRY = re.compile(r"\{((?:[^{}']|'(?:\\.|[^'\\])*')*)\}", re.DOTALL)
_PAIR = re.compile(r"(\w+)\s*=>\s*'((?:\\.|[^'\\])*)'")
_CREATE = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+([\w.\"]+)\s*\(((?:[^()]|\([^()]*\))*)\)(.*?);",
    re.IGNORECASE | re.DOTALL,
)
_SOURCE = re.compile(r"\bAS\s+'([^']*)'\s*(?:,\s*'([^']*)')?", re.IGNORECASE)
_RETURNS = re.compile(r"\bRETURNS\s+((?:SETOF\s+)?[\w.\"\[\]]+)", re.IGNORECASE)
_IN_C = re.compile(r"\bLANGUAGE\s+'?C'?\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def is_catalog(path: str) -> bool:
    """Whether a file may declare functions of SQL."""
    return path.endswith(("pg_proc.dat", ".sql", ".sql.in"))


def extract_catalog(path: str, data: bytes) -> Facts:
    """The functions of SQL that a file declares, with the C function of each."""
    text = data.decode("utf-8", "replace")
    found = no_facts(text.count("\n") + 1)
    found.sql = _entries(text) if path.endswith(".dat") else _created(text)
    return found


def _entries(text: str) -> list[SqlFunction]:
    found: list[SqlFunction] = []
    for match in _ENTRY.finditer(text):
        pairs: dict[str, str] = dict(_PAIR.findall(match[1]))
        language = pairs.get("prolang", "internal")
        if "proname" not in pairs or language not in ("internal", "c"):
            continue
        line = text.count("\n", 0, match.start()) + 1
        source = pairs.get("prosrc", pairs["proname"])
        oid = int(pairs.get("oid") or 0)
        arguments, result = pairs.get("proargtypes", ""), pairs.get("prorettype", "")
        found.append(SqlFunction(pairs["proname"], oid, ", ".join(arguments.split()), result, source, line))
    return found


def _created(text: str) -> list[SqlFunction]:
    """Those of CREATE FUNCTION … LANGUAGE C; comments are blanked out, so that lines stay."""
    plain = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    found = []
    for match in _CREATE.finditer(plain):
        source = _SOURCE.search(match[3])
        if source is None or not _IN_C.search(match[3]):
            continue
        name = match[1].rpartition(".")[2].strip('"')
        returns = _RETURNS.search(match[3])
        line = plain.count("\n", 0, match.start()) + 1
        result = str(returns[1]) if returns else ""
        found.append(SqlFunction(name, 0, " ".join(match[2].split()), result, str(source[2] or name), line))
    return found
