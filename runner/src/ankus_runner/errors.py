"""The errors that the runner raises on purpose.

AnkusError (ankus_shared.errors)
└── RunnerError
    └── ModelError               the model's file or its engine
        ├── UnknownModelError    no catalogue entry and no GGUF file of that name
        ├── ModelMissingError    the model is known but not on this machine
        ├── DownloadError        every source failed; the message names each with its cause
        ├── DiskSpaceError       the disk cannot hold the model, or became full on the way
        ├── HashMismatchError    the bytes are not the ones that the catalogue names
        └── EngineError          llama.cpp did not start, or died
    ├── ConfigError              mcp.json or a profile is wrong (exit status 2)
    ├── QuestionError            the question is empty or too long (exit status 2)
    ├── ServerDownError          an MCP server does not start, or died during a call
    ├── EndpointError            the model's HTTP endpoint refuses, fails or is not there
    │   ├── StreamBrokenError    the answer stopped in the middle, or was none
    │   ├── StalledError         the answer did not begin, or did not go on, in time
    │   ├── BreakerOpenError     it failed before and is left alone for a while
    │   └── ModelsFailedError    every model of the chain failed; the message names each with its cause
    ├── NotAllowedError          a user may not use the profile or the tool
    ├── ApprovalError            a person cannot be asked whether a call may be made
    ├── UnguardedError           the endpoint ignores every grammar that we can send
    └── NotAnsweredError         the loop ended without an answer: a limit, a loop, no tool left
        ├── PlanFailedError      ReWOO: no plan that can be carried out, or none that brought an answer
        ├── PlanRefusedError     ReWOO: a person does not want the plan
        ├── StoppedError         a person stopped it
        └── ContextFullError     the system prompt and the question alone do not fit into the context
"""

from typing import ClassVar

from ankus_shared.errors import AnkusError


class RunnerError(AnkusError):
    """Base of everything that the runner raises on purpose."""

    code = "runner_error"


class ModelError(RunnerError):
    """Base of what can go wrong with the embedded model."""

    code = "model_error"


class UnknownModelError(ModelError):
    """Raised when a name is neither in the catalogue nor a GGUF file on this machine."""

    code = "unknown_model"


class ModelMissingError(ModelError):
    """Raised when a model of the catalogue has not been pulled yet."""

    code = "model_missing"


class DownloadError(ModelError):
    """Raised when no source could deliver the model; what arrived is kept for the next run."""

    code = "download_failed"


class DiskSpaceError(ModelError):
    """Raised when the disk has no room for the model; what arrived is kept for the next run."""

    code = "disk_full"


class HashMismatchError(ModelError):
    """Raised when a file's SHA-256 is not the catalogue's; the file has been deleted."""

    code = "hash_mismatch"


class EngineError(ModelError):
    """Raised when llama.cpp does not start, cannot read the model, or dies."""

    code = "engine_failed"


class ConfigError(RunnerError):
    """Raised when mcp.json or a profile cannot be used as it stands."""

    code = "bad_config"
    exit_status: ClassVar[int] = 2


class QuestionError(RunnerError):
    """Raised when the question is empty or longer than the profile allows."""

    code = "bad_question"
    exit_status: ClassVar[int] = 2


class ServerDownError(RunnerError):
    """Raised when an MCP server does not start, or died during a call."""

    code = "server_down"


class CallTimeoutError(ServerDownError):
    """Raised when a call took longer than it may; it has been cancelled in its server."""

    code = "call_timeout"


class EndpointError(RunnerError):
    """Raised when the model's endpoint cannot be reached or answers with an error status."""

    code = "endpoint_failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        again: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after
        self.again = again


class StreamBrokenError(EndpointError):
    """Raised when the model's stream ends before its last event, or is no stream."""

    code = "stream_broken"


class StalledError(EndpointError):
    """Raised when a phase of the model's answer takes longer than it may."""

    code = "model_stalled"


class BreakerOpenError(EndpointError):
    """Raised when a model is not asked, since it has just failed several times."""

    code = "model_left_alone"


class ModelsFailedError(EndpointError):
    """Raised when none of several models could be used for a step."""

    code = "models_failed"


class NotAllowedError(RunnerError):
    """Raised when a user's list, or a profile that nobody can be asked about, leaves nothing to be used."""

    code = "tool_not_allowed"


class ApprovalError(RunnerError):
    """Raised when it cannot be asked whether a call may be made, or the answer cannot be read."""

    code = "approval_failed"


class UnguardedError(RunnerError):
    """Raised when the endpoint obeys none of the constraint dialects, so that no grammar would hold."""

    code = "unguarded"


class NotAnsweredError(RunnerError):
    """Raised when the loop ends without an answer."""

    code = "not_answered"


class StoppedError(NotAnsweredError):
    """Raised when a person stops a run that goes step by step."""

    code = "stopped"


class ContextFullError(NotAnsweredError):
    """Raised when the system prompt, the opening and the question alone are too long for the model."""

    code = "context_full"


class PlanFailedError(NotAnsweredError):
    """Raised when no plan could be made, or none could be carried out so far that an answer is possible."""

    code = "plan_failed"


class PlanRefusedError(NotAnsweredError):
    """Raised when a person does not want a plan, or has to agree to it and cannot be asked."""

    code = "plan_refused"


class PictureError(RunnerError):
    """Raised when a picture that a tool drew cannot be written to a file."""

    code = "picture_not_written"
