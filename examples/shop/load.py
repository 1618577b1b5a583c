"""Load the example shop into the embedded PostgreSQL, or into a database of your own.

python -m examples.shop.load --help
"""

import sys
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ankus_shared.settings import FLAT, command_line, option, run_command
from examples.shop import marker

HELP = """Load the example database: an online shop in English and Russian, 12 tables, 77,000 rows.

With no flag it goes into database "shop" of the embedded PostgreSQL, started
for that time. Where that database is up to date, nothing is done or printed.
Interrupted, the load leaves nothing half made.

Examples:
  python -m examples.shop.load
  python -m examples.shop.load --database-url postgresql://me@localhost/mine
"""

app = command_line("python -m examples.shop.load", version="1", help=HELP)


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    """Where the example goes."""

    database_url: Annotated[str | None, option("ANKUS_SHOP_DATABASE_URL")] = None
    """Load into schema public of a database of your own; refused where tables of the same names are there."""

    force: Annotated[bool, Parameter(negative=())] = False
    """Load again what is loaded: changes made to the example's tables are lost."""


@app.default
def load(*, settings: Annotated[LoadSettings, FLAT] = LoadSettings()) -> None:
    """Load the example unless it is there."""
    if settings.database_url is None and not settings.force and marker.is_fresh():
        return
    # here: the driver and the generator take longer to import than the answer above
    from ankus_shared import logs
    from examples.shop import database

    logs.configure("warning")
    if settings.database_url is None:
        database.load_embedded(force=settings.force)
    else:
        database.load_into(settings.database_url, force=settings.force)


if __name__ == "__main__":
    sys.exit(run_command(app))
