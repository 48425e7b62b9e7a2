"""The program that renders figures: one browser, JSON lines in on stdin, JSON lines out on stdout.

Run as a file by ``ChartRenderer``; imports nothing of this package. In: ``{"name", "figure", "format"}``.
Out: first ``{"ready": seconds}`` after one tiny PNG was rendered, then ``{"name", "image": base64}`` or
``{"name", "error"}``.
End of input: finish what was asked for, close the browser, exit.
"""

import asyncio
import base64
import json
import os
import sys
import threading
import time
from typing import Any, TextIO

GRACE_SECONDS = 15.0
"""After the end of input the parent may be gone; a browser that hangs is killed after this long."""

SELF_TEST = {"data": [{"y": [1, 2], "type": "scatter"}], "layout": {"width": 40, "height": 30}}


async def serve(browser_path: str, out: TextIO) -> None:
    """Opens the browser, says so, renders what arrives on stdin until it ends."""
    from kaleido import Kaleido

    began = time.perf_counter()
    # Without mathjax=False every page asks a CDN for MathJax, and waits for it where there is no network.
    async with Kaleido(n=1, mathjax=False, path=browser_path, timeout=60) as kaleido:

        async def keep_tab(tab: Any) -> None:
            await kaleido.tabs_ready.put(tab)

        # kaleido reloads the page after each figure: 13 figures take 3.0 s with the reloads and 0.9 s without, byte for
        # byte the same size. Should a later kaleido rename the method, the reloads come back and nothing else changes.
        kaleido._return_kaleido_tab = keep_tab

        await kaleido.calc_fig(SELF_TEST, opts={"format": "png"})
        send(out, {"ready": time.perf_counter() - began})
        tasks = set()
        async for line in lines_of(sys.stdin):
            tasks.add(asyncio.create_task(render(kaleido, json.loads(line), out)))
        await asyncio.gather(*tasks)


async def render(kaleido: Any, request: dict[str, Any], out: TextIO) -> None:
    """Renders one figure; a figure that fails is reported, and the others go on."""
    try:
        image = await kaleido.calc_fig(request["figure"], opts={"format": request["format"]})
    except Exception as error:
        send(out, {"name": request["name"], "error": f"{type(error).__name__}: {error}"[:2000]})
    else:
        send(out, {"name": request["name"], "image": base64.b64encode(image).decode("ascii")})


async def lines_of(stream: TextIO) -> Any:
    """The lines of a blocking stream, read in a thread."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, stream.readline):
        yield line
    watchdog = threading.Timer(GRACE_SECONDS, kill_descendants_and_exit)
    watchdog.daemon = True
    watchdog.start()


def kill_descendants_and_exit() -> None:
    """The browser runs in a session of its own, so it is found by descent, not by process group."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


def send(out: TextIO, message: dict[str, Any]) -> None:
    """One message, one line."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def main() -> None:
    """Keeps the real stdout for messages and sends whatever libraries print to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asyncio.run(serve(sys.argv[1], out))


if __name__ == "__main__":
    main()
