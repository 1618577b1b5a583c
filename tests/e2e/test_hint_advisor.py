"""The profile `hint-advisor`: hint sets are proposed under the grammar of one SELECT, and measured."""

import json
from pathlib import Path

from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.shop import ankus

SELECT = (
    "SELECT count(*) FROM orders o JOIN customers c ON c.customer_id = o.customer_id"
    " WHERE c.segment = 'business'"
)
MEASURE = "postgres-sql__measure_hints"


def test_hint_sets_are_bound_to_the_select_and_measured(shop_home: Path, scripted: ScriptedModel) -> None:
    scripted.play(
        call(MEASURE, {"hint_sets": ["NestLoop(o c)", "MergeJoin(o c)"]}), final("Neither is faster.")
    )

    done = ankus(
        shop_home, "ask", SELECT, "--profile", "hint-advisor", "--base-url", scripted.url, "--json",
        ANKUS_TOOLSETS="read,tuning",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["answer"] == "Neither is faster."
    assert outcome["arguments"]["sql"] == SELECT
    assert "NestLoop(o c)" in outcome["result"]
    [first, _] = scripted.requests
    assert "orders_pkey" in first["grammar"]
    assert "business" not in first["grammar"]  # the SELECT is filled in, not written
    assert "Seq Scan on" in first["messages"][1]["content"]
    assert "root ::=" not in first["messages"][1]["content"]


def test_what_is_no_select_is_told_at_once(shop_home: Path, scripted: ScriptedModel) -> None:
    done = ankus(
        shop_home, "ask", "Make it fast!", "--profile", "hint-advisor", "--base-url", scripted.url,
        ANKUS_TOOLSETS="read,tuning",
    )  # fmt: skip

    assert done.returncode == 1
    assert "syntax error" in done.stderr.splitlines()[-1].lower()


def test_a_server_without_the_toolset_is_a_clear_error(shop_home: Path, scripted: ScriptedModel) -> None:
    done = ankus(shop_home, "ask", SELECT, "--profile", "hint-advisor", "--base-url", scripted.url)

    assert done.returncode != 0
    assert "measure_hints" in done.stderr.splitlines()[-1]
