"""Every page of the router that the main job does not pass: its work done in a real browser, then looked at, phone and desk.

Each person signs in once. The work comes first, so that the pages are looked at with something on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from deploy.local.places import PROJECT
from services.chassis.clock import SystemClock
from tests.e2e.delaying import delay_the_others, end_the_delays
from tests.e2e.http_person import with_wechat
from tests.e2e.looks import (
    MAIN_JOB,
    MONTH,
    day_said,
    fits,
    looks_of_a_branch,
    looks_of_a_committee,
    looks_of_a_member,
    looks_of_everybody,
    looks_of_finance,
    looks_of_the_county,
    said,
)
from tests.e2e.phone import SETTLED_MS, browser
from tests.e2e.running import RunningCounty
from tests.e2e.test_http_main_job import oldest_payable
from tests.e2e.test_notices import pay_for
from tests.e2e.walker import People, Walker
from tests.load import bills

pytestmark = pytest.mark.timeout(900)
"""The first test waits for the whole county to be loaded, on a busy machine too."""
ROUTER = PROJECT.pages / "src" / "app" / "router.ts"
PAYERS = 50


@pytest.fixture(scope="module")
def people(suite: RunningCounty) -> Iterator[People]:
    with browser() as chromium:
        everybody = People(chromium, suite)
        try:
            yield everybody
        finally:
            everybody.close()


# What each page is for


def test_a_name_that_blocks_the_report_goes_to_the_delayed_list_and_the_report_up_and_back(people: People) -> None:
    branch, committee = people.office("branch_admin"), people.office("committee_admin")
    org, above = branch.office_of("branch_admin"), committee.office_of("committee_admin")
    page = branch.page
    branch.see(f"/desk/reports/{org}", "本月收缴")
    report = page.get_by_role("button", name=f"上报{said(MONTH)}")
    expect(report).to_be_disabled()
    expect(page.get_by_text(re.compile(r"还有 \d+ 人没有缴，也不在缓缴名单上"))).to_be_visible()
    first = page.locator("main li.cell").filter(has=page.get_by_role("button", name="缓缴")).first
    name = first.locator("strong").inner_text()
    first.get_by_role("button", name="缓缴").click()
    sheet = branch.sheet("列入缓缴名单")
    sheet.get_by_role("button", name="外出务工，暂时联系不上").click()
    branch.check("delaying")
    sheet.get_by_role("button", name="列入缓缴名单").click()
    branch.told(f"{name}已列入缓缴名单")
    branch.press("缓缴名单")
    branch.heading(f"{said(MONTH)}缓缴名单")
    expect(page.locator("main li").filter(has_text=name)).to_contain_text("外出务工，暂时联系不上")
    delay_the_others(branch, org)
    try:
        branch.see(f"/desk/reports/{org}", "本月收缴")
        report.click()
        branch.sheet(f"上报{said(MONTH)}？").get_by_role("button", name="上报", exact=True).click()
        expect(page.get_by_text("支部已报")).to_be_visible()
        committee.see(f"/desk/reports/{above}", "本月收缴")
        committee.page.get_by_role("tab", name="支部已报").click()
        committee.settle()
        committee.page.get_by_role("button", name="退回", exact=True).first.click()
        back = committee.sheet("退回上报")
        back.get_by_role("button", name="人数不对，请核对").click()
        back.get_by_role("button", name="退回", exact=True).click()
        committee.told(re.compile("^已退回"))
        branch.see(f"/desk/reports/{org}", "本月收缴")
        expect(page.get_by_role("note")).to_contain_text("人数不对，请核对")
    finally:
        end_the_delays(branch, org, keep=name)


def test_relief_is_asked_by_the_branch_and_approved_by_its_superior(suite: RunningCounty, people: People) -> None:
    branch, committee = people.office("branch_admin"), people.office("committee_admin")
    who = suite.neighbours()[-1]
    member = branch.member_named(branch.office_of("branch_admin"), who.name)
    branch.see(f"/desk/members/{member}/relief", "减免申请")
    branch.page.get_by_label("原因").fill("家中老人长期住院，生活困难")
    branch.check("relief")
    branch.press("提交上级审批")
    expect(branch.page).not_to_have_url(re.compile("/relief$"))  # back where one came from
    committee.see(f"/desk/reliefs/{committee.office_of('committee_admin')}", "减免申请")
    card = committee.page.locator("main li").filter(has_text=who.name)
    card.get_by_role("button", name="批准", exact=True).click()
    sheet = committee.sheet("批准减免")
    sheet.get_by_label("审批意见").fill("情况属实，同意免缴")
    sheet.get_by_role("button", name="批准", exact=True).click()
    committee.told("已批准")
    committee.page.get_by_role("tab", name="已批准").click()
    expect(card).to_contain_text("情况属实，同意免缴")


def test_consent_is_recorded_by_the_branch_and_noted_by_its_superior(suite: RunningCounty, people: People) -> None:
    branch, committee = people.office("branch_admin"), people.office("committee_admin")
    org = branch.office_of("branch_admin")
    who = suite.neighbours()[-2]
    branch.see(f"/desk/consents/{org}?member={branch.member_named(org, who.name)}", "缴费方式的同意")
    branch.press("登记支部的同意")
    sheet = branch.sheet("登记支部的同意")
    sheet.get_by_label("同意什么").select_option(label="补缴（超过六个月）")
    sheet.get_by_label("说明").fill("支部大会讨论同意补缴")
    branch.check("recording a consent")
    sheet.get_by_role("button", name="登记", exact=True).click()
    line = branch.page.locator("main li").filter(has_text=who.name)
    expect(line).to_contain_text("等上级签注")
    committee.see(f"/desk/consents/{committee.office_of('committee_admin')}", "缴费方式的同意")
    committee.page.locator("main li").filter(has_text=who.name).get_by_role("button", name="签注").click()
    note = committee.sheet("签注补缴")
    note.get_by_label("说明").fill("同意")
    note.get_by_role("button", name="签注同意").click()
    expect(committee.page.locator("main li").filter(has_text=who.name)).to_contain_text("有效")


def test_a_member_asks_his_money_back_and_finance_sends_it(suite: RunningCounty, people: People) -> None:
    payer = suite.neighbours()[-3]
    order = pay_for(suite, with_wechat(suite, payer), suite.neighbours()[-4].name)
    member, finance = people.member(payer), people.office("finance")
    member.see(f"/dues/orders/{order['id']}", "缴纳成功")
    member.press("申请退款")
    member.heading("申请退款")
    member.page.locator("label.tick").first.click()
    member.page.get_by_label("退款原因").select_option(label="缴错了人或月份")
    member.check("asking for a refund")
    member.press("提交退款申请")
    expect(member.page.get_by_text("正在等县级管理员或党费财务审核，钱还没有退。")).to_be_visible()
    finance.see("/desk/refunds", "退款审核")
    finance.page.locator("main li").filter(has_text=order["number"]).get_by_role("button", name="通过并退款").click()
    finance.sheet("通过这笔退款？").get_by_role("button", name="通过并退款").click()
    member.until_seen(f"/dues/orders/{order['id']}", "钱已经退回。")
    member.see("/dues", "我的党费")
    assert member.saves(lambda: member.press("保存党费证"), ".pdf").startswith(b"%PDF")


def test_cash_goes_back_by_the_branch_and_its_committee(suite: RunningCounty, people: People) -> None:
    branch, committee, finance = (people.office(key) for key in ("branch_admin", "committee_admin", "finance"))
    org, above = branch.office_of("branch_admin"), committee.office_of("committee_admin")
    payer = suite.neighbours()[-6].name
    taking = take_cash(branch, org, payer)
    committee.http.post(f"/v1/cash-takings/{taking}/confirmation", None)
    for again in (True, False):
        branch.see(f"/desk/cash-takings/{taking}", "现金明细")
        branch.press(f"代{payer}申请退款")
        branch.heading("代为申请退款")
        branch.page.locator("label.tick").first.click()
        branch.page.get_by_label("退款原因").select_option(label="缴错了人或月份")
        branch.check("asking for cash back")
        branch.press("提交退款申请")
        branch.heading("退款审核")
        if again:
            branch.page.get_by_role("button", name="撤回申请").click()
            expect(branch.page.get_by_role("button", name="撤回申请")).to_have_count(0)
    finance.see("/desk/refunds", "退款审核")
    finance.page.locator("main li").filter(has_text=payer).get_by_role("button", name="通过", exact=True).click()
    finance.sheet("通过这笔退款？").get_by_role("button", name="通过", exact=True).click()
    branch.see(f"/desk/cash-returns/{org}", "现金退还")
    branch.press("登记已退现金")
    sheet = branch.sheet("登记已退现金")
    sheet.get_by_label("领款单号").fill("领-2026-001")
    branch.check("recording cash handed back")
    sheet.get_by_role("button", name="登记，请另一人核对").click()
    branch.told("这笔是您登记的，要由另一个人核对。")
    committee.see(f"/desk/cash-returns/{above}", "现金退还")
    committee.press("核对无误，确认已退")
    committee.sheet("核对无误，确认已退？").get_by_role("button", name="确认已退").click()
    committee.told("已核对，账目和票据已更新")


def test_the_branch_reminds_who_is_behind_and_takes_its_meetings_file_along(people: People) -> None:
    branch = people.office("branch_admin")
    org = branch.office_of("branch_admin")
    branch.see(f"/desk/arrears/{org}", "欠缴情况")
    branch.page.get_by_role("button", name=re.compile("^提醒(?!全部)")).first.click()
    told = branch.page.get_by_role("dialog", name=re.compile("提醒 1 人"))
    expect(told).to_be_visible()
    branch.check("reminded")
    told.get_by_role("button", name="关闭").click()
    assert branch.saves(lambda: branch.press("支部会议材料"), ".pdf").startswith(b"%PDF")
    branch.page.locator("main .arrears-line a").last.click()
    branch.heading("党员欠缴情况")
    branch.press("登记理由")
    sheet = branch.sheet("登记正当理由")
    sheet.get_by_label("到哪天止").fill(str(SystemClock().today() + timedelta(days=30)))
    sheet.get_by_label("理由").fill("外出务工，联系不便")
    branch.check("recording a reason")
    sheet.get_by_role("button", name="登记", exact=True).click()
    expect(branch.page.locator(".reason-line")).to_contain_text("外出务工，联系不便")


def test_the_collection_report_leads_down_the_tree_and_saves_as_excel(people: People) -> None:
    county = people.office("county_admin")
    page = county.page
    county.see(f"/desk/collection/{county.office_of('county_admin')}", "收缴统计")
    with county.at_desk():
        first = page.locator("main tbody th a").first
        name = first.inner_text()
        first.click()
        expect(page.locator("main .report-whole strong")).to_have_text(name)
        page.get_by_label("所属月份").select_option(label=said(MONTH.plus(-1)))
        expect(page.locator("main .report-whole")).to_contain_text(said(MONTH.plus(-1)))
        county.settle()
        assert county.saves(lambda: county.press("导出 Excel"), ".xlsx").startswith(b"PK")
        page.get_by_role("link", name="回上一级").click()
        expect(page.get_by_role("link", name="回上一级")).to_have_count(0)
    county.see("/desk/totals", "汇总核对")
    county.press("按账簿重新汇总")
    county.sheet("按账簿重新汇总？").get_by_role("button", name="重新汇总").click()
    county.told(re.compile("已重新汇总，改正"))


def test_register_and_notice_are_saved_and_an_empty_month_is_not_passed_up(people: People) -> None:
    branch = people.office("branch_admin")
    org = branch.office_of("branch_admin")
    branch.see(f"/desk/papers/{org}", "登记簿和公示")
    for words, ending, begins in (
        ("年度公示（PDF）", ".pdf", b"%PDF"),
        ("收缴登记簿（PDF）", ".pdf", b"%PDF"),
        ("收缴登记簿（Excel）", ".xlsx", b"PK"),
    ):
        press = branch.page.get_by_role("button", name=words)
        assert branch.saves(press.click, ending).startswith(begins)
        branch.settle()
    branch.see(f"/desk/remittances/{org}", "党费上缴")
    branch.press("开上缴单")
    branch.sheet(f"上缴{said(MONTH.plus(-1))}入账的党费？").get_by_role("button", name="开上缴单").click()
    branch.told("这个月没有可以上缴的党费。")
    branch.check("a slip that was refused")


def test_what_has_not_arrived_is_not_entered_as_spent(people: People) -> None:
    committee = people.office("committee_admin")
    page = committee.page
    committee.see(f"/desk/spending/{committee.office_of('committee_admin')}", "党费支出")
    expect(page.get_by_role("region", name="各类支出")).to_contain_text("修缮受损的党员教育设施")
    page.get_by_role("link", name="登记支出").click()
    committee.heading("登记支出")
    page.get_by_label("用在哪一类").select_option(label="培训党员")
    page.get_by_label("支出多少").fill("100000000")
    for label, words in (
        ("收款单位或个人", "县委党校"),
        ("具体用途", "入党积极分子培训班教材"),
        ("凭证号", "记-0001"),
        ("由谁研究决定", "镇党委会议"),
    ):
        page.get_by_label(label).fill(words)
    expect(page.get_by_text("超过了现在可用的党费")).to_be_visible()
    expect(page.get_by_role("button", name="提交审批")).to_be_disabled()
    committee.check("more than is there to be spent")


def test_finance_brings_a_bill_and_resolves_what_differs(suite: RunningCounty, people: People, tmp_path: Path) -> None:
    finance = people.office("finance")
    day = SystemClock().today() - timedelta(days=1)
    settings = suite.stack.environment()
    row = bills.Row(f"{day} 10:00:00", "4200000000000000000000000001", "0" * 31 + "1", 20)
    row.app_id, row.merchant_id = settings["WECHAT_APP_ID"], settings["WECHAT_MERCHANT_ID"]
    bills.write(tmp_path / "bill.csv", iter([row]))
    finance.see("/desk/reconciliation", "对账")
    finance.page.get_by_label("账单日期").fill(str(day))
    finance.page.locator("input[type=file]").set_input_files(tmp_path / "bill.csv")
    finance.press("上传并对账")
    finance.heading(f"{day_said(str(day))}对账")
    expect(finance.page.get_by_text("有差异")).to_be_visible(timeout=SETTLED_MS)
    finance.press("仅账单有")
    finance.heading(f"{day_said(str(day))}差异")
    finance.check("a day's differences")
    finance.page.locator("main li button").first.click()
    sheet = finance.sheet("差异")
    sheet.get_by_label("处理原因").select_option(label="测试付款")
    sheet.get_by_label("说明").fill("演示环境里的测试付款，已核实")
    finance.check("a difference")
    sheet.get_by_role("button", name="记为已处理").click()
    expect(sheet.get_by_text("演示环境里的测试付款，已核实")).to_be_visible()


def test_the_county_sets_its_share_from_this_month_on(people: People) -> None:
    county = people.office("county_admin")
    county.see("/desk/county-rules", "上缴比例和公示")
    county.page.get_by_label("本县上缴比例（%）").fill("12.5")
    county.check("setting the county's share")
    county.press("保存设置")
    county.sheet(f"从{said(MONTH)}起执行？").get_by_role("button", name="保存设置").click()
    expect(county.page.get_by_text("本县上缴 12.50%")).to_be_visible()


# How each page looks


def test_what_everybody_may_open_is_sound(people: People) -> None:
    people.stranger().walk(looks_of_everybody())


def test_a_page_that_lost_its_line_says_so(people: People) -> None:
    """``/no-line`` brings one back as soon as the line is there, so it is looked at without one."""
    stranger = people.stranger()
    stranger.context.route("**/v1/**", lambda route: route.abort())
    try:
        stranger.see("/no-line", "没有连上服务器")
        stranger.check("no line")
        expect(stranger.page.get_by_role("button", name="再试一次")).to_be_visible()
    finally:
        stranger.context.unroute("**/v1/**")


def test_a_members_pages_are_sound(suite: RunningCounty, people: People) -> None:
    member = people.member(suite.neighbours()[-3])
    orders = member.http.get("/v1/dues/orders")["items"]
    member.walk(looks_of_a_member(orders[0]["id"]))


def test_a_branchs_pages_are_sound(suite: RunningCounty, people: People) -> None:
    branch = people.office("branch_admin")
    org = branch.office_of("branch_admin")
    taking = take_cash(branch, org, suite.neighbours()[-5].name)
    branch.walk(looks_of_a_branch(org, branch.member_named(org, suite.neighbours()[-1].name), taking))


def take_cash(branch: Walker, org: str, name: str) -> str:
    """The id of a taking that waits for its second person: one month of one member."""
    payers = branch.http.get(f"/v1/organisations/{org}/cash-payers", limit=PAYERS)["items"]
    payer = next(one for one in payers if one["name"] == name)
    month = oldest_payable(payer)[0]
    line = {"member_id": payer["member_id"], "month": month["month"]}
    body = {"lines": [line], "expected_total_fen": month["amount_fen"] - month["paid_fen"]}
    return str(branch.http.post(f"/v1/organisations/{org}/cash-takings", body)["taking"]["id"])


def test_a_committees_pages_are_sound(people: People, tmp_path: Path) -> None:
    committee = people.office("committee_admin")
    org = committee.office_of("committee_admin")
    committee.walk(looks_of_a_committee(org, bring_no_roster(committee, org, tmp_path / "report.xlsx")))


def bring_no_roster(committee: Walker, org: str, file: Path) -> str:
    """The id of an import that was refused: a workbook, but no roster."""
    file.write_bytes(committee.http.file(f"/v1/organisations/{org}/collection/file?month={MONTH}").content)
    committee.see(f"/desk/imports/{org}", "花名册导入导出")
    committee.page.locator("input[type=file]").set_input_files(file)
    committee.press("上传并核对")
    committee.heading("核对结果")
    expect(committee.page.get_by_text("这个文件不能用，花名册没有任何改动。")).to_be_visible(timeout=SETTLED_MS)
    return committee.page.url.rpartition("/")[2]


def test_the_countys_pages_are_sound(people: People) -> None:
    county = people.office("county_admin")
    county.walk(looks_of_the_county(county.office_of("county_admin")))


def test_the_pages_of_finance_are_sound(people: People) -> None:
    day = SystemClock().today() - timedelta(days=1)
    people.office("finance").walk(looks_of_finance(str(day)))


def test_every_page_of_the_router_is_looked_at() -> None:
    """A new page without a look fails here."""
    paths = set(re.findall(r"\{ path: '([^']+)'", ROUTER.read_text(encoding="utf-8"))) - {"/:rest(.*)*"}
    looks = [*looks_of_everybody(), *looks_of_a_member("id"), *looks_of_a_branch("org", "id", "id")]
    looks += [*looks_of_a_committee("org", "id"), *looks_of_the_county("org"), *looks_of_finance("2026-01-01")]
    seen = {look.path.partition("?")[0] for look in looks}
    missing = {path for path in paths - MAIN_JOB - {"/no-line"} if not any(fits(path, one) for one in seen)}
    assert not missing
    assert not {path for path in MAIN_JOB if path not in paths}
