"""What can go wrong with a chart; codes are stable.

AnkusError
└── ChartRefused     chart_refused, empty_result, text_against_text, chart_too_large
DependencyError
└── NoRenderer       chart_not_drawn: the renderer fails or takes too long
"""

from ankus_shared.errors import AnkusError, DependencyError


class ChartRefused(AnkusError):
    """Raised when what is asked for cannot be drawn; says what can."""

    code = "chart_refused"


class NoRenderer(DependencyError):
    """Raised when the renderer fails or takes too long."""

    code = "chart_not_drawn"
