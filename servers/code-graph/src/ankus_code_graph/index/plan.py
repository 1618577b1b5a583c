"""Which files of a changed tree have to be linked anew: a superset of those whose edges may differ."""

from ankus_code_graph.extract.facts import Facts
from ankus_code_graph.index.names import differing, hashed, spread, uses_any
from ankus_code_graph.index.records import Record
from ankus_code_graph.resolve import Resolver
from ankus_code_graph.resolve.tree import Tree

Made = list[tuple[str, int, bool]]


def made_of(resolver: Resolver, path: str) -> Made:
    """The functions that stand in a file by a template or a macro."""
    found = resolver.instances.made.get(path, [])
    return [(one.function.name, one.id, one.function.static) for one in found]


def affected(
    old: dict[str, Facts],
    new: dict[str, Facts],
    changed: set[str],
    records: dict[str, Record],
    resolver: Resolver,
) -> set[str]:
    """The paths of `new` that are to be linked anew.

    Args:
        old: Facts of the tree as it was indexed.
        new: Facts of the tree as it is; facts of an unchanged file are the same object in both.
        changed: Files that are new, gone or of another content.
        records: Records of the unchanged files and of the changed ones.
        resolver: Of the new tree.
    """
    touched: set[str] = set()
    for path in changed:
        touched |= differing(old.get(path), new.get(path))
    for path, record in records.items():
        before = set(record.made) if path in old else set()
        after = set(made_of(resolver, path)) if path in new else set()
        touched.update(name for name, _, _ in before ^ after)
    found = {path for path in changed if path in new}
    if touched:
        hashes = {
            hashed(name.removeprefix("struct ")) for name in spread(touched, [*old.values(), *new.values()])
        }
        found |= {path for path in new if uses_any(records[path].used, hashes)}
    if set(old) != set(new) or any(
        _includes(old[path]) != _includes(new[path]) for path in changed & set(old)
    ):
        found |= _seeing_otherwise(old, resolver)
    return found | _users_of_templates(found, resolver)


def _includes(facts: Facts) -> list[tuple[str, bool, str]]:
    return [(one.target, one.angled, one.condition) for one in facts.includes]


def _seeing_otherwise(old: dict[str, Facts], resolver: Resolver) -> set[str]:
    """The files that see other files than before, or are seen by another program."""
    after = resolver.tree
    before = Tree(old, after.numbered)
    found = set()
    for path in after.paths:
        if path not in before.files or (
            before.scopes[path] != after.scopes[path]
            or before.visible[path] != after.visible[path]
            or before.preludes[path] != after.preludes[path]
            or before.includes[path] != after.includes[path]
        ):
            found.add(path)
    return found


def _users_of_templates(found: set[str], resolver: Resolver) -> set[str]:
    """Who includes a template header that is linked anew: its functions stand there."""
    return {
        user
        for path in found & resolver.instances.templates
        for user in resolver.tree.includers.get(path, [])
    }
