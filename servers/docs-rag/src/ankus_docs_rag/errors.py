"""What can go wrong with documents; codes are stable.

AnkusError
├── BadSource          bad_source: a path or page that is not there or holds nothing that can be read
├── UnknownSource      unknown_source: no source of that name
├── UnknownDocument    unknown_document: no such page or section
├── UnknownFilter      unknown_filter: a key or a value that no passage has; the hint names the nearest
├── BadQuestion        bad_question: an empty question, or one that is far too long
├── BadQuestions       bad_questions: a file of questions that cannot be read
└── IngestBusy         ingest_busy: the source is being ingested by somebody else
LimitError
└── SearchTimeout      search_timeout: a search ran longer than is allowed
DependencyError
├── UnknownModel       unknown_model: no model of that name
├── RerankerUnavailable  reranker_unavailable: the server that looks at passages again does not answer
├── JudgeUnavailable   judge_unavailable: the model that judges answers does not answer
├── NoVectors          no_vectors: the database has no pgvector, or one that is too old
└── NotWritable        not_writable: the database role may not write documents

What goes wrong with a model that makes vectors is in `ankus_shared.embed.errors`.
"""

from ankus_shared.errors import AnkusError, DependencyError, LimitError


class BadSource(AnkusError):
    """Raised when a source cannot be read: no such path, nothing readable in it, or a broken file."""

    code = "bad_source"


class UnknownSource(AnkusError):
    """Raised when a source is asked for that is not there; the hint names those that are."""

    code = "unknown_source"


class UnknownDocument(AnkusError):
    """Raised when a page or a section is asked for that is not there; the hint names the nearest."""

    code = "unknown_document"


class UnknownFilter(AnkusError):
    """Raised when a filter has a key or a value that nothing has; the hint names the nearest."""

    code = "unknown_filter"


class BadQuestion(AnkusError):
    """Raised when there is nothing to search for, or far too much."""

    code = "bad_question"


class BadQuestions(AnkusError):
    """Raised when a file of questions to evaluate by cannot be read; names the line."""

    code = "bad_questions"


class IngestBusy(AnkusError):
    """Raised when the source is being ingested by another process."""

    code = "ingest_busy"


class SearchTimeout(LimitError):
    """Raised when a search ran longer than the server lets it."""

    code = "search_timeout"


class UnknownModel(DependencyError):
    """Raised when a model is named that the catalogue does not have; the hint names those that it has."""

    code = "unknown_model"


class RerankerUnavailable(DependencyError):
    """Raised when the server that looks at passages again does not answer, or answers something else."""

    code = "reranker_unavailable"


class JudgeUnavailable(DependencyError):
    """Raised when the model that judges answers does not answer, or answers something else."""

    code = "judge_unavailable"


class NoVectors(DependencyError):
    """Raised when the database has no pgvector, or one before 0.8; the hint says how to install it."""

    code = "no_vectors"


class NotWritable(DependencyError):
    """Raised when the role of the database may not write documents."""

    code = "not_writable"
