"""Collection reports, the totals' comparison, the printed papers of dues (BOOK-5, BOOK-6): counted by the service, drawn here."""

from __future__ import annotations

from gateway.documents.dues_sheets import collection_sheets, notice_sheet, record_sheet, register_sheet
from gateway.documents.sheets import Sheet
from gateway.forward import Resource, asks, read_query, sends
from gateway.http import Request, Response
from gateway.operation import PDF, XLSX, operation
from gateway.resources.papers import paper, send_pdf, send_workbook
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import (
    MAX_REPORT_ROWS,
    Collection,
    CollectionRow,
    DuesRecord,
    GetBranchRegister,
    GetCollection,
    GetDuesRecord,
    GetMyDuesRecord,
    GetYearlyNotice,
    RegisterPage,
    RegisterRow,
    YearlyNotice,
)
from services.contracts.wire import MAX_ITEMS, load

_TAG = "dues: reports"
MAX_REPORT_PAGES = 120
"""Sixty thousand branches, more than a province has; what is beyond it is not written."""
MAX_REGISTER_PAGES = 20
"""Two thousand members; a branch has some fifty (REG-3)."""


class OrganisationCollection(Resource):
    on_get = asks(
        dues.GET_COLLECTION,
        "What an organisation and all beneath it owe, paid and took in for a month",
        path={"id": "org_id"},
        tag=_TAG,
    )


class TotalsDifferences(Resource):
    on_get = asks(dues.LIST_TOTALS_DIFFERENCES, "Where the totals differ from the ledger", tag=_TAG)


class TotalsRebuildings(Resource):
    on_post = sends(dues.REBUILD_TOTALS, "Set the totals right from the ledger", tag=_TAG)


_REPORT_QUERY = ("month", "level", "member_class", "on_behalf", "channel")


class CollectionFile(Resource):
    @operation(
        paper("get_collection_file", "The report as a workbook", dues.GET_COLLECTION, XLSX, _REPORT_QUERY, tag=_TAG)
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        asked = read_query(req, GetCollection, _REPORT_QUERY) | {"org_id": id, "limit": MAX_REPORT_ROWS}
        report: Collection = self.look(req, dues.GET_COLLECTION, load(GetCollection, asked))
        rows: list[CollectionRow] = list(report.rows)
        cursor = report.next_cursor
        for _ in range(MAX_REPORT_PAGES):
            if cursor is None:
                break
            page = self.look(req, dues.GET_COLLECTION, load(GetCollection, asked | {"cursor": cursor}))
            rows += page.rows
            cursor = page.next_cursor
        settings = self.with_.settings
        sheets = collection_sheets(report, rows, settings.county_name, settings.is_simulated)
        send_workbook(resp, sheets, f"collection-{report.month}")


class MyDuesRecordFile(Resource):
    @operation(
        paper(
            "get_my_dues_record_file",
            "My dues record of a year",
            dues.GET_MY_DUES_RECORD,
            PDF,
            ("year",),
            tag=_TAG,
            own=True,
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        asked = load(GetMyDuesRecord, read_query(req, GetMyDuesRecord, ("year",)))
        record: DuesRecord = self.look(req, dues.GET_MY_DUES_RECORD, asked)
        send_pdf(self, req, resp, record_sheet(record), f"dues-record-{record.year}")


class MemberDuesRecordFile(Resource):
    @operation(
        paper(
            "get_member_dues_record_file",
            "A member's dues record of a year",
            dues.GET_DUES_RECORD,
            PDF,
            ("year",),
            tag=_TAG,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        asked = load(GetDuesRecord, read_query(req, GetDuesRecord, ("year",)) | {"member_id": id})
        record: DuesRecord = self.look(req, dues.GET_DUES_RECORD, asked)
        send_pdf(self, req, resp, record_sheet(record), f"dues-record-{record.year}")


def _read_register(self: Resource, req: Request, org_id: str) -> Sheet:
    """The whole register of a branch, page after page."""
    asked = read_query(req, GetBranchRegister, ("year",)) | {"org_id": org_id, "limit": MAX_ITEMS}
    first: RegisterPage = self.look(req, dues.GET_BRANCH_REGISTER, load(GetBranchRegister, asked))
    rows: list[RegisterRow] = list(first.rows)
    cursor = first.next_cursor
    for _ in range(MAX_REGISTER_PAGES):
        if cursor is None:
            break
        page = self.look(req, dues.GET_BRANCH_REGISTER, load(GetBranchRegister, asked | {"cursor": cursor}))
        rows += page.rows
        cursor = page.next_cursor
    return register_sheet(first, rows)


class BranchRegisterFile(Resource):
    @operation(
        paper(
            "get_branch_register_file",
            "A branch's dues register of a year",
            dues.GET_BRANCH_REGISTER,
            PDF,
            ("year",),
            tag=_TAG,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        send_pdf(self, req, resp, _read_register(self, req, id), "dues-register")


class BranchRegisterWorkbook(Resource):
    @operation(
        paper(
            "get_branch_register_workbook",
            "A branch's dues register as a workbook",
            dues.GET_BRANCH_REGISTER,
            XLSX,
            ("year",),
            tag=_TAG,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        send_workbook(resp, [_read_register(self, req, id)], "dues-register")


class YearlyNoticeFile(Resource):
    @operation(
        paper(
            "get_yearly_notice_file",
            "The yearly notice for the board",
            dues.GET_YEARLY_NOTICE,
            PDF,
            ("year",),
            tag=_TAG,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        asked = load(GetYearlyNotice, read_query(req, GetYearlyNotice, ("year",)) | {"org_id": id})
        notice: YearlyNotice = self.look(req, dues.GET_YEARLY_NOTICE, asked)
        send_pdf(self, req, resp, notice_sheet(notice, self.with_.clock.today()), f"dues-notice-{notice.year}")
