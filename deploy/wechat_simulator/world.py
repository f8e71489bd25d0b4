"""Puts the simulator together from its settings: one bank, one postman, one scheduler, one seal."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.wechat_simulator.bank import MAX_USERS, Bank, system_now
from deploy.wechat_simulator.faults import Faults
from deploy.wechat_simulator.journal import Journal
from deploy.wechat_simulator.notices import NoticeWriter
from deploy.wechat_simulator.postman import Postman
from deploy.wechat_simulator.records import User
from deploy.wechat_simulator.scheduler import Scheduler
from deploy.wechat_simulator.settings import RefusesToStart, SimulatorSettings
from deploy.wechat_simulator.signing import MerchantCheck, Seal

MAX_USERS_FILE_BYTES = 1024 * 1024
MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class World:
    settings: SimulatorSettings
    journal: Journal
    bank: Bank
    faults: Faults
    scheduler: Scheduler
    writer: NoticeWriter
    postman: Postman
    merchant: MerchantCheck
    seal: Seal
    now: Callable[[], datetime]

    def start(self) -> None:
        """Begins to send; takes up the notices that nobody confirmed before a stop."""
        self.scheduler.start()
        for notice in self.bank.resume():
            self.postman.post(notice)

    def stop(self) -> None:
        self.scheduler.stop()
        self.journal.close()


def build_world(settings: SimulatorSettings, now: Callable[[], datetime] = system_now) -> World:
    """Raises RefusesToStart."""
    users = _read_users(settings.users_file)
    journal = Journal(settings.data)
    faults, scheduler = Faults(), Scheduler()
    try:
        bank = Bank(settings.app_id, journal, faults, time_factor=settings.time_factor, now=now)
    except RefusesToStart:
        journal.close()
        raise
    except (KeyError, TypeError, ValueError) as error:
        journal.close()
        raise RefusesToStart(
            f"The journal in {settings.data} was not written by this simulator ({error}): move it away."
        ) from None
    seal = Seal(settings.platform_key_id, settings.platform_key)
    writer = NoticeWriter(
        bank, app_id=settings.app_id, merchant_id=settings.merchant_id, api_v3_key=settings.api_v3_key, seal=seal
    )
    postman = Postman(
        bank,
        writer,
        faults,
        scheduler,
        time_factor=settings.time_factor,
        probe_every=settings.probe_every,
        now=now,
    )
    bank.on_notice, bank.later = postman.post, scheduler.later
    for user in users:
        bank.add_user(user.name, openid=user.openid or None, note=user.note)
    merchant = MerchantCheck(settings.merchant_id, settings.merchant_serial, settings.merchant_public_key)
    return World(settings, journal, bank, faults, scheduler, writer, postman, merchant, seal, now)


def read_user(value: Any) -> User:
    """From ``{"name", "openid"?, "note"?}``; an empty openid means: made from the name. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("a user is an object with a name")
    name, openid, note = value.get("name"), value.get("openid", ""), value.get("note", "")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MAX_NAME:
        raise ValueError(f"a user's name has 1 to {MAX_NAME} characters")
    if not isinstance(openid, str) or not isinstance(note, str) or len(note) > MAX_NAME or len(openid) > 128:
        raise ValueError(f"openid and note are short texts, the note of up to {MAX_NAME} characters")
    return User(openid=openid, name=name.strip(), note=note)


def _read_users(path: Path | None) -> list[User]:
    if path is None:
        return []
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(MAX_USERS_FILE_BYTES))
        if not isinstance(values, list) or len(values) > MAX_USERS:
            raise ValueError(f"it is not a list of up to {MAX_USERS} users")
        return [read_user(value) for value in values]
    except (OSError, ValueError) as error:
        raise RefusesToStart(f"WECHAT_SIMULATOR_USERS names {path}, which cannot be used: {error}.") from None
