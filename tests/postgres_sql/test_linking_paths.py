"""Join trees, compared with trying all sets of edges."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.linking.graph import Edge, Graph, build_graph
from ankus_postgres_sql.linking.paths import cheapest_tree, join_trees
from ankus_postgres_sql.schema import Column, ForeignKey, Table

NAMES = "abcdefg"


def _edge(one: str, two: str, cost: float = 1.0, columns: tuple[str, ...] = ("x",)) -> Edge:
    return Edge(ForeignKey(one, columns, two, columns), cost)


def _graph(*edges: Edge) -> Graph:
    found: dict[str, list[Edge]] = {name: [] for name in NAMES}
    for edge in edges:
        for label in set(edge.ends):
            found[label].append(edge)
    return Graph({label: tuple(some) for label, some in found.items()})


def _connects(edges: tuple[Edge, ...], wanted: set[str]) -> bool:
    reached = {min(wanted)}
    for _ in edges:
        for edge in edges:
            if reached & set(edge.ends):
                reached.update(edge.ends)
    return wanted <= reached


@st.composite
def _cases(draw: st.DrawFn) -> tuple[list[Edge], list[str]]:
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=9, unique=True))
    edges = [_edge(one, two, draw(st.sampled_from([1.0, 1.25, 1.5]))) for one, two in pairs]
    return edges, draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))


@given(_cases())
def test_no_set_of_joins_is_cheaper_than_the_tree(case: tuple[list[Edge], list[str]]) -> None:
    edges, wanted = case
    tree = cheapest_tree(_graph(*edges), wanted, {})
    sets = [some for size in range(len(edges) + 1) for some in combinations(edges, size)]
    costs = [sum(edge.cost for edge in some) for some in sets if _connects(some, set(wanted))]
    assert (tree is None) == (not costs)
    if tree is not None:
        assert tree.cost == min(costs)
        assert _connects(tree.edges, set(wanted))


@given(_cases())
def test_each_join_touches_the_tables_before_it_and_adds_one(case: tuple[list[Edge], list[str]]) -> None:
    edges, wanted = case
    for tree in join_trees(_graph(*edges), wanted):
        joined = {tree.start}
        for edge in tree.edges:
            assert len(joined & set(edge.ends)) == 1
            joined.update(edge.ends)
        assert set(wanted) <= joined
        assert tree.sql().count("JOIN") == len(tree.edges)


def test_two_keys_between_the_same_tables_are_two_ways() -> None:
    graph = _graph(_edge("a", "b", columns=("billing",)), _edge("a", "b", columns=("shipping",)))
    assert {tree.sql() for tree in join_trees(graph, ["a", "b"])} == {
        "FROM a JOIN b ON a.billing = b.billing",
        "FROM a JOIN b ON a.shipping = b.shipping",
    }


def test_a_slightly_longer_way_is_shown_after_the_shortest() -> None:
    graph = _graph(_edge("a", "b"), _edge("b", "c"), _edge("a", "d"), _edge("d", "e"), _edge("e", "c"))
    assert [len(tree.edges) for tree in join_trees(graph, ["a", "c"])] == [2, 3]


def test_a_composite_key_joins_on_all_its_columns() -> None:
    graph = _graph(_edge("a", "b", columns=("x", "Y z")))
    assert join_trees(graph, ["a", "b"])[0].sql() == 'FROM a JOIN b ON a.x = b.x AND a."Y z" = b."Y z"'


def test_a_table_named_once_or_twice_is_joined_to_itself() -> None:
    own = Edge(ForeignKey("a", ("parent_id",), "a", ("id",)), 1.0)
    for wanted in (["a"], ["a", "a"]):
        assert join_trees(_graph(own), wanted)[0].sql() == "FROM a JOIN a AS other ON a.parent_id = other.id"


def test_a_table_that_the_question_means_is_preferred_as_a_bridge() -> None:
    graph = _graph(_edge("a", "b"), _edge("b", "c"), _edge("a", "d"), _edge("d", "c"))
    for bridge in "bd":
        tree = cheapest_tree(graph, ["a", "c"], {bridge: 1.0})
        assert tree is not None
        assert bridge in tree.tables


def _table(label: str, *columns: str, key: tuple[str, ...] = ()) -> Table:
    made = [Column(name, "int", False, None, None, (), None, None, "N") for name in columns]
    return Table(1, "public", label, label, "view", None, None, made, key)


def test_a_view_is_joined_by_the_name_of_a_key_and_it_is_marked() -> None:
    tables = [_table("orders", "id", key=("id",)), _table("paid", "order_id", "n")]
    (edge,) = build_graph(tables).at("paid")
    assert edge.key.condition() == "paid.order_id = orders.id"
    assert not edge.declared


def test_a_key_over_a_column_that_may_not_be_read_joins_nothing() -> None:
    orders = _table("orders", "id", key=("id",))
    items = _table("items", "n", key=("n",))
    items.foreign_keys.append(ForeignKey("items", ("order_id",), "orders", ("id",)))
    assert build_graph([orders, items]).at("items") == ()
