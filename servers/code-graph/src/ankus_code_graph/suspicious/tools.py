"""The tools of audit: find_suspicious runs rules, note_finding keeps verdicts, validate_rule tries a rule."""

from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from pydantic import AfterValidator, Field, WithJsonSchema

from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.suspicious import report
from ankus_code_graph.suspicious.audit import audit
from ankus_code_graph.suspicious.compiled import compile_rule
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.grammar import gbnf_grammar, lark_grammar, rule_schema, tool_schema
from ankus_code_graph.suspicious.graphs import GraphConditions
from ankus_code_graph.suspicious.kept import Kept, KeptAudits
from ankus_code_graph.suspicious.packs import choose, read_rule
from ankus_code_graph.suspicious.prompts import write_rule_prompt
from ankus_code_graph.suspicious.rule import Rule, Severity
from ankus_code_graph.suspicious.triage import Note, Verdict, keep_note, read_notes, split
from ankus_code_graph.toolset import GraphContext, Toolset
from ankus_shared.answers import Answer
from ankus_shared.tools import IDEMPOTENT_WRITE


def _with_known_keys(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule's object whose keys a rule has; `read_rule` says what is wrong within them.

    Raises:
        ValueError: Naming the keys that are not.
    """
    if unknown := sorted(set(rule) - set(Rule.model_fields)):
        raise ValueError(f"a rule has no {', '.join(unknown)}; it has {', '.join(Rule.model_fields)}")
    return rule


RuleObject = Annotated[dict[str, Any], AfterValidator(_with_known_keys), WithJsonSchema(tool_schema())]
Graph = Annotated[str, Field(description="Graph; empty for the only one", max_length=63)]


def add_tools(toolset: Toolset) -> None:
    """Register them, the resources of a rule's form and the prompt that leads to a rule."""
    kept = KeptAudits()
    _add_find(toolset, kept)
    _add_note(toolset, kept)
    _add_rules(toolset)
    _add_resources(toolset)


def _add_find(toolset: Toolset, kept: KeptAudits) -> None:
    @toolset.tool()
    async def find_suspicious(
        graphs: Graphs,
        context: GraphContext,
        path: Annotated[
            str, Field(description="File or folder below the root; empty for all", max_length=400)
        ] = "",
        rules: Annotated[
            tuple[str, ...], Field(description="Ids or packs, see list_rules; [] for all", max_length=50)
        ] = (),
        severity: Annotated[Severity, Field(description="Least severity")] = "note",
        rule: Annotated[RuleObject | None, Field(description="A rule of your own, alone")] = None,
        graph: Graph = "",
        limit: Annotated[int, Field(description="Findings a page", ge=1, le=50)] = 10,
        offset: Annotated[int, Field(description="Findings to skip", ge=0, le=1_000_000)] = 0,
        result: Annotated[str, Field(description="Page this earlier result, no new run", max_length=20)] = "",
        show_judged: Annotated[bool, Field(description="Also false_positive and wont_fix")] = False,
    ) -> Answer:
        """Find suspicious C code by rules. A whole tree takes minutes; page with result and offset."""
        found = kept.get(result) if result else None
        if found is None:
            chosen = [read_rule(rule)] if rule is not None else choose(rules, severity)
            found = await _run(graphs, context, path, chosen, graph, kept)
        async with graphs.reading(found.graph) as (connection, _):
            notes = await read_notes(connection, found.graph)
        shown, hidden = (found.audit.findings, 0) if show_judged else split(found.audit.findings, notes)
        return report.page_of(found, shown, hidden, notes, limit, offset)


async def _run(
    graphs: Graphs, context: GraphContext, path: str, chosen: list[Rule], name: str, kept: KeptAudits
) -> Kept:
    """Run rules over the tree of a graph; no connection is held meanwhile."""
    async with graphs.reading(name) as (_, graph):
        pass

    async def by_graph(rule: Rule, findings: list[Finding]) -> list[Finding]:
        async with graphs.reading(graph.name) as (connection, _):
            return await GraphConditions(connection, graph.name).keep(rule, findings)

    async def progress(done: int, total: int) -> None:
        await context.report_progress(done, total, f"{done} of {total} files")

    return kept.keep(graph.name, await audit(graph.root, path, chosen, progress, by_graph))


def _add_note(toolset: Toolset, kept: KeptAudits) -> None:
    settings = toolset.settings

    @toolset.tool(IDEMPOTENT_WRITE)
    async def note_finding(
        graphs: Graphs,
        fingerprint: Annotated[str, Field(description="As it stands before a finding", max_length=40)],
        verdict: Annotated[Verdict, Field(description="What you judged after reading the code")],
        note: Annotated[
            str, Field(description="Why, in a sentence with file:line", min_length=1, max_length=1000)
        ],
    ) -> Answer:
        """Keep what you judged of a finding; false_positive and wont_fix are left out from then on."""
        graph, finding = kept.finding(fingerprint)
        made = Note(graph, fingerprint, finding.rule, finding.path, verdict, note, "model")
        await anyio.to_thread.run_sync(partial(keep_note, settings, made))
        place = f"{finding.rule} at {finding.path}:{finding.line}"
        return Answer(f"Kept: {place} is {verdict}.", {"fingerprint": fingerprint, "verdict": verdict})


def _add_rules(toolset: Toolset) -> None:
    @toolset.tool()
    async def list_rules(
        graphs: Graphs,
        pack: Annotated[str, Field(description="Only this pack; empty for all", max_length=60)] = "",
    ) -> Answer:
        """List the rules of find_suspicious by pack: id, severity, what it finds."""
        choose([pack] if pack else [])
        return report.rules_text(pack)

    @toolset.tool()
    async def validate_rule(
        graphs: Graphs,
        rule: Annotated[RuleObject, Field(description="The rule")],
        code: Annotated[
            str, Field(description="C code to try it on: wrong and right lines", max_length=20_000)
        ] = "",
    ) -> Answer:
        """Check a rule of your own, and show which lines of a piece of code it finds."""
        compiled = compile_rule(read_rule(rule))
        return await anyio.to_thread.run_sync(report.trial, compiled, code)


def _add_resources(toolset: Toolset) -> None:
    server = toolset.server

    @server.resource("rules://schema", mime_type="application/schema+json")
    def rules_schema() -> dict[str, Any]:
        """JSON Schema of a rule of find_suspicious."""
        return rule_schema()

    @server.resource("rules://grammar.gbnf", mime_type="text/plain")
    def rules_gbnf() -> str:
        """Grammar of a rule for llama.cpp."""
        return gbnf_grammar()

    @server.resource("rules://grammar.lark", mime_type="text/plain")
    def rules_lark() -> str:
        """Grammar of a rule for llguidance."""
        return lark_grammar()

    @server.prompt()
    def write_rule(
        criterion: Annotated[str, Field(description="What to find in C code, in plain words")],
    ) -> str:
        """Turn a criterion in words into a rule, try it and run it."""
        return write_rule_prompt(criterion)
