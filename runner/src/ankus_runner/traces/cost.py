"""What tokens cost, where somebody says so."""

from dataclasses import dataclass

from ankus_runner.model import Usage
from ankus_shared.errors import SettingsError


@dataclass(frozen=True)
class Prices:
    """Prices of a million tokens, in whatever currency."""

    prompt: float
    cached: float
    completion: float

    def cost(self, usage: Usage) -> float:
        """What a completion cost."""
        evaluated = max(usage.prompt - usage.cached, 0)
        sums = evaluated * self.prompt + usage.cached * self.cached + usage.completion * self.completion
        return sums / 1_000_000


def prices(text: str) -> Prices | None:
    """Prices as `prompt,cached,completion`; None for an empty text.

    Raises:
        SettingsError: It is something else.
    """
    if not text.strip():
        return None
    try:
        found = Prices(*map(float, text.split(",")))
    except (ValueError, TypeError) as error:
        raise _wrong(text) from error
    if not all(0 <= price < 1e9 for price in (found.prompt, found.cached, found.completion)):
        raise _wrong(text)
    return found


def _wrong(text: str) -> SettingsError:
    return SettingsError(
        f"'{text}' is no list of prices.",
        hint="Write what a million tokens cost when read, read from the cache, and written: 0.15,0.075,0.6.",
    )
