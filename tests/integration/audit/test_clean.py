"""Data that went every lawful way give no breach."""

from __future__ import annotations

from tests.integration.audit.scene import Scene


def test_sound_data_give_no_breach(scene: Scene) -> None:
    verdicts = scene.check()
    assert [verdict for verdict in verdicts if not verdict.holds] == []
    states = {state for (state,) in scene.sql("SELECT DISTINCT state FROM orders")}
    assert states == {"succeeded", "refunded", "refund_requested", "closed", "paying", "created"}
