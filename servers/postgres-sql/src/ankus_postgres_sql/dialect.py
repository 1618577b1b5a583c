"""Functions of other databases, and what PostgreSQL has instead."""

INSTEAD = {
    "strftime": "to_char(x, 'YYYY-MM'), extract(year from x) or date_trunc('month', x)",
    "year": "extract(year from x)",
    "month": "extract(month from x)",
    "day": "extract(day from x)",
    "dayofweek": "extract(dow from x), where Sunday is 0",
    "weekday": "extract(isodow from x) - 1",
    "hour": "extract(hour from x)",
    "quarter": "extract(quarter from x)",
    "week": "extract(week from x)",
    "date_add": "x + interval '1 day'",
    "dateadd": "x + interval '1 day'",
    "date_sub": "x - interval '1 day'",
    "datediff": "a::date - b::date, which is a number of days",
    "timestampdiff": "extract(epoch from a - b), which is seconds",
    "julianday": "extract(julian from x), or a::date - b::date",
    "date_format": "to_char(x, 'YYYY-MM-DD')",
    "format_date": "to_char(x, 'YYYY-MM-DD')",
    "str_to_date": "to_date(x, 'YYYY-MM-DD')",
    "datetime": "x::timestamp",
    "curdate": "current_date",
    "getdate": "now()",
    "sysdate": "now()",
    "unix_timestamp": "extract(epoch from x)",
    "from_unixtime": "to_timestamp(x)",
    "last_day": "date_trunc('month', x) + interval '1 month - 1 day'",
    "ifnull": "coalesce(x, y)",
    "nvl": "coalesce(x, y)",
    "isnull": "coalesce(x, y), or x IS NULL",
    "if": "CASE WHEN condition THEN a ELSE b END",
    "iif": "CASE WHEN condition THEN a ELSE b END",
    "decode": "CASE x WHEN a THEN b END",
    "group_concat": "string_agg(x::text, ', ' ORDER BY x)",
    "listagg": "string_agg(x::text, ', ' ORDER BY x)",
    "instr": "strpos(text, part)",
    "charindex": "strpos(text, part)",
    "locate": "strpos(text, part)",
    "len": "length(x)",
    "substring_index": "split_part(text, delimiter, n)",
    "json_extract": "x -> 'key' or x ->> 'key'",
    "rand": "random()",
    "truncate": "trunc(x::numeric, 2)",
    "to_number": "x::numeric",
    "printf": "format('%s', x) or to_char(x, 'FM990.00')",
    "total": "coalesce(sum(x), 0)",
}
"""Name of a function elsewhere: the expression in PostgreSQL."""


def instead(name: str, arguments: str) -> str:
    """What to write instead of a call that PostgreSQL does not know; empty where nothing is known.

    Args:
        arguments: The argument types as PostgreSQL names them in its message.
    """
    if name == "round" and arguments.startswith(("double precision, ", "real, ")):
        return "round(x::numeric, n): only numeric is rounded to a number of digits."
    if name in ("date_trunc", "extract", "date_part") and "text" in arguments.split(", ")[-1:]:
        return f"{name} needs a date: cast the text with ::date or ::timestamp."
    if name in ("sum", "avg") and arguments in ("text", "character varying"):
        return f"{name}(x::numeric): the column holds text."
    return f"PostgreSQL has no {name}(): write {INSTEAD[name]}." if name in INSTEAD else ""
