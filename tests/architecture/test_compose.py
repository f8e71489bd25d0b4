"""docker-compose.yml starts what the local runner starts, and the images hold what these processes import.

No container runs here: compose itself reads its file, hadolint reads the images' recipes. Each check is a function that
returns what is wrong, and is shown to bite by a violation planted in a copy.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.docker.demonstration import main as make_variables
from deploy.docker.demonstration import variables
from deploy.local.processes import BY_NAME, PROCESSES, SERVERS, order

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RECIPES = sorted((ROOT / "deploy" / "docker").glob("*.Dockerfile"))
BASES = {"python:3.11-slim-bookworm", "node:20-bookworm-slim"}
EVERY = {"COUNTY_ID", "AMQP_URI", "LOG_LEVEL", "CLOCK_START"}
DEMONSTRATION = {"demo-accounts", "wechat-simulator", "demo"}
MACHINE_ITSELF = "127.0.0.1"
WITHIN_S = 20
Compose = dict[str, Any]


def compose(file: Path, env_file: Path | None, **more: str) -> subprocess.CompletedProcess[str]:
    given = ["--env-file", str(env_file)] if env_file else ["--env-file", os.devnull]
    argv = [str(BIN / "docker-compose"), *given, "-f", str(file), "--profile", "*", "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent), **more}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False)


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("compose") / "demonstration.env"
    assert make_variables([str(file)]) == 0
    return file


@pytest.fixture(scope="module")
def whole(env_file: Path) -> Compose:
    """The file as compose understands it, with the variables of a demonstration."""
    read = compose(ROOT / "docker-compose.yml", env_file)
    assert read.returncode == 0, read.stderr
    return dict(json.loads(read.stdout))


# What must hold. Each returns sentences about what does not.


def wrong_set(whole: Compose) -> list[str]:
    found, wanted = set(whole["services"]), {*BY_NAME, *SERVERS}
    profiled = {name for name, one in whole["services"].items() if one.get("profiles") == ["demonstration"]}
    return [
        *(f"{name} is in one list only" for name in sorted(found ^ wanted)),
        *(f"{name} has the wrong profile" for name in sorted(profiled ^ DEMONSTRATION)),
    ]


def wrong_commands(whole: Compose) -> list[str]:
    return [
        f"{process.name} runs {one.get('command')}"
        for process in PROCESSES
        if (one := whole["services"].get(process.name)) and one.get("command") != list(process.command)
    ]


def wrong_order(whole: Compose) -> list[str]:
    """Whoever waits in processes.py waits in compose, for the same end: success, or health."""
    wrong = []
    for process in PROCESSES:
        waits = whole["services"].get(process.name, {}).get("depends_on", {})
        for name in process.after:
            once = name in BY_NAME and BY_NAME[name].runs_once
            end = "service_completed_successfully" if once else "service_healthy"
            if waits.get(name, {}).get("condition") != end:
                wrong.append(f"{process.name} does not wait for {name} ({end})")
    placed: list[str] = []
    waiting = {name: set(one.get("depends_on", {})) for name, one in whole["services"].items()}
    while free := [name for name, after in waiting.items() if after <= set(placed)]:
        placed += free
        waiting = {name: after for name, after in waiting.items() if name not in free}
    return [*wrong, *(f"{name} waits for itself or for nobody" for name in waiting)]


def wrong_variables(whole: Compose) -> list[str]:
    wrong = []
    for process in PROCESSES:
        told = set(whole["services"].get(process.name, {}).get("environment") or {})
        listed = set(process.variables)
        wrong += [f"{process.name} is not told {name}" for name in sorted(listed - told)]
        # `declare` is told what every process is told: none of it is a key.
        allowed = listed | (EVERY if process.name == "declare" else set())
        wrong += [f"{process.name} is told {name}, which is not its own" for name in sorted(told - allowed)]
    return wrong


def wrong_openings(whole: Compose) -> list[str]:
    """Only the gateway publishes; nothing that --scale can't repeat; nothing privileged."""
    wrong = []
    for name, one in whole["services"].items():
        ours = name not in SERVERS
        if one.get("ports") and name != "gateway":
            wrong.append(f"{name} publishes a port")
        wrong += [
            f"{name} publishes to everybody" for port in one.get("ports", ()) if port["host_ip"] != MACHINE_ITSELF
        ]
        if one.get("container_name") or (ours and one.get("hostname")):
            wrong.append(f"{name} has a name of its own and can't be scaled")
        if one.get("network_mode") and name not in DEMONSTRATION:
            wrong.append(f"{name} shares a network and can't be scaled")
        if one.get("privileged") or (ours and not (one.get("read_only") and one.get("cap_drop") == ["ALL"])):
            wrong.append(f"{name} may do more than it needs")
    if not whole["networks"]["inside"].get("internal"):
        wrong.append("the network of the database is open")
    return wrong


