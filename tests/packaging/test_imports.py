"""The directions of imports (docs: DESIGN, section 1), read from the source itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    folder.name: folder
    for source in ROOT.glob("**/src")
    if ".venv" not in source.parts
    for folder in source.iterdir()
    if folder.name.startswith("ankus_")
}
SERVERS = {name for name, folder in PACKAGES.items() if "servers" in folder.parts}
ALLOWED = {
    "ankus_shared": set(),
    "ankus_runner": {"ankus_shared"},
    **{server: {"ankus_shared"} for server in SERVERS},
}


def imported(path: Path) -> set[str]:
    """The names of the modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_package_of_the_workspace_is_known() -> None:
    servers = {"ankus_postgres_sql", "ankus_code_graph", "ankus_docs_rag"}
    assert {"ankus_shared", "ankus_runner", *servers} <= set(PACKAGES)


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_imports_only_what_its_place_allows(package: str) -> None:
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in PACKAGES[package].rglob("*.py")
        for name in imported(path)
        if name.split(".")[0].startswith("ankus_") and name.split(".")[0] not in ALLOWED[package] | {package}
    }
    assert not foreign


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_the_domain_of_a_server_knows_nothing_of_mcp(server: str) -> None:
    edges = {"server.py", "__main__.py", "toolset.py", "tools.py", "gate.py", "owner.py"}
    leaks = {
        f"{path.name}: {name}"
        for path in PACKAGES[server].rglob("*.py")
        if path.name not in edges
        for name in imported(path)
        if name.split(".")[0] in {"mcp", "mcp_types"}
    }
    assert not leaks


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_module_reads_the_environment_when_it_is_imported(package: str) -> None:
    readers = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PACKAGES[package].rglob("*.py")
        for statement in ast.parse(path.read_text("utf-8")).body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert not readers
