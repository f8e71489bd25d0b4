"""No identity number, phone, secret or token reaches the log, whichever way it tries."""

from __future__ import annotations

import json
import logging as stdlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import logging
from services.chassis.logging import MASK, MAX_TEXT, get_logger, is_personal, redact, redact_text
from tests.unit.chassis.test_logging import Lines, lines  # noqa: F401  # the fixture

ID, PHONE, OPENID = "51072319900101123X", "13812345678", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

LEAKS = [
    ID,
    "510723199001011234",
    f"identity {ID}.",
    f"x{ID}y",
    "510723 19900101 1234",
    "510723-19900101-1234",
    "\uff15\uff11\uff10\uff17\uff12\uff13\uff11\uff19\uff19\uff10\uff10\uff11\uff10\uff11\uff11\uff12\uff13\uff38",
    f"510723199001011234{PHONE}",
    "9999510723199001011234",
    "5107\u200b2319900101\u200b1234",
    "999999999999999999",
    PHONE,
    f"+86{PHONE}",
    f"0086 {PHONE}",
    f"86-{PHONE}",
    "138 1234 5678",
    "138-1234-5678",
    "\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "138\u200d1234\u200d5678",
    f"tel:{PHONE};",
    f"手机{PHONE}号",
    OPENID,
    f"openid={OPENID}&state=1",
    "Authorization: Bearer abcdefgh.ijklmnop",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtMSJ9.c2lnbmF0dXJl",
    "amqp://county:hunter2@127.0.0.1:5672/",
    "postgresql://dues:hunter2@db/dues refused",
    'password="hunter2 with space"',
    "{'password': 'hunter2'}",
    '{\\"access_token\\": \\"hunter2\\"}',
    "refresh_token: hunter2",
    "姓名：张三",
    "身份证号码: 5107",
    "(IntegrityError) duplicate key\nDETAIL:  Key (name)=(张三) already exists.",
    "[SQL: INSERT INTO member VALUES (%(name)s)]\n[parameters: {'name': '张三', 'note': 'a\nb'}]",
]
TRACES = ["5107", "0101", "1234", "5678", "hunter2", "张三", "uMuAJO", "9999", "\uff11", "abcdefgh", "c2lnbmF0dXJl"]


@pytest.mark.parametrize("text", LEAKS)
def test_personal_data_and_secrets_leave_no_trace_in_a_text(text: str) -> None:
    shown = redact_text(text)
    assert MASK in shown
    assert [trace for trace in TRACES if trace in shown and trace != "9999"] == []
    assert redact_text(shown) == shown


