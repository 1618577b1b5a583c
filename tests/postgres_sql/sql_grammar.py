"""Random statements from a grammar: reads of every form, with harmful parts anywhere an expression may stand.

The same seed gives the same statements.
"""

import random
from collections.abc import Callable, Iterator

CALM = """1 'x' NULL true 1.5 o.id o.status current_date now() random() o.placed_at lower('X') abs(-1)
double(2) price_with_tax(1) mood_of(1) full_name(NULL::customers) 'a'::text '2024-01-01'::date
'{"a":1}'::jsonb ARRAY[1,2] int4range(1,3) length('abc') o interval'1day' 'happy'::mood 5::positive""".split()
HARMFUL = """nextval('counter') leave_mark('f') public.leave_mark('f') ('x'::text).leave_mark o.leave_mark
leave_mark(o) 1###2 'x'::marked '{x}'::_marked 'x'::marked[] marking(1) pg_advisory_lock(5) pg_sleep(0)
pg_notify('a','b') set_config('work_mem','1MB',false) setseed(0.1) txid_current() reverse(1) lo_create(0)
setval('counter',9) lastval() liar() liar_atomic() liar_plpgsql() liar_lock() liar_insert() liar_dynamic()
with_default() takes_marked('x') liar_sum(1) 'a'~~~~'b' (NOT('a'===!'b')) pg_read_file('PG_VERSION')
query_to_xml('SELECT(1)',true,false,'') ROW('x',1)::marked_pair pg_stat_reset() pg_export_snapshot()
jsonb_populate_record(NULL::holders,'{"m":"x"}') U&"leave\\005fmark"('x') ('counter'::regclass).nextval
pg_logical_emit_message(true,'a','b') (SELECT(mark)FROM(marking_view)) (TABLE(sequence_view))""".split()
WRAPS = [
    "coalesce({0}, NULL)",
    "CASE WHEN true THEN {0} END",
    "CASE {0} WHEN {1} THEN 1 END",
    "ARRAY[{0}]",
    "ROW({0}, {1})",
    "length(({0})::text)",
    "(SELECT {0})",
    "EXISTS (SELECT {0})",
    "({0} IS NULL)",
    "({0})::text || 'y'",
    "(ARRAY[{0}])[1]",
    "nullif(({0})::text, 'z')",
    "max(({0})::text) OVER ()",
    "count(*) FILTER (WHERE ({0}) IS NOT NULL) OVER ()",
    "({0}, {1}) IS DISTINCT FROM (1, 2)",
    "(({0})::text BETWEEN 'a' AND ({1})::text)",
    "(({0})::text IN ('a', 'b'))",
    "jsonb_build_object('k', {0})",
    "concat({0}, {1})",
    "greatest(({0})::text, 'a')",
    "NOT (({0})::text = 'x')",
    '(({0})::text COLLATE "C")',
    "(({0})::text = ANY (ARRAY['x', ({1})::text]))",
    "({0}) /* ; */",
    "ARRAY(SELECT {0} FROM products p LIMIT 1)",
    "(({0})::text LIKE 'x%')",
    "md5(({0})::text)",
]
FROMS = [
    "orders o",
    "ONLY orders AS o",
    "paid_orders o",
    "(SELECT * FROM orders) o",
    "orders o JOIN customers c ON c.id = o.id",
    "orders o, LATERAL (SELECT {0}) s",
    "orders o CROSS JOIN generate_series(1, 2) g",
    "orders o NATURAL LEFT JOIN products",
    "orders o, marking_view",
    "orders o, guarded",
    "orders o, tenants",
    "orders o, secretives s",
    "sortables s, orders o",
    "orders o TABLESAMPLE bernoulli (5)",
    "orders o, unnest(ARRAY[{0}]) u",
    "orders o, (VALUES ({0}), (NULL)) v",
    "orders o JOIN big_cities b ON ({0}) IS NULL",
    "orders o, liar_view",
    "orders o, locking_view",
    "holders h, orders o",
    "orders o, leave_mark('from')",
    "orders o, program_table",
    "orders o, calm, counter",
]
SELECTS = [
    "SELECT {0} FROM {f} LIMIT 2",
    "SELECT {0}, {1} FROM {f} WHERE ({2}) IS NOT NULL LIMIT 2",
    "SELECT 1 FROM {f} ORDER BY {0} LIMIT 1",
    "SELECT o.status FROM {f} GROUP BY o.status HAVING max(({0})::text) > 'a'",
    "SELECT count(*) FROM {f} WHERE o.id < 5 GROUP BY ROLLUP (({0})::text)",
    "VALUES ({0}), (NULL)",
    "SELECT DISTINCT ON (({0})::text) 1 FROM {f} LIMIT 1",
    "WITH w AS ({s}) SELECT * FROM w LIMIT 1",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3)"
    " SELECT n, {0} FROM r, {f} LIMIT 1",
    "({s}) UNION ALL ({s})",
    "SELECT * FROM ({s}) sub LIMIT 1",
    "SELECT 1 FROM {f} LIMIT length(({0})::text)",
    "SELECT sum(o.id) OVER w FROM {f} WINDOW w AS (PARTITION BY ({0})::text) LIMIT 1",
    "TABLE paid_orders",
    "SELECT o.* FROM {f} FETCH FIRST 1 ROW ONLY",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o.id) FROM {f}",
]
FRAMES = [
    *["{s}"] * 45,
    "EXPLAIN {s}",
    "EXPLAIN (ANALYZE, COSTS OFF) {s}",
    "/*+ SeqScan(o) */ {s}",
    "{s};",
    "{s} -- ; DELETE FROM orders",
    "{s} FOR UPDATE",
    "{s}; COMMIT",
    "COMMIT; {s}",
    "BEGIN; {s}",
    "SHOW work_mem",
    "WITH d AS (DELETE FROM marks RETURNING 1) {s}",
    "INSERT INTO marks {s}",
    "CREATE TABLE t AS {s}",
    "CREATE TEMP TABLE t AS {s}",
    "DECLARE c CURSOR WITH HOLD FOR {s}",
    "EXPLAIN ANALYZE CREATE TABLE t AS {s}",
    "PREPARE p AS {s}",
    "COPY ({s}) TO '/tmp/ankus-out'",
    "CREATE VIEW v AS {s}",
    "UPDATE orders SET status = ({s})",
    "SET work_mem = '1MB'; {s}",
    "/*+ Set(statement_timeout 0) */ {s}",
    "LISTEN x",
    "SELECT * INTO t FROM ({s}) q",
    "DO $$ BEGIN PERFORM 1; END $$",
    "REFRESH MATERIALIZED VIEW calm",
    "{s} \\; {s}",
    "DELETE FROM marks WHERE EXISTS ({s})",
]


def statements(seed: int, harm: float = 0.12) -> Iterator[str]:
    """Statements without end; `harm` is the share of harmful expressions."""
    chance = random.Random(seed)

    def expression(depth: int = 0) -> str:
        if depth < 3 and chance.random() < 0.4:
            return chance.choice(WRAPS).format(expression(depth + 1), expression(depth + 1))
        return chance.choice(HARMFUL if chance.random() < harm else CALM)

    def select(depth: int = 0) -> str:
        template = chance.choice(SELECTS)
        parts = [expression() for _ in range(3)]
        source = chance.choice(FROMS if chance.random() < harm else FROMS[:8]).replace("{0}", expression())
        return _filled(template, parts, source, lambda: select(depth + 1) if depth < 2 else "SELECT 1")

    while True:
        frame = chance.choice(FRAMES)
        yield _filled(frame, [], "", select)


def _filled(template: str, parts: list[str], source: str, select: Callable[[], str]) -> str:
    """The template with its places filled; what is put in is not looked at again."""
    text = ""
    while "{" in template:
        before, _, rest = template.partition("{")
        what, _, template = rest.partition("}")
        text += before + (source if what == "f" else select() if what == "s" else parts[int(what)])
    return text + template
