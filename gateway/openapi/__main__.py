"""Writes gateway/openapi.yaml: ``python -m gateway.openapi``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from gateway.app import operations
from gateway.openapi.document import build_document
from gateway.routes import ROUTES

FILE = Path(__file__).parent.parent / "openapi.yaml"
_HEAD = "# Made by `python -m gateway.openapi` from routes and contracts; not edited by hand.\n"
WIDTH = 120


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base class's own signature
        """Everything is written out: a reader of the file should not have to follow anchors."""
        return True


def text() -> str:
    """The file's content."""
    document = build_document(operations(ROUTES))
    return _HEAD + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
