"""What is wrong with a plan, each with what it means and what to try.

A finding speaks only where it matters: a node that takes a fifth of the time, an estimate ten times off,
anything that went to disk. What the figures mean: https://www.postgresql.org/docs/18/using-explain.html.
"""

from ankus_postgres_sql.plans.access import access_findings
from ankus_postgres_sql.plans.estimates import estimate_findings
from ankus_postgres_sql.plans.finding import Finding, Sizes
from ankus_postgres_sql.plans.model import Plan
from ankus_postgres_sql.plans.spills import spill_findings
from ankus_postgres_sql.plans.whole import whole_findings


def findings(plan: Plan, sizes: Sizes) -> list[Finding]:
    """All findings, the heaviest kinds first."""
    found = [*whole_findings(plan), *spill_findings(plan), *estimate_findings(plan)]
    return [*found, *access_findings(plan, sizes)]
