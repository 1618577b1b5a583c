"""The prompt that leads a model from a criterion in words to a rule."""

from importlib import resources


def write_rule_prompt(criterion: str) -> str:
    """prompts/write_rule.md for one criterion."""
    file = resources.files("ankus_code_graph").joinpath("prompts", "write_rule.md")
    return file.read_text(encoding="utf-8").strip().replace("{criterion}", criterion)
