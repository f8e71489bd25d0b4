"""The layers with indirect imports included: what ``.importlinter`` says holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")
PATIENCE_S = 120


def lint(configuration: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--config", configuration],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_the_layers_hold_indirect_imports_included() -> None:
    result = lint(ROOT / ".importlinter")
    assert result.returncode == 0, result.stdout


def test_a_layer_that_does_not_hold_is_found(tmp_path: Path) -> None:
    """The chassis stands on contracts; a configuration that says the opposite is broken."""
    planted = tmp_path / "planted.ini"
    planted.write_text(
        "[importlinter]\nroot_packages =\n    services\n\n[importlinter:contract:planted]\nname = upside down\n"
        "type = layers\nlayers =\n    services.contracts\n    services.chassis\n"
    )
    result = lint(planted)
    assert result.returncode != 0
    assert "BROKEN" in result.stdout
