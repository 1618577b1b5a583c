"""A Vega-Lite specification as a picture, drawn by `render.py` in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import anyio
import structlog

from ankus_postgres_sql.charts.errors import ChartRefused, NoRenderer

PictureFormat = Literal["png", "svg"]
MIME = {"png": "image/png", "svg": "image/svg+xml"}
SECONDS = 30
PNG_BYTES = 150_000
"""A PNG beyond this is drawn once more with fewer pixels."""
MOST_BYTES = 185_000
"""Largest picture; as base64 it must fit into one answer."""
_log = structlog.get_logger("ankus.postgres_sql")


async def draw(spec: dict[str, Any], form: PictureFormat) -> bytes:
    """The picture of a specification.

    Raises:
        ChartRefused: With code `chart_too_large`.
        NoRenderer: If the renderer fails, or takes longer than `SECONDS`.
    """
    picture = await _render(spec, form, 1.5)
    if form == "png" and len(picture) > PNG_BYTES:
        picture = await _render(spec, form, 1.0)
    if len(picture) > MOST_BYTES:
        raise ChartRefused(
            f"The picture takes {len(picture):,} bytes; {MOST_BYTES:,} are allowed.",
            hint="Ask for format=png, or draw less: fewer colors, no facet, an aggregate.",
            code="chart_too_large",
        )
    return picture


async def _render(spec: dict[str, Any], form: PictureFormat, scale: float) -> bytes:
    request = json.dumps({"spec": spec, "format": form, "scale": scale}).encode()
    # -P: modules beside the script must not hide others. The server's secrets are not handed on.
    command = [sys.executable, "-P", str(Path(__file__).with_name("render.py"))]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    try:
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(
                command, input=request, stderr=subprocess.PIPE, check=False, env=environment
            )
    except TimeoutError as error:
        raise NoRenderer(f"The chart was not drawn within {SECONDS} seconds.", hint="Draw less.") from error
    if done.returncode:
        _log.error(
            "renderer failed", status=done.returncode, stderr=done.stderr.decode(errors="replace")[-2000:]
        )
        raise NoRenderer("The renderer failed.", hint="Try another mark; the server's log tells more.")
    return done.stdout
