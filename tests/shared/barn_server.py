"""A server whose life can be watched from outside; run it as a program.

In the folder BARN_FOLDER it leaves `opened` and `closed` with its lifespan and `cancelled` with a call. It is
not ready while there is a file `thirsty`, cannot open where there is a file `burnt`, and never closes where
there is a file `stuck`.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from ankus_shared import serve
from ankus_shared.errors import DependencyError
from ankus_shared.settings import FLAT, ServeSettings, command_line, run_command
from ankus_shared.tools import READ_ONLY, AnkusServer, answer

_DEFAULTS = ServeSettings()


def build_server(folder: Path) -> AnkusServer:
    """The server."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[str]:
        if (folder / "burnt").exists():
            raise DependencyError("The barn is burnt.", hint="Build it.")
        (folder / "opened").touch()
        try:
            yield "barn"
        finally:
            (folder / "closed").touch()
            if (folder / "stuck").exists():
                sys.stderr.write("the door is stuck\n")
                with anyio.CancelScope(shield=True):
                    await anyio.sleep_forever()

    async def is_watered() -> None:
        if (folder / "thirsty").exists():
            raise DependencyError("The well at water://user:hunter2@well is dry.")

    server = AnkusServer("barn", version="1.0", instructions="Sleep.", lifespan=lifespan)
    server.add_readiness_check("water", is_watered)

    @server.tool(annotations=READ_ONLY)
    async def sleep_long(ctx: Context[Any, Any]) -> CallToolResult:
        """Report that it begins, then sleep for ever."""
        try:
            await ctx.report_progress(0, 1, "asleep")
            await anyio.sleep_forever()
        finally:
            (folder / "cancelled").touch()
        raise AssertionError("for ever ended")

    @server.tool(annotations=READ_ONLY)
    def count_sheep() -> CallToolResult:
        """Count them."""
        return answer("12")

    return server


def main() -> int:
    """The program."""
    app = command_line("barn", version="1.0", help="A server for tests of serving.")

    @app.default
    def serve_barn(settings: Annotated[ServeSettings, FLAT] = _DEFAULTS) -> None:
        serve.run(build_server(Path(os.environ["BARN_FOLDER"])), settings)

    return run_command(app)


if __name__ == "__main__":
    sys.exit(main())
