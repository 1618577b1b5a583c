"""What can go wrong with a model that makes vectors; codes are stable.

DependencyError
├── ModelMissing         model_missing: a model that is not installed; the hint is the command for it
├── ModelChanged         model_changed: weights whose hash is another one than before
├── ModelMismatch        model_mismatch: vectors of another dimension or model than there were
└── EmbedderUnavailable  embedder_unavailable: the server that makes vectors does not answer
"""

from typing import ClassVar

from ankus_shared.errors import DependencyError


class ModelMissing(DependencyError):
    """Raised when a model is not installed; the hint is the exact command that installs it."""

    code = "model_missing"
    exit_status: ClassVar[int] = 2


class ModelChanged(DependencyError):
    """Raised when the weights of a model are not those that its vectors were made by."""

    code = "model_changed"


class ModelMismatch(DependencyError):
    """Raised when vectors do not fit those that are there: another dimension, another model."""

    code = "model_mismatch"


class EmbedderUnavailable(DependencyError):
    """Raised when the server that turns text into vectors does not answer, or answers something else."""

    code = "embedder_unavailable"
