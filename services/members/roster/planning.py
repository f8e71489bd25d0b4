"""From the stored file to the plan of what it would do, by the roster of this moment.

Both the dry run and the application go through here, so that what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
from functools import partial
from io import BytesIO
from typing import Any

from services.chassis.blobs import BlobMissing, BlobTooLarge
from services.chassis.sealed import SealBroken
from services.contracts.values import OrgPath
from services.members.domain.roster.organisations import plan_organisations
from services.members.domain.roster.plan import ImportPlan, Roster, plan_import
from services.members.roster import present
from services.members.roster.course import CannotImport, Course
from services.members.roster.present import Place
from services.members.spreadsheets.package import MAX_FILE_BYTES
from services.members.spreadsheets.refusal import FileFault, FileRefused
from services.members.spreadsheets.roster_reader import RosterFile, read_roster
from services.members.storage.tables import ID_NUMBER, PHONE

FILE_READ, ROSTER_READ = 20, 30
"""Percent of the way."""


def make_plan(course: Course, record: Any, places: dict[str, Place]) -> ImportPlan:
    """What the import's file would do now. Raises CannotImport for a file that can't be used."""
    work = course.work
    scope = _scope(record, places)
    try:
        file = _read(course, record)
        course.reached(record.id, FILE_READ)
        organisations = plan_organisations(
            {code: place.organisation for code, place in places.items()}, file.organisations, scope
        )
        members = present.members(work.db, record.county_id, course.breathe)
        course.reached(record.id, ROSTER_READ)
        roster = Roster(
            members=members,
            identity_index=partial(work.index.of, ID_NUMBER),
            phone_index=partial(work.index.of, PHONE),
            scope=scope,
            today=work.today,
        )
        return plan_import(roster, organisations, file.members())
    except FileRefused as refusal:
        raise CannotImport(refusal.fault.value, **refusal.detail) from None


def _scope(record: Any, places: dict[str, Place]) -> OrgPath:
    return next(place.path for place in places.values() if place.id == record.org_id)


def _read(course: Course, record: Any) -> RosterFile:
    try:
        content = course.files.read(record.file_key, MAX_FILE_BYTES)
    except BlobTooLarge:
        raise FileRefused(FileFault.FILE_TOO_LARGE, limit=str(MAX_FILE_BYTES)) from None
    except BlobMissing:
        raise CannotImport("file_missing") from None
    except SealBroken:
        raise FileRefused(FileFault.DAMAGED) from None
    if hashlib.sha256(content).hexdigest() != record.file_sha256:
        raise FileRefused(FileFault.DAMAGED)
    return read_roster(BytesIO(content), course.breathe)
