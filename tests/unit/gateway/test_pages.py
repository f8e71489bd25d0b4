"""The phone pages from memory: right caching, the pages' own router, and no way to any other file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.unit.gateway.kit import Gateway

INDEX = "<!doctype html><div id=app></div>" + " " * 2_000
SCRIPT = "console.log(1)\n" * 200


@pytest.fixture
def built(tmp_path: Path) -> Gateway:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(INDEX)
    (dist / "mark.svg").write_text("<svg/>")
    (dist / "assets" / "index-B4x9_kQ2.js").write_text(SCRIPT)
    (tmp_path / "secret.txt").write_text("not a page")
    (dist / "link.txt").symlink_to(tmp_path / "secret.txt")
    return Gateway(tmp_path)


@pytest.mark.parametrize("path", ["/", "/dues", "/dues/orders/01990000-0000-7000-8000-000000000001", "/check/7KQ2MX9T"])
def test_addresses_of_the_pages_router_get_the_entry_page(built: Gateway, path: str) -> None:
    answer = built.ask("GET", path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_hashed_file_is_kept_for_ever_and_others_are_asked_for(built: Gateway) -> None:
    script = built.ask("GET", "/assets/index-B4x9_kQ2.js")
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    mark = built.ask("GET", "/mark.svg")
    assert (mark.headers["Cache-Control"], mark.headers["Content-Type"]) == ("no-cache", "image/svg+xml")


def test_known_page_is_not_sent_again(built: Gateway) -> None:
    tag = built.ask("GET", "/").headers["ETag"]
    assert built.ask("GET", "/dues", headers={"If-None-Match": tag}).status_code == 304


def test_text_goes_compressed_to_who_takes_it(built: Gateway) -> None:
    plain = built.ask("GET", "/assets/index-B4x9_kQ2.js")
    packed = built.ask("GET", "/assets/index-B4x9_kQ2.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.content) == plain.content == SCRIPT.encode()
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_head_has_the_headers_and_no_body(built: Gateway) -> None:
    answer = built.ask("HEAD", "/", key=None)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(INDEX))


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "//etc/passwd.txt",
        "/link.txt",
        "/assets/",
        "/assets/gone-B4x9_kQ2.js",
        "/favicon.ico",
        "/index.php",
        "/.env",
        "/v1/",
        "/v1/nothing/at/all",
        "/docs/other",
    ],
)
def test_nothing_else_is_served(built: Gateway, path: str) -> None:
    answer = built.ask("GET", path)
    assert (answer.status_code, answer.json["code"]) == (404, "route.unknown")
    assert "not a page" not in answer.text


def test_page_takes_no_writes(built: Gateway) -> None:
    answer = built.ask("POST", "/dues", json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_missing_build_says_how_to_build(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/dues")
    assert answer.status_code == 503
    assert "npm run build" in answer.text
    assert gateway.ask("GET", "/assets/index-B4x9_kQ2.js").status_code == 404


def test_folder_that_is_not_the_pages_is_refused_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.resources.pages.MAX_FILES", 2)
    (tmp_path / "dist").mkdir()
    for number in range(3):
        (tmp_path / "dist" / f"{number}.txt").write_text("x")
    with pytest.raises(ValueError, match="more than the phone pages"):
        Gateway(tmp_path)


def test_description_of_the_interface_is_readable_offline(gateway: Gateway) -> None:
    page = gateway.ask("GET", "/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "http" not in page.text.replace("https://json-schema.org", "")
    for name, kind in (("viewer.js", "text/javascript"), ("viewer.css", "text/css")):
        assert f'"/docs/{name}"' in page.text
        file = gateway.ask("GET", f"/docs/{name}")
        assert file.headers["Content-Type"].startswith(kind)
        assert "http://" not in file.text
        assert "https://" not in file.text
    assert gateway.ask("GET", "/openapi.json").json["openapi"] == "3.1.0"