def wrong_lives(whole: Compose) -> list[str]:
    """What runs on is probed where processes.py says and started again; what runs once is not."""
    wrong = []
    for process in PROCESSES:
        one = whole["services"].get(process.name, {})
        if one.get("restart") != ("no" if process.runs_once else "unless-stopped"):
            wrong.append(f"{process.name} has the wrong restart policy")
        probe = " ".join(one.get("healthcheck", {}).get("test", ()))
        if process.probe and f":{one['environment'][process.probe.port_variable]}{process.probe.path}'" not in probe:
            wrong.append(f"{process.name} is probed in the wrong place: {probe}")
    return wrong


def wrong_pins(whole: Compose) -> list[str]:
    images = {name: one["image"] for name, one in whole["services"].items()}
    found = {base for recipe in RECIPES for base in re.findall(r"^FROM (\S+)", recipe.read_text(), re.MULTILINE)}
    return [
        *([] if images["postgres"] == "postgres:18" else ["postgres is another version"]),
        *([] if images["rabbitmq"] == "rabbitmq:3.13-management" else ["rabbitmq is another version"]),
        *(f"{base} is not one of ours" for base in sorted(found - BASES)),
    ]


CHECKS = (wrong_set, wrong_commands, wrong_order, wrong_variables, wrong_openings, wrong_lives, wrong_pins)


@pytest.mark.parametrize("check", CHECKS)
def test_compose_agrees_with_the_one_list_of_processes(check: Callable[[Compose], list[str]], whole: Compose) -> None:
    assert check(whole) == []


PLANTED: list[tuple[Callable[[Compose], list[str]], str, Callable[[Compose], object]]] = [
    (wrong_set, "dues-jobs", lambda services: services.pop("dues-jobs")),
    (wrong_set, "demo", lambda services: services["demo"].pop("profiles")),
    (wrong_commands, "dues", lambda services: services["dues"].update(command=["sleep", "1"])),
    (wrong_order, "members", lambda services: services["members"]["depends_on"].pop("bootstrap")),
    (
        wrong_order,
        "gateway",
        lambda services: services["gateway"]["depends_on"]["dues"].update(condition="service_started"),
    ),
    (
        wrong_order,
        "itself",
        lambda services: services["members"]["depends_on"].update(gateway={"condition": "service_started"}),
    ),
    (wrong_variables, "PUBLIC_URL", lambda services: services["dues"]["environment"].pop("PUBLIC_URL")),
    (wrong_variables, "TOKEN_KEY", lambda services: services["dues"]["environment"].update(TOKEN_KEY="x")),
    (wrong_openings, "publishes a port", lambda services: services["dues"].update(ports=[{"host_ip": "127.0.0.1"}])),
    (wrong_openings, "to everybody", lambda services: services["gateway"]["ports"][0].update(host_ip="0.0.0.0")),
    (wrong_openings, "scaled", lambda services: services["dues"].update(container_name="dues")),
    (wrong_openings, "scaled", lambda services: services["dues"].update(network_mode="host")),
    (wrong_openings, "more than", lambda services: services["members"].update(read_only=False)),
    (wrong_lives, "restart", lambda services: services["bootstrap"].update(restart="always")),
    (wrong_lives, "probed", lambda services: services["dues"]["environment"].update(METRICS_PORT="9999")),
    (wrong_pins, "postgres", lambda services: services["postgres"].update(image="postgres:latest")),
]


@pytest.mark.parametrize(("check", "word", "plant"), PLANTED)
def test_each_check_sees_a_planted_violation(
    check: Callable[[Compose], list[str]], word: str, plant: Callable[[Compose], object], whole: Compose
) -> None:
    broken = copy.deepcopy(whole)
    plant(broken["services"])
    assert any(word in sentence for sentence in check(broken))


def test_an_order_that_fits_both_lists_exists(whole: Compose) -> None:
    place = {name: number for number, name in enumerate([*SERVERS, *order()])}
    late = [
        (name, before)
        for name, one in whole["services"].items()
        for before in one.get("depends_on", {})
        # The simulator joins the gateway's network, which the local runner knows nothing of.
        if place[before] >= place[name] and name != "wechat-simulator"
    ]
    assert late == []


