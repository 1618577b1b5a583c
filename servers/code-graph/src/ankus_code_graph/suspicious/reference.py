"""The table of all rules for the documentation, made from the packs.

python -m ankus_code_graph.suspicious.reference > docs/reference/code-graph-rules.md
"""

import sys

from ankus_code_graph.suspicious.packs import packs
from ankus_code_graph.suspicious.rule import Rule

_HEAD = """# The rules of find_suspicious

Made from the rule packs by `python -m ankus_code_graph.suspicious.reference`; do not edit. Severity says how
bad a true finding is, not how sure one is. Rules marked *graph* need a code graph.
"""


def reference() -> str:
    """The page in Markdown."""
    parts = [_HEAD]
    for pack in packs():
        rows = "".join(_row(rule) for rule in pack.rules)
        head = f"## {pack.name}: {pack.title}\n\n| rule | severity | what it finds, and why | references |\n"
        parts.append(f"{head}| --- | --- | --- | --- |\n{rows}")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    graph = " *graph*" if rule.graph_conditions else ""
    text = f"**{rule.title}.** {rule.why} {rule.fix}".replace("|", "\\|")
    references = "; ".join(rule.references).replace("|", "\\|")
    return f"| `{rule.id}`{graph} | {rule.severity} | {text} | {references} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
