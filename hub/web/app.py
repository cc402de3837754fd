"""The app (应用): API under ``/api``, pages for a phone under ``/m``. Speaks plain HTTP; a reverse proxy does TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hub.line import Hub
from hub.line.service_keys import MOST_PER_MINUTE, outlet_of
from hub.web import deliveries, mobile, problems, services
from hub.web.admission import Pace
from hub.web.answers import Problem
from hub.web.doorway import Doorway
from hub.web.envelopes import Envelope
from hub.web.running import Runner

ABOUT = (
    "县级公共信用数据交换枢纽的报送接口和信用服务接口 Deliveries over HTTP, and facts for credit-service bodies. "
    "Every request needs a token of the department, or a key of the body."
)


def create(hub: Hub, *, run: bool = False) -> FastAPI:
    """The app of one hub. ``run``: its line runs in this process, too."""
    runner = Runner(hub) if run else None

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if runner is not None:
            runner.start()
        yield
        if runner is not None:
            runner.stop()

    app = FastAPI(
        title=f"{hub.county.name}公共信用数据交换",
        version="1",
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page comes from other people's servers
        redoc_url=None,
        lifespan=life,
    )
    app.state.hub, app.state.runner, app.state.pace = hub, runner, Pace(hub.settings.posts_per_minute)
    problems.install(app)
    app.include_router(deliveries.router)
    if outlet_of(hub) is not None:
        app.state.service_pace = Pace(MOST_PER_MINUTE)
        app.include_router(services.router)
    app.include_router(mobile.router)
    mobile.mount(app)
    app.add_middleware(Doorway)
    _describe(app)
    _ = hub.ledger, hub.store, hub.contracts  # opened before many threads ask for them
    return app


def _describe(app: FastAPI) -> None:
    """The OpenAPI document, with the parts that no signature says."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes))
            schemas = made["components"]["schemas"]
            for model in (Problem, Envelope):
                schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        return made

    app.openapi = openapi  # type: ignore[method-assign]
