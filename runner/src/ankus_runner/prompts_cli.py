"""`ankus prompts`: the versions of a profile's prompt."""

from difflib import unified_diff

import cyclopts
from rich.console import Console

from ankus_runner.profile import load_profile

prompts_app = cyclopts.App(name="prompts", help="List, show and compare the versions of a profile's prompt.")


@prompts_app.command(name="list")
def list_versions(profile: str, /) -> None:
    """Print each version: its name, the share of conversations that see it, its hash and its length.

    Parameters
    ----------
    profile
        A profile of the package, or a folder.
    """
    found = load_profile(profile)
    for version, prompt in found.versions.items():
        share = found.shares.get(version, 0.0)
        _print(f"{version:<12} {share:>6.1%}  {prompt.hash[:12]}  {len(prompt.body)} characters")


@prompts_app.command
def show(profile: str, /, *, prompt_version: str | None = None) -> None:
    """Print a prompt as it is written, with what it includes.

    Parameters
    ----------
    profile
        A profile of the package, or a folder.
    prompt_version:
        Its version; by default that of profile.toml.
    """
    found = load_profile(profile).with_prompt(prompt_version)
    _print(found.versions[max(found.shares, key=lambda version: found.shares[version])].body)


@prompts_app.command
def diff(profile: str, before: str, after: str, /) -> None:
    """Print what differs between two versions, as a unified diff.

    Parameters
    ----------
    profile
        A profile of the package, or a folder.
    before
        A version.
    after
        Another one.
    """
    found = load_profile(profile)
    old, new = (found.with_prompt(version).versions[version].body for version in (before, after))
    for line in unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm=""):
        _print(line)


def _print(text: str) -> None:
    Console(markup=False, emoji=False, highlight=False).print(text, soft_wrap=True)
