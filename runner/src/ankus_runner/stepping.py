"""Step by step: a person sees each call that is about to go out, and says go on, go on alone, or stop."""

from collections.abc import Collection

import anyio

from ankus_runner.approvals import without
from ankus_runner.constraint import Call
from ankus_runner.errors import StoppedError
from ankus_runner.events import Paused
from ankus_runner.hooks import Keeper
from ankus_runner.keyboard import Keyboard
from ankus_runner.run import Run

ASKED = "[g]o on, go on [a]lone until the answer, or [s]top: "


class StepByStep:
    """A keeper that waits for a person before each call, and keeps by another one.

    Args:
        keeper: The other one.
        keyboard: Where the person sits.
        secrets: What nobody sees of a call.
    """

    def __init__(self, keeper: Keeper, keyboard: Keyboard, secrets: Collection[str] = ()) -> None:
        self._keeper = keeper
        self._keyboard = keyboard
        self._shown = without(secrets)
        self._alone: set[str] = set()
        """The runs that go on alone."""
        self._lock = anyio.Lock()  # calls of a plan go out side by side

    async def calling(self, run: Run, text: str, call: Call) -> None:
        """Wait for the person, then keep the call.

        Raises:
            StoppedError: They say stop.
        """
        async with self._lock:
            if run.run_id not in self._alone:
                await self._ask(run, call)
        await self._keeper.calling(run, text, call)

    async def stepped(self, run: Run) -> None:
        """See `Keeper`."""
        await self._keeper.stepped(run)

    async def ended(self, run: Run) -> None:
        """See `Keeper`."""
        self._alone.discard(run.run_id)
        await self._keeper.ended(run)

    async def _ask(self, run: Run, call: Call) -> None:
        run.tell(Paused(call.name, self._shown(call.arguments)))
        key = await self._keyboard.key(ASKED, "gas")
        if key == "s":
            raise StoppedError("The run was stopped.", hint="Ask again, or something else.")
        if key == "a":
            self._alone.add(run.run_id)
