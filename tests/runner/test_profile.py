"""Profiles: an agent is data, and what is wrong with it is named."""

import re
from pathlib import Path

import pytest

from ankus_runner.errors import ConfigError
from ankus_runner.profile import PlanPolicy, load_profile, profile_names

README = Path(__file__).parents[2] / "runner" / "README.md"


def written(folder: Path, toml: str, system: str = "You help.\n{{ tools }}") -> str:
    """A profile in a folder of its own."""
    (folder / "profile.toml").write_text(toml, "utf-8")
    (folder / "prompts" / "1").mkdir(parents=True, exist_ok=True)
    (folder / "prompts" / "1" / "system.md.j2").write_text(system, "utf-8")
    return str(folder)


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_of_the_package_loads(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert "- f()" in profile.versions[profile.prompt].text("- f()")


def test_the_profiles_of_the_readme_load(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    counting, planning = (block for block in blocks if block.startswith("name = "))
    parts = [block for block in blocks if re.match(r"\[(memory|approvals|\[routes\])\]", block)]
    [bound] = (block for block in blocks if "[[bound]]" in block)

    profile = load_profile(written(tmp_path, counting))
    planner = load_profile(written(tmp_path, planning))
    about = 'name = "bound"\ndescription = "Binds."\ntools = ["*"]\n'
    for part in parts:
        assert load_profile(written(tmp_path, about + part)).name == "bound"
    binding = load_profile(written(tmp_path, about + bound))

    assert planner.mode == "rewoo"
    assert planner.plan == PlanPolicy()
    assert [rule.tool for rule in binding.bound] == ["postgres-sql__measure_hints"]
    assert profile.name == "counter"
    assert profile.limits.steps == 6
    assert profile.context.strategy == "hybrid"
    assert profile.context.pins == ("postgres-sql__run_query",)
    assert profile.prelude[0].tool == "postgres-sql__list_tables"


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("name = ", "cannot be used"),
        ('name = "x"\ndescription = "y"\ntools = []', "tools"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\nstep = 1', "step: extra inputs"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\n[limits]\nsteps = 0', "limits.steps"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\nmode = "rewoo"\nsamples = 3', "samples must be 1"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\nmode = "rewoo"\n[limits]\nsteps = 2', "steps of 3"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\n[plan]\nsteps = 99', "plan.steps"),
        ('name = "x"\ndescription = "y"\ntools = ["a"]\n[context]\nstrategy = "wish"', "context.strategy"),
    ],
)
def test_what_is_wrong_with_a_profile_is_named_in_one_line(tmp_path: Path, toml: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile(written(tmp_path, toml))

    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "limits",
    [
        "steps = 2\nsame_call = 3",
        "seconds = 10\ncall_seconds = 11",
        "tokens = 300",
        "context_tokens = 1024\nstep_tokens = 512",
        "final_chars = 1500\nstep_tokens = 280",
        "seconds = 60\n[approvals]\nseconds = 61",
    ],
)
def test_limits_that_contradict_each_other_are_refused(tmp_path: Path, limits: str) -> None:
    beginning = 'name = "x"\ndescription = "y"\ntools = ["a"]\n[limits]\n'

    with pytest.raises(ConfigError, match="contradict each other: ") as caught:
        load_profile(written(tmp_path, beginning + limits))

    assert caught.value.code == "contradictory_limits"


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="Known: analyst, assistant"):
        load_profile("no-such")
