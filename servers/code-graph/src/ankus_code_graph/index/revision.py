"""The commit that a source tree is at."""

import subprocess
from pathlib import Path


def head(root: Path) -> str:
    """The commit of a git work tree; "" where it is none, or there is no git."""
    command = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
