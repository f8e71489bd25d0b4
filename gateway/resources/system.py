"""What machines and pages ask before anybody is signed in: settings, probes, figures."""

from __future__ import annotations

from gateway.forward import Resource
from gateway.http import Request, Response, write_json
from gateway.operation import File, Limit, Operation, operation
from gateway.problems import NoSuchRoute
from gateway.resources.answers import Health, Readiness, SiteSettings
from services.chassis import metrics
from services.contracts.method import PUBLIC
from services.contracts.wire import dump

_TAG = "system"
ONE_MINUTE = "public, max-age=60"
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


class Settings(Resource):
    @operation(
        Operation(
            name="get_settings",
            summary="What the pages must know before anybody has signed in",
            tag=_TAG,
            own_authority=PUBLIC,
            answer=SiteSettings,
            cache=ONE_MINUTE,
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        given = self.with_.settings
        write_json(
            resp,
            dump(
                SiteSettings(
                    county_id=given.county_id,
                    county_name=given.county_name,
                    simulated_money=given.is_simulated,
                    wechat_app_id=given.wechat_app_id,
                    wechat_authorize_url=given.wechat_authorize_url,
                    wechat_bridge_url=given.wechat_bridge_url,
                )
            ),
        )


class LivenessProbe(Resource):
    @operation(
        Operation(
            name="livez",
            summary="Whether this process answers",
            tag=_TAG,
            own_authority=PUBLIC,
            answer=Health,
            limit=Limit.PROBE,
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        write_json(resp, dump(Health(status="ok")))


class ReadinessProbe(Resource):
    @operation(
        Operation(
            name="readyz",
            summary="Whether calls can be made now: broker reached, every service listening. 503 when not",
            tag=_TAG,
            own_authority=PUBLIC,
            answer=Readiness,
            also_answers=((503, Readiness),),
            limit=Limit.PROBE,
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        ready = self.with_.services.transport.is_ready()
        resp.status = 200 if ready else 503
        checks = {"services": "ok" if ready else "not reached"}
        write_json(resp, dump(Readiness(status="ok" if ready else "failing", checks=checks)))


class Metrics(Resource):
    """For the machine's own collector. From elsewhere it does not exist, unless a setting opens it."""

    @operation(
        Operation(
            name="metrics",
            summary="Figures in Prometheus' form; for this machine only unless opened",
            tag=_TAG,
            own_authority=PUBLIC,
            answer=File("text/plain"),
            errors=(NoSuchRoute,),
            limit=Limit.PROBE,
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        # Behind a proxy on this machine everybody comes from it, and the proxy says so in a header.
        local = req.env.get("REMOTE_ADDR") in LOOPBACK and req.get_header("X-Forwarded-For") is None
        if not local and not self.with_.settings.open_metrics:
            raise NoSuchRoute
        resp.data, resp.content_type = metrics.exposition()
