"""Views as the services send them, with the fewest words; a test names only what it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.chassis.ids import new_id
from services.contracts.dues import messages as d
from services.contracts.members import messages as m
from services.contracts.values import YearMonth, org_path
from tests.unit.gateway.kit import NOW

SEPTEMBER = YearMonth(2026, 9)
ID = "01990000-0000-7000-8000-000000000001"


def order(**changes: Any) -> d.OrderView:
    line = d.OrderLine(member_id=ID, name="王芳", month=SEPTEMBER, amount_fen=20, own=True)
    values: dict[str, Any] = {
        "id": ID,
        "number": "01990000000070008000000000000001",
        "state": d.OrderState.CREATED,
        "total_fen": 20,
        "lines": (line,),
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
        "settled_at": None,
        "receipt_ids": (),
        "version": 1,
    }
    return d.OrderView(**values | changes)


def my_dues() -> d.MyDues:
    return d.MyDues(owed_fen=0, owed_months=0, months=(), ahead=(), branch_name="两河村支部", open_order_id=None)


def month() -> d.MonthView:
    return d.MonthView(
        month=SEPTEMBER, state=d.MonthState.OPEN, opened_at=NOW, obligations=1, unassessed=0, owed_fen=20, paid_fen=0
    )


def beneficiary(name: str = "李*") -> d.Beneficiary:
    return d.Beneficiary(
        member_id=ID, name=name, branch_name="两河村支部", favourite=False, owed_fen=20, months=(), ahead=()
    )


def receipt(**changes: Any) -> d.ReceiptView:
    values: dict[str, Any] = {
        "id": ID,
        "number": "YT-T03-B012-2026-000123",
        "order_id": new_id(),
        "member_id": ID,
        "member_name": "王芳",
        "own": True,
        "payer_name": "王芳",
        "branch_name": "中共盐亭县云溪镇两河村支部委员会",
        "county_name": "盐亭县",
        "months": tuple(d.ReceiptMonth(month=SEPTEMBER.plus(number), amount_fen=800) for number in range(3)),
        "amount_fen": 2_400,
        "amount_capitals": "贰拾肆元整",
        "channel": "wechat",
        "issued_at": NOW,
        "check_code": "7KQ2MX9TRB4WHC6D",
        "simulated": False,
        "void": False,
    }
    return d.ReceiptView(**values | changes)


def member(**changes: Any) -> m.MemberView:
    values: dict[str, Any] = {
        "id": ID,
        "name": "王芳",
        "sex": "女",
        "nation": "汉族",
        "id_number_masked": "5107**********1234",
        "phone_masked": "138****1234",
        "branch_id": ID,
        "branch_name": "两河村支部",
        "branch_path": org_path("yt.t03.b012"),
        "status": m.MemberStatus.FULL,
        "member_class": m.MemberClass.FARMER,
        "household": "12",
        "joined_on": date(1990, 7, 1),
        "full_on": date(1991, 7, 1),
        "away": False,
        "away_place": "",
        "has_account": True,
        "version": 3,
    }
    return m.MemberView(**values | changes)


def import_view(**changes: Any) -> m.ImportView:
    values: dict[str, Any] = {
        "id": ID,
        "org_id": ID,
        "state": m.ImportState.CHECKING,
        "progress_percent": 0,
        "counts": m.ImportCounts(),
        "refusal_detail": {},
        "created_at": NOW,
        "applied_at": None,
    }
    return m.ImportView(**values | changes)


def profile() -> d.ProfileView:
    return d.ProfileView(
        version="sichuan-2008.1",
        from_month=YearMonth(2008, 4),
        rounding=d.Rounding.HALF_UP,
        cap_fen=100_000,
        back_months=6,
        ahead_months=6,
        classes=(profile_class(),),
    )


def profile_class() -> d.ProfileClass:
    return d.ProfileClass(
        member_class=m.MemberClass.FARMER,
        label="农民",
        flat_fen=20,
        items=(),
        deductions=(),
        takes_quarter_income=False,
        may_follow_earlier=False,
    )


def organisation() -> m.OrgView:
    return m.OrgView(
        id=ID,
        parent_id=None,
        code="yt",
        name="中共盐亭县委员会",
        kind=m.OrgKind.COUNTY_COMMITTEE,
        path=org_path("yt"),
        member_count=27_385,
    )
