"""What the commands of `ankus traces` have in common."""

from typing import Annotated

from cyclopts import Parameter, validators

from ankus_runner.traces.settings import TracePlace
from ankus_shared.settings import FLAT

Place = Annotated[TracePlace, FLAT]
Json = Annotated[bool, Parameter(negative=())]
Days = Annotated[int | None, Parameter(validator=validators.Number(gte=1))]
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1))]
User = str | None
EMBEDDED = TracePlace()
