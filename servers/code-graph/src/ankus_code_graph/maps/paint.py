"""A map as the picture of an answer; PNG is drawn by `render.py` in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import anyio
import structlog

from ankus_code_graph.errors import NoRenderer
from ankus_shared.answers import Picture

PictureFormat = Literal["png", "svg", "none"]
SECONDS = 30
MOST_BYTES = 180_000
"""Largest picture; as base64 it must fit into one answer."""
_SCALES = (1.0, 0.8, 0.6)
_log = structlog.get_logger("ankus.code_graph")


async def paint(svg: str, form: PictureFormat) -> Picture:
    """The picture of a map; a PNG that is too large is drawn smaller.

    Raises:
        NoRenderer: If the renderer fails or takes longer than `SECONDS`, or the picture stays too large.
    """
    if form == "svg":
        pictures = [Picture(svg.encode(), "image/svg+xml")]
    else:
        pictures = [Picture(await _png(svg, _SCALES[0]), "image/png")]
        for scale in _SCALES[1:]:
            if len(pictures[-1].data) > MOST_BYTES:
                pictures.append(Picture(await _png(svg, scale), "image/png"))
    if len(pictures[-1].data) > MOST_BYTES:
        raise NoRenderer("The map is too large for an answer.", hint="Give a deeper path, or picture=none.")
    return pictures[-1]


async def _png(svg: str, scale: float) -> bytes:
    # -P: modules beside the script must not hide others. The server's secrets are not handed on.
    command = [sys.executable, "-P", str(Path(__file__).with_name("render.py")), str(scale)]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    try:
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(
                command, input=svg.encode(), stderr=subprocess.PIPE, check=False, env=environment
            )
    except TimeoutError as error:
        raise NoRenderer(
            f"The map was not drawn within {SECONDS} seconds.", hint="Try picture=svg or none."
        ) from error
    if done.returncode:
        tail = done.stderr.decode(errors="replace")[-2000:]
        _log.error("renderer failed", status=done.returncode, stderr=tail)
        raise NoRenderer("The renderer failed.", hint="Try picture=svg; the server's log tells more.")
    return done.stdout
