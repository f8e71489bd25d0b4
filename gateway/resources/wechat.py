"""WeChat Pay's notices: carried to the dues service as they came, answered in WeChat's own form.

Nothing is judged here. A notice is trusted after the service has checked its signature, and by nothing before that.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable

from gateway.forward import Resource
from gateway.http import Request, Response, read_bytes, write_json
from gateway.operation import JSON, Limit, Operation, RawBody, operation
from gateway.problems import problem_of
from gateway.resources.answers import WeChatAnswer
from services.chassis.limits import MAX_NOTICE_BYTES
from services.chassis.logging import get_logger
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import AcceptNotice, NoticeResult
from services.contracts.errors import ServiceError
from services.contracts.method import Method
from services.contracts.wire import dump, load

SIGNED_HEADERS = "WECHATPAY-"
MAX_HEADERS = 20
SIGNATURE = "wechatpay-signature"
NOTICES = uuid.UUID("5f1c3a52-0a3e-5b63-9a86-2f6a3f6f9d11")
"""The name space of request ids that are made from notices."""

_log = get_logger("wechat")


def notice_of(req: Request) -> AcceptNotice:
    """Raises TooLarge, LengthNeeded, CutShort; InvalidMessage when a header is longer than any of WeChat's."""
    headers = {name.lower(): value for name, value in req.headers.items() if name.upper().startswith(SIGNED_HEADERS)}
    body = read_bytes(req, None, MAX_NOTICE_BYTES)
    return load(
        AcceptNotice,
        {"headers": dict(list(headers.items())[:MAX_HEADERS]), "body_base64": base64.b64encode(body).decode()},
    )


def request_id_of(notice: AcceptNotice) -> str:
    """The same bytes under the same signature are the same request; WeChat signs each repetition anew."""
    digest = hashlib.sha256(notice.body_base64.encode()).hexdigest()
    return str(uuid.uuid5(NOTICES, f"{digest}:{notice.headers.get(SIGNATURE, '')}"))


def _receives(method: Method[AcceptNotice, NoticeResult], summary: str) -> Callable[..., None]:
    declared = Operation(
        name=method.name,
        summary=summary,
        tag="wechat",
        calls=(method,),
        body=RawBody(JSON, MAX_NOTICE_BYTES),
        status=204,
        limit=Limit.NOTICE,
        needs_key=False,
        wechat_answer=True,
    )

    @operation(declared)
    def respond(self: Resource, req: Request, resp: Response) -> None:
        notice = notice_of(req)
        req.context.request_id = request_id_of(notice)
        self.ask(req, resp, method, notice)
        resp.status = 204

    return respond


def refuse(resp: Response, refusal: ServiceError) -> None:
    """Any error of these operations. WeChat sends a notice again after every answer but success; the words are for its log."""
    problem = problem_of(refusal)
    _log.warning("notice_not_accepted", code=problem.document["code"], status=problem.status)
    resp.status = problem.status
    resp.set_headers(problem.headers)
    write_json(resp, dump(WeChatAnswer(code="FAIL", message=str(problem.document["title"]))))


class PaymentNotices(Resource):
    on_post = _receives(dues.ACCEPT_PAYMENT_NOTICE, "WeChat Pay tells of a payment")


class RefundNotices(Resource):
    on_post = _receives(dues.ACCEPT_REFUND_NOTICE, "WeChat Pay tells of a refund")