HARMLESS = [
    "01993abc-0000-7000-8000-000000000000",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "2026-09-15T08:00:00.123456+00:00",
    "order settled in 0.031 s",
    "1764000000000",
    "amount_fen 240000",
    "yt.t03.b012",
    "http://127.0.0.1:8080/v1/dues/orders?cursor=20",
    "outbox_relay_begins_to_work_",
    "12345678901",
    "dues.month_already_paid",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_needed_to_find_a_fault_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("prefix", ["", "x", "9", " ", "证", "-"])
@given(filler=st.text(max_size=40))
def test_an_identity_number_is_found_in_any_company(prefix: str, filler: str) -> None:
    assert ID not in redact_text(filler + prefix + ID + filler)


PERSONAL_KEYS = [
    "phone", "phone_tail", "payerPhone", "Phone-Number", "id_number", "idNumber", "id_card", "member_id_number", "identity",
    "openid", "payer_openid", "password", "newPassword", "token", "access_token", "refreshToken", "Authorization", "Cookie",
    "name", "names", "member_name", "payerName", "birth_date", "address", "secret", "totp", "SEAL_KEYS", "index_key", "api_key",
    "merchant_key", "activation_code", "wechat_code", "signature",
]  # fmt: skip
OPEN_KEYS = [
    "event", "service", "method", "member_id", "order_id", "trace_id", "amount_fen", "code", "key", "queue_name", "hostname",
    "filename", "status", "reason", "route", "county_id", "table_name", "telling", "month",
]  # fmt: skip


@pytest.mark.parametrize("key", PERSONAL_KEYS)
def test_a_personal_field_is_masked_whatever_it_holds(key: str) -> None:
    assert is_personal(key)
    for value in ("王小明", 7, ["王小明"], {"a": "王小明"}, b"x", True):
        assert redact({key: value}) == {key: MASK}
    assert redact({"outer": [{key: "王小明"}]}) == {"outer": [{key: MASK}]}


@pytest.mark.parametrize("key", OPEN_KEYS)
def test_other_fields_are_shown(key: str) -> None:
    assert redact({key: "shown"}) == {key: "shown"}


def test_numbers_keys_and_other_objects_are_looked_at_too() -> None:
    class Member:
        def __str__(self) -> str:
            return f"Member({PHONE})"

    shown = redact(
        {"a": int(PHONE), PHONE: 1, "b": Member(), "c": (PHONE, {ID}), "d": 510723199001011234, "e": ValueError(ID)}
    )
    assert PHONE not in str(shown)
    assert "510723" not in str(shown)
    assert redact({"amount_fen": 2400, "ok": True, "seconds": 0.5}) == {"amount_fen": 2400, "ok": True, "seconds": 0.5}


def test_a_cut_leaves_no_half_number() -> None:
    for length in range(MAX_TEXT - 30, MAX_TEXT + 1):
        assert "5107" not in redact_text(("x" * (length - 1)) + " 510723199001011234" + " " * 50)


HOSTILE = [
    "password='" * 800,
    "DETAIL:" * 1_200,
    "://a:" * 1_600,
    "1" * 8_000,
    "eyJ" * 2_700,
    "o-" * 4_000,
    "138 " * 2_000,
]
ROOT = Path(__file__).parents[3]
ENOUGH_CPU_S = 20
"""Fifty times what these texts need, while a pattern that runs over a text three times over itself would need hours."""


def redact_with_bounded_work(cpu_s: int, planted: str = "(?!)") -> int:
    """How a process ends that redacts the hostile texts, with one more pattern, and may use so much of the processor."""
    code = (
        f"import re, resource; resource.setrlimit(resource.RLIMIT_CPU, ({cpu_s}, {cpu_s}))\n"
        "from services.chassis import logging\n"
        f"logging._IN_TEXT += ((re.compile({planted!r}), logging.MASK),)\n"
        f"for text in {HOSTILE!r}: logging.redact_text(text)\n"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True).returncode


def test_no_text_takes_more_work_than_its_length_allows() -> None:
    assert redact_with_bounded_work(ENOUGH_CPU_S) == 0


def test_twin_pattern_that_tries_every_way_does_not_come_to_an_end() -> None:
    assert redact_with_bounded_work(2, planted="(?:o-|o|-)+x") in (-signal.SIGKILL, -signal.SIGXCPU)


def _log_everything(stream: Lines) -> str:
    for text in (ID, PHONE):
        get_logger("x").info(f"member {text}", reason=text, phone=text)
        stdlib.getLogger("kombu").error("sent %s", {"phone": text})
        try:
            raise ValueError(f"{text} is taken\nDETAIL:  Key (phone)=({text}) already exists.")
        except ValueError as error:
            try:
                raise RuntimeError(f"while storing {text}") from error
            except RuntimeError:
                get_logger("x").exception("failed")
                stdlib.getLogger("nameko").exception("error handling worker")
    return stream.getvalue().decode()


def test_nothing_logged_shows_a_number_errors_and_causes_included(lines: Lines) -> None:  # noqa: F811
    shown = _log_everything(lines)
    assert shown.count("\n") == 8
    assert ID not in shown
    assert PHONE not in shown
    assert "RuntimeError: while storing ***" in shown


def test_twin_without_redaction_the_numbers_are_in_the_log(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(logging, "_IN_TEXT", ())
    shown = _log_everything(lines)
    assert ID in shown
    assert PHONE in shown


def test_a_chained_error_after_the_databases_words_is_still_told(lines: Lines) -> None:  # noqa: F811
    _log_everything(lines)
    told: list[dict[str, Any]] = [json.loads(line) for line in lines.getvalue().splitlines() if b"traceback" in line]
    assert all("DETAIL: ***" in line["traceback"] for line in told)
    assert all("RuntimeError: while storing ***" in line["traceback"] for line in told)
