"""Self-consistency: several samples of one step, executed, and the result that most of them agree on.

Source: Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models", ICLR 2023;
here the samples agree if their tools answered alike, however the calls were written.
"""

from collections import Counter
from collections.abc import Sequence

from ankus_runner.calls import Made
from ankus_runner.hosts import ToolResult


def winner(candidates: Sequence[Made]) -> Made:
    """The first candidate of the largest group with one result; a failed call has no vote.

    Where all failed, and between groups of one size, the earliest wins.
    """
    sound = [candidate for candidate in candidates if not candidate.result.failed]
    votes = Counter(ballot(candidate.result) for candidate in sound)
    return max(sound, key=lambda candidate: votes[ballot(candidate.result)], default=candidates[0])


def decided(candidates: Sequence[Made], samples: int) -> bool:
    """Whether no further sample of `samples` in all could change the winner."""
    votes = Counter(ballot(candidate.result) for candidate in candidates if not candidate.result.failed)
    first, second = ([count for _, count in votes.most_common(2)] + [0, 0])[:2]
    return len(candidates) >= samples or first > second + samples - len(candidates)


def ballot(result: ToolResult) -> str:
    """A result whatever the order of its lines."""
    return "\n".join(sorted(result.text.splitlines()))