def test_more_gateways_take_more_ports(env_file: Path) -> None:
    read = compose(ROOT / "docker-compose.yml", env_file, GATEWAY_HOST_PORTS="8080-8083")
    assert json.loads(read.stdout)["services"]["gateway"]["ports"][0]["published"] == "8080-8083"


def test_nothing_starts_without_its_secrets_and_each_is_named_in_a_sentence(env_file: Path) -> None:
    asked = set(re.findall(r"\$\{([A-Z_0-9]+):\?\1 is missing: \S+ \S+", (ROOT / "docker-compose.yml").read_text()))
    read = compose(ROOT / "docker-compose.yml", None)
    assert read.returncode != 0
    assert {name for name in asked if f"{name} is missing: " in read.stderr} == asked
    assert (
        {"SEAL_KEYS", "INDEX_KEY", "TOKEN_KEY", "RABBITMQ_PASSWORD", "WECHAT_MERCHANT_KEY"} <= asked <= set(variables())
    )


def test_a_real_installation_is_told_no_address_of_the_simulator(env_file: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.env"
    lines = env_file.read_text().splitlines(keepends=True)
    real.write_text("".join(line for line in lines if not line.startswith("WECHAT_SIMULATOR")))
    services = json.loads(compose(ROOT / "docker-compose.yml", real).stdout)["services"]
    told = {value for name in ("members", "dues", "gateway") for value in services[name]["environment"].values()}
    assert not any("8090" in str(value) for value in told)
    simulated = json.loads(compose(ROOT / "docker-compose.yml", env_file).stdout)["services"]
    assert simulated["dues"]["environment"]["WECHAT_API_URL"] == "http://gateway:8090"


def test_variables_that_stand_are_never_overwritten(env_file: Path) -> None:
    before = env_file.read_bytes()
    assert make_variables([str(env_file)]) == 1
    assert env_file.read_bytes() == before
    assert env_file.stat().st_mode & 0o077 == 0


# The images.


def hadolint(recipe: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(BIN / "hadolint"), "--no-color", str(recipe)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=WITHIN_S, check=False)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_recipes_are_clean_and_run_as_nobody(recipe: Path) -> None:
    checked = hadolint(recipe)
    assert checked.returncode == 0, checked.stdout
    assert recipe.read_text().rstrip().splitlines()[-1] == "USER 10001:10001"
    assert "--require-hashes --no-deps -r requirements.lock" in recipe.read_text()


def test_hadolint_sees_a_planted_violation(tmp_path: Path) -> None:
    planted = tmp_path / "planted.Dockerfile"
    planted.write_text((RECIPES[0]).read_text().replace("python:3.11-slim-bookworm\n", "python:latest\n"))
    assert "DL3007" in hadolint(planted).stdout


def missing_imports(recipe: str, service: str) -> list[str]:
    """Modules of ours that the copied files import and the image does not hold."""
    lines = re.findall(r"^COPY (?!--from)(\S+) \S+$", recipe, re.MULTILINE)
    copied = [ROOT / line.replace("${SERVICE}", service) for line in lines]
    files = [file for path in copied for file in ([path] if path.is_file() else path.rglob("*.py"))]
    held = {file.relative_to(ROOT) for file in files if "node_modules" not in file.parts}
    wanted = {name for file in held if file.suffix == ".py" for name in imported(ROOT / file)}
    return sorted(name for name in wanted if not {Path(f"{name}.py"), Path(name, "__init__.py")} & held)


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.replace(".", "/") for name in names if name.split(".")[0] in {"services", "gateway", "deploy"}}


IMAGES = [("service", "members"), ("service", "dues"), ("gateway", ""), ("simulator", "")]


@pytest.mark.parametrize(("image", "service"), IMAGES)
def test_an_image_holds_all_that_its_files_import(image: str, service: str) -> None:
    assert missing_imports((ROOT / "deploy" / "docker" / f"{image}.Dockerfile").read_text(), service) == []


@pytest.mark.parametrize(("image", "service"), IMAGES)
def test_an_image_without_the_contracts_is_seen(image: str, service: str) -> None:
    recipe = (ROOT / "deploy" / "docker" / f"{image}.Dockerfile").read_text()
    assert missing_imports(recipe.replace("COPY services/contracts services/contracts\n", ""), service)


def test_every_copied_path_exists_and_may_enter_the_images() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for recipe in RECIPES:
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe.read_text(), re.MULTILINE):
            for source in sources.replace("${SERVICE}", "dues").split():
                assert (ROOT / source).exists(), source
                assert any(source == one or source.startswith(f"{one}/") for one in allowed), source
