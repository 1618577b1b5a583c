"""An MCP server over stdio with one tool that takes a fixed time.

python -m benchmarks.load.tool SECONDS
"""

import sys

import anyio
from mcp.server import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("paced")
SECONDS = float(sys.argv[1])


@server.tool(structured_output=False, annotations=ToolAnnotations(read_only_hint=True))
async def look_up(word: str) -> str:
    """Look a word up."""
    await anyio.sleep(SECONDS)
    return "\n".join(
        f"{word} | {number} | a row of what was found, as long as rows are" for number in range(20)
    )


if __name__ == "__main__":
    server.run("stdio")
