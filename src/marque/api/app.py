"""``create_app``: the routes over the parts."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from marque.api import examples, problems
from marque.api.front import Front, Fronted
from marque.api.guard import Guard
from marque.api.parts import Parts
from marque.api.routes import (
    analytics,
    audit,
    cameras,
    deliveries,
    events,
    export,
    finding,
    insight,
    intake,
    keys,
    live,
    pages,
    read,
    reads,
    search,
    searches,
    session,
    sinks,
    state,
    stream,
    upkeep,
    users,
)

ABOUT = """Plate events as they are read, kept and handed on. Events are `marque.event/1`; refusals are
`application/problem+json`. A server that asks who you are takes an API key, or the session of a sign-in."""

REFUSED = {
    status: {
        "description": text,
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in (("401", "nobody knows who asks"), ("403", "a scope is missing"))
}


PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "multipart/*", "application/vnd.apache.parquet")
"""what compressing makes no smaller, or would hold back"""


class Api(FastAPI):
    """FastAPI whose document says that refusals are problems."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        for operation in (o for path in document["paths"].values() for o in path.values()):
            if "security" in operation:
                operation["responses"] |= REFUSED
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/Problem"):
                    content[problems.MEDIA_TYPE] = content.pop("application/json")
        examples.add_to(document)
        return document


def create_app(parts: Parts, front: Front | None = None) -> FastAPI:
    """The whole HTTP side of Marque over its parts; ``front`` is the dashboard."""
    app = _described()
    app.state.parts = parts
    if front is not None:
        app.router.lifespan_context = front.lifespan
        app.add_middleware(Fronted, front=front)
    app.add_middleware(GZipMiddleware, compresslevel=3, exclude_content_types=PACKED)
    app.add_middleware(Guard, hosts=parts.hosts)
    app.include_router(pages.router(parts))
    return app


def document() -> dict[str, Any]:
    """The OpenAPI document, which does not depend on the parts."""
    return _described().openapi()


def _described() -> Api:
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": problems.Problem, "description": text}
        for status, text in ((422, "the parameters cannot be used"), (503, "the event store does not answer"))
    }
    app = Api(title="Marque", version="1", description=ABOUT, docs_url=None, redoc_url=None)
    problems.install(app)
    for router in (
        export.router,
        finding.router,
        reads.router,
        events.router,
        search.router,
        analytics.router,
        stream.router,
        live.router,
    ):
        app.include_router(router, responses=refusals)
    app.include_router(read.router)
    app.include_router(intake.router)
    for router in (cameras.router, insight.router, deliveries.router, sinks.router, searches.router):
        app.include_router(router, responses=refusals)
    for router in (session.router, users.router, keys.router, audit.router):
        app.include_router(router, responses={503: refusals[503]})
    app.include_router(state.router)
    app.include_router(upkeep.router, responses={503: refusals[503]})
    return app
