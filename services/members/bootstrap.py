"""Founds a county: ``python -m services.members.bootstrap [FILE]``. Safe to repeat; existing rows and passwords stay as they are.

Makes the county committee (code: COUNTY_ID) and, from the JSON file named by the argument or by BOOTSTRAP_ADMINS, the first
branches and administrators. The county administrator and the system
administrator are two persons (REG-8). The file holds passwords and second-factor secrets in plain text: remove it afterwards.
README.md shows its form.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

import orjson

from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.settings import SettingsError, Variable, load
from services.contracts.errors import InvalidMessage
from services.contracts.wire import load as load_message
from services.members.commands.founding import Founding, found_county
from services.members.settings import MembersSettings

MAX_FILE_BYTES = 256 * 1024
MAX_NAME = 30


def _county_name(text: str) -> str:
    if len(text) > MAX_NAME:
        raise ValueError(f"longer than {MAX_NAME} characters")
    return text


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError("no file")
    return path


@dataclasses.dataclass(frozen=True, kw_only=True)
class BootstrapSettings(MembersSettings):
    county_name: Annotated[
        str, Variable("COUNTY_NAME", _county_name, "the county's name as its people write it, such as 盐亭县.")
    ] = ""
    administrators: Annotated[
        Path | None, Variable("BOOTSTRAP_ADMINS", _file, "the path of a JSON file with the first administrators.")
    ] = None


def founding_from(settings: BootstrapSettings, file: Path | None) -> Founding:
    """Raises InvalidMessage for a file of a wrong form."""
    content: Any = {}
    if file is not None:
        with file.open("rb") as opened:
            text = opened.read(MAX_FILE_BYTES + 1)
        try:
            content = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise InvalidMessage(fields={"body": "not JSON"}) from None
        if not isinstance(content, dict):
            raise InvalidMessage(fields={"body": "not an object"})
    name = settings.county_name or settings.county_id
    names = {"county_name": name, "committee_name": f"中共{name}委员会"}
    return load_message(Founding, {**names, **content})


def main(arguments: list[str]) -> int:
    try:
        settings = load(BootstrapSettings)
        file = _file(arguments[0]) if arguments else settings.administrators
        founding = founding_from(settings, file)
    except SettingsError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    except ValueError:
        print(f"{arguments[0]} is not a file.", file=sys.stderr)  # noqa: T201
        return 2
    except InvalidMessage as refusal:
        print(f"The file of the first administrators is not usable: {refusal.detail['fields']}", file=sys.stderr)  # noqa: T201
        return 2
    database = Database(settings.database_url.reveal(), name="members-bootstrap", pool_size=1)
    try:
        founded = Core(settings, database).desk().run(found_county, founding)
    except InvalidMessage as refusal:
        print(f"The county can't be founded like this: {refusal.detail['fields']}", file=sys.stderr)  # noqa: T201
        return 2
    finally:
        database.close()
    print(f"members: {founded.organisations} organisations and {founded.administrators} administrators are new")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
