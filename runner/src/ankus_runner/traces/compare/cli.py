"""`ankus traces compare`."""

from dataclasses import asdict

from rich.console import Console

from ankus_runner.traces.compare import runs, sets, show
from ankus_runner.traces.export import as_json
from ankus_runner.traces.parameters import EMBEDDED, Days, Json, Limit, Place, User
from ankus_runner.traces.reading import Wanted
from ankus_runner.traces.store import connected
from ankus_shared.errors import SettingsError


def compare(
    before: str,
    after: str,
    /,
    *,
    profile: str | None = None,
    days: Days = None,
    model: str | None = None,
    user: User = None,
    limit: Limit = 1_000,
    json: Json = False,
    place: Place = EMBEDDED,
) -> None:
    """Show what differs between two sets of runs, such as those of two prompts, or between two runs.

    A set is chosen by prompt, profile, model and days: prompt=2, or profile=analyst,model=large,days=7. A
    prompt is named by its version or the beginning of its hash. Cancelled runs are left out. Of two runs,
    named by the beginnings of their ids, the prompts, calls, results and answers are shown.

    Parameters
    ----------
    before
        A set, or a run.
    after
        What it is compared with.
    profile:
        Only runs of one profile, in both sets.
    days:
        Only those of the last so many days.
    model:
        Only those that this model was asked for first.
    user:
        Only those of one user.
    limit:
        How many runs a set has at most, the newest.
    json:
        Print one JSON object.
    """
    first, second = sets.chosen(before), sets.chosen(after)
    if first is None and second is None:
        with connected(place.traces_url()) as connection:
            pair = runs.compare(connection, before, after, user)
        print(as_json(asdict(pair))) if json else show.print_pair(Console(), pair)
        return
    if first is None or second is None:
        raise SettingsError(
            "A run and a set cannot be compared.", hint="Name two runs, or prompt=1 and prompt=2."
        )
    common = Wanted(days=days, profile=profile, model=model, user=user, limit=limit)
    with connected(place.traces_url()) as connection:
        compared = sets.compare(connection, (first, second), common)
    if json:
        print(as_json(sets.as_row(compared)))
    else:
        show.print_sets(Console(), (before, after), compared)
