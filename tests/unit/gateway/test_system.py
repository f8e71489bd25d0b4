"""What machines ask, and what the gateway is told at its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import UndeclaredOperation, create_app, operations
from gateway.forward import Resource
from gateway.http import Request, Response
from gateway.routes import ROUTES
from gateway.settings import MAX_THREADS
from services.chassis.settings import SettingsError
from services.contracts.topology import SERVICES
from tests.unit.gateway.kit import Gateway, settings_in


def test_process_lives_whatever_its_services_do(gateway: Gateway) -> None:
    gateway.services.ready = False
    assert gateway.ask("GET", "/livez").json == {"status": "ok"}


def test_readiness_follows_the_services(gateway: Gateway) -> None:
    assert gateway.ask("GET", "/readyz").status_code == 200
    gateway.services.ready = False
    answer = gateway.ask("GET", "/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "failing")


def test_probes_are_never_refused_for_asking_often(gateway: Gateway) -> None:
    assert {gateway.ask("GET", "/livez").status_code for _ in range(100)} == {200}
    assert "RateLimit" not in gateway.ask("GET", "/livez").headers


def test_figures_are_for_this_machine_only(gateway: Gateway, tmp_path: Path) -> None:
    gateway.ask("GET", "/v1/settings")
    here = gateway.ask("GET", "/metrics")
    assert here.status_code == 200
    assert 'http_requests_total{method="GET",route="/v1/settings",status="200"}' in here.text
    elsewhere = gateway.ask("GET", "/metrics", remote_addr="203.0.113.9")
    through_proxy = gateway.ask("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert [one.status_code for one in (elsewhere, through_proxy)] == [404, 404]
    opened = Gateway(tmp_path / "open", GATEWAY_OPEN_METRICS="yes")
    assert opened.ask("GET", "/metrics", remote_addr="203.0.113.9").status_code == 200


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # the test's own server says that it never heard of BREW
def test_strange_addresses_and_methods_make_no_new_series(gateway: Gateway) -> None:
    for number in range(20):
        gateway.ask("GET", f"/v1/unknown-{number}")
    gateway.ask("BREW", "/v1/settings")
    text = gateway.ask("GET", "/metrics").text
    assert 'http_requests_total{method="OTHER"' in text
    assert "unknown-" not in text
    assert "BREW" not in text


def test_responder_without_a_declaration_builds_no_gateway(gateway: Gateway) -> None:
    class Planted(Resource):
        def on_get(self, req: Request, resp: Response) -> None:
            """Nobody has said who may ask for this."""

    with pytest.raises(UndeclaredOperation, match="GET /v1/planted"):
        create_app(gateway.with_, (*ROUTES, ("/v1/planted", Planted)))


def test_two_operations_of_one_name_build_no_gateway(gateway: Gateway) -> None:
    path, resource = ROUTES[0]
    with pytest.raises(ValueError, match="operations of one name"):
        create_app(gateway.with_, (*ROUTES, (path + "-again", resource)))


def test_table_of_routes_holds_each_address_once() -> None:
    paths = [path for path, _ in ROUTES]
    assert len(paths) == len(set(paths))
    assert len(operations(ROUTES)) >= len(paths)


def test_threads_are_more_than_all_calls_that_can_wait(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, GATEWAY_CALLS_IN_FLIGHT="24")
    assert settings.threads > 2 * 24 * len(SERVICES)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"PUBLIC_URL": "http://dy.example.cn/path"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is missing"),
        ({"TOKEN_KEY": "short"}, "TOKEN_KEY"),
        ({"WECHAT_MODE": "real"}, "WECHAT_BRIDGE_URL belongs to a simulation"),
        (
            {"WECHAT_MODE": "real", "WECHAT_BRIDGE_URL": "", "PUBLIC_URL": "http://dy.example.cn"},
            "must begin with https://",
        ),
        (
            {"WECHAT_MODE": "real", "WECHAT_BRIDGE_URL": "", "CLOCK_START": "2026-09-15T08:00:00+08:00"},
            "CLOCK_START belongs to a demonstration",
        ),
        ({"GATEWAY_CALLS_IN_FLIGHT": "200", "GATEWAY_WORKERS": "65"}, "GATEWAY_WORKERS"),
        ({"COUNTY_NAME": "县" * 31}, "COUNTY_NAME"),
    ],
)
def test_settings_that_can_not_be_right_stop_the_start(tmp_path: Path, changes: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        settings_in(tmp_path, **changes)


def test_settings_of_a_real_county_are_taken(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path, WECHAT_MODE="real", WECHAT_BRIDGE_URL="", PUBLIC_URL="https://DY.example.cn/", GATEWAY_WORKERS="2"
    )
    assert (settings.public_url, settings.is_https, settings.is_simulated) == ("https://dy.example.cn", True, False)
    assert settings.threads <= MAX_THREADS


def test_policy_names_the_simulator_only_where_money_is_simulated(tmp_path: Path) -> None:
    real = Gateway(tmp_path, WECHAT_MODE="real", WECHAT_BRIDGE_URL="", PUBLIC_URL="https://dy.example.cn")
    assert "script-src 'self';" in real.ask("GET", "/").headers["Content-Security-Policy"]
