"""Which pages are looked at as whom: the table behind ``test_desk_pages``. A page that is added to the router is added here."""

from __future__ import annotations

import re

from services.chassis.clock import SystemClock
from services.contracts.values import YearMonth
from tests.e2e.walker import Look

MONTH = SystemClock().month_now()
MAIN_JOB = {
    *("/", "/sign-in", "/sign-in/wechat", "/sign-in/bind", "/sign-in/code", "/dues", "/dues/months/:month"),
    *("/dues/others", "/dues/pay", "/dues/receipts", "/dues/receipts/:id", "/me", "/me/notices", "/me/feedback"),
    *("/desk/feedback",),
}
"""Looked at where the other tests of this folder pass."""


def said(month: YearMonth) -> str:
    return f"{month.year}年{month.month}月"


def looks_of_everybody() -> list[Look]:
    return [
        Look("/areas/transfers", "组织关系转接"),
        Look("/calculator", "党费计算"),
        Look("/check", "查验票据"),
        Look("/comfort", "字号与长辈版"),
        Look("/activate", "激活账号"),
        Look("/no-such-page", "没有这一页"),
    ]


def looks_of_a_member(order: str) -> list[Look]:
    """``order`` was refunded, which is why it is not called paid."""
    return [
        Look("/dues/others/find", "按姓名找人"),
        Look("/dues/orders", "缴费记录"),
        Look(f"/dues/orders/{order}", "订单"),
        Look(f"/dues/orders/{order}/refund", "申请退款"),
        Look("/me/lookups", "谁看过我的资料"),
        Look("/me/devices", "登录过的设备"),
        Look("/me/password", "设置密码"),
        Look("/me/second-factor", "动态验证码"),
    ]


def looks_of_a_branch(org: str, member: str, taking: str) -> list[Look]:
    return [
        Look("/desk", "管理"),
        Look(f"/desk/roster/{org}", "花名册"),
        Look(f"/desk/members/{member}", "党员资料"),
        Look(f"/desk/members/{member}/assess", "核定党费标准"),
        Look(f"/desk/members/{member}/dues/{MONTH}", f"{said(MONTH)}党费明细"),
        Look(f"/desk/members/{member}/arrears", "党员欠缴情况"),
        Look(f"/desk/members/{member}/relief", "减免申请"),
        Look(f"/desk/dues/{org}?state=all", "党费核定与收缴"),
        Look(f"/desk/ledger/{org}", "账目"),
        Look(f"/desk/arrears/{org}", "欠缴情况"),
        Look(f"/desk/reports/{org}", "本月收缴"),
        Look(f"/desk/reports/{org}/delays", f"{said(MONTH)}缓缴名单"),
        Look(f"/desk/reliefs/{org}?state=all", "减免申请"),
        Look(f"/desk/consents/{org}", "缴费方式的同意"),
        Look("/desk/refunds", "退款审核"),
        Look("/desk/refunds/enter", "代为申请退款"),
        Look(f"/desk/collection/{org}", "收缴统计"),
        Look(f"/desk/remittances/{org}", "党费上缴"),
        Look(f"/desk/spending/{org}", "党费支出"),
        Look(f"/desk/papers/{org}", "登记簿和公示"),
        Look("/desk/months", "收缴月份"),
        Look(f"/desk/cash/{org}", "现金收缴"),
        Look(f"/desk/cash/{org}/take", "登记收到的现金"),
        Look(f"/desk/cash/{org}/hand-in", "登记存款单"),
        Look(f"/desk/cash-takings/{taking}", "现金明细"),
        Look(f"/desk/cash-returns/{org}?tab=done", "现金退还"),
    ]


def looks_of_a_committee(org: str, import_id: str) -> list[Look]:
    return [
        Look(f"/desk/reports/{org}", "本月收缴"),
        Look(f"/desk/reliefs/{org}?state=approved", "减免申请"),
        Look(f"/desk/consents/{org}", "缴费方式的同意"),
        Look(f"/desk/imports/{org}", "花名册导入导出"),
        Look(f"/desk/imports/{org}/{import_id}", "核对结果"),
        Look(f"/desk/remittances/{org}", "党费上缴"),
        Look(f"/desk/spending/{org}?show=all", "党费支出"),
        Look(f"/desk/spending/{org}/record", "登记支出"),
    ]


def looks_of_the_county(org: str) -> list[Look]:
    return [
        Look("/desk", "管理"),
        Look(f"/desk/collection/{org}", "收缴统计"),
        Look(f"/desk/arrears/{org}", "欠缴情况"),
        Look(f"/desk/reports/{org}", "本月收缴"),
        Look(f"/desk/remittances/{org}", "党费上缴"),
        Look(f"/desk/spending/{org}", "党费支出"),
        Look(f"/desk/papers/{org}", "登记簿和公示"),
        Look("/desk/totals", "汇总核对"),
        Look("/desk/county-rules", "上缴比例和公示"),
        Look(f"/desk/roles/{org}", "角色授权"),
        Look(f"/desk/cash/{org}", "现金收缴"),
        Look(f"/desk/centre-extras/{org}", "大额自愿多交"),
    ]


def looks_of_finance(day: str) -> list[Look]:
    return [
        Look("/desk/exceptions", "支付异常"),
        Look("/desk/refunds?tab=decided", "退款审核"),
        Look("/desk/stuck-refunds", "退不回去的款"),
        Look("/desk/reconciliation", "对账"),
        Look(f"/desk/reconciliation/{day}", f"{day_said(day)}对账"),
        Look("/desk/differences", "对账差异"),
    ]


def day_said(day: str) -> str:
    year, month, date = day.split("-")
    return f"{year}年{int(month)}月{int(date)}日"


def fits(path: str, address: str) -> bool:
    """Whether an address is one of the page at this path of the router."""
    shape = "/".join(("[^/]*" if part.startswith(":") else re.escape(part)) for part in path.split("/"))
    return re.fullmatch(shape, address) is not None or re.fullmatch(shape, address + "/") is not None
