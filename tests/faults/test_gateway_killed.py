"""A part is killed and started again: whoever asks is told to come again meanwhile, and then is answered by itself.

How long that takes is measured by ``make bench`` (recovery).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.gateway_stand import DUES, MEMBERS, Crowd, Stand, standing

OWN_PATHS = {"dues": {DUES}, "rabbitmq": {DUES, MEMBERS}, "postgres": {DUES, MEMBERS}}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("killed")) as made:
        yield made


@pytest.mark.parametrize("part", OWN_PATHS)
def test_part_that_was_killed_is_found_again_and_nobody_sees_a_fault_of_ours(stand: Stand, part: str) -> None:
    with Crowd(stand, {MEMBERS: 3, DUES: 3}) as crowd:
        crowd.wait_for(DUES)
        stand.stack.kill_process(part)
        if part in stand.stack.suite.processes:
            stand.stack.start_process(part)
        else:
            stand.stack.restart_server(part)
        crowd.wait_for(MEMBERS)
        crowd.wait_for(DUES)
    assert {one.status for one in crowd.answers} <= {200, 404, 503}
    assert {one.path for one in crowd.answers if one.status == 503} <= OWN_PATHS[part]
    assert all(int(one.retry_after or 0) >= 1 for one in crowd.answers if one.status == 503)
