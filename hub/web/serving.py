"""The server (服务): uvicorn on one address, with a log that holds nothing of anybody's."""

from __future__ import annotations

import logging

import uvicorn

from hub.line import Hub
from hub.web.app import create

OURS = ("hub.", "uvicorn")


def serve(hub: Hub, host: str, port: int, *, run: bool) -> None:
    """Serve until a signal ends it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(lambda record: record.name.startswith(OURS))  # what others log may quote a cell
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    server(hub, host, port, run=run).run()


def server(hub: Hub, host: str, port: int, *, run: bool) -> uvicorn.Server:
    """The server, before it runs. Its own access log would quote queries: ``doorway`` writes one without."""
    config = uvicorn.Config(
        create(hub, run=run),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )
    return uvicorn.Server(config)
