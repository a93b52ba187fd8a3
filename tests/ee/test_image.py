# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The images themselves: what is in them, what is not, and how little they need to run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
DEFINITION = REPO / "execution-environment"
# How a job that may do nothing is run.
LOCKED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--user=1000", "--network=none")
Image = Callable[[str], str]
PYTHON_LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def run(image: str, *words: str, options: tuple[str, ...] = LOCKED, check: bool = True) -> str:
    command = ["podman", "run", "--rm", *options, image, *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(words)} left with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def inspect(image: str) -> dict[str, Any]:
    done = subprocess.run(["podman", "image", "inspect", image], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)[0]


@lru_cache
def contents(image: str) -> list[list[str]]:
    done = subprocess.run([DEFINITION / "contents.sh", image], check=True, capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines()]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(variant: str) -> dict[str, str]:
    text = (DEFINITION / f"requirements-{variant}.txt").read_text(encoding="utf-8")
    return {normalised(name): version for name, version in PYTHON_LINE.findall(text)}


@pytest.fixture(scope="module", params=["slim", "full"])
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def built(image: Image, variant: str) -> str:
    return image(variant)


def test_packages_are_those_that_are_pinned_with_hashes(built: str, variant: str) -> None:
    found = {normalised(words[1]): words[2] for words in contents(built) if words[0] == "python"}
    assert found == pinned(variant)
    assert {"netmiko", "napalm", "pyeapi", "ansible-core", "ansible-runner"} <= set(found)
    assert ("genie" in found) == (variant == "full")


def test_what_only_the_build_needs_is_not_there(built: str) -> None:
    debian = {words[1] for words in contents(built) if words[0] == "deb"}
    assert not [
        name for name in debian if re.match(r"(gcc|g\+\+|cpp|clang|make|binutils|build-essential)(-\d+)?$", name)
    ]
    assert not [name for name in debian if re.search(r"(-dev|-venv|-pip-whl|-setuptools-whl)$", name)]
    assert not debian & {"git", "curl", "wget", "sudo", "debootstrap"}
    programs = "for name in cc gcc c++ ld make pip pip3 git curl wget sudo; do command -v $name; done; true"
    assert run(built, "sh", "-c", programs) == ""


def test_both_variants_hold_one_version_of_what_both_hold() -> None:
    slim, full = pinned("slim"), pinned("full")
    assert {name: full[name] for name in slim} == slim


def test_the_requirements_are_those_of_the_collection() -> None:
    listed = (REPO / "meta/requirements.txt").read_text(encoding="utf-8")
    wanted = {normalised(re.split(r"[<>=\[ ]", line)[0]) for line in listed.splitlines() if line and line[0] != "#"}
    assert wanted <= set(pinned("slim"))


def test_every_pin_has_a_hash() -> None:
    for variant in ("build", "slim", "full"):
        text = (DEFINITION / f"requirements-{variant}.txt").read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=[A-Za-z0-9])", text.split("\n", 1)[1])
        assert len(blocks) == len(pinned(variant))
        assert all("--hash=sha256:" in block for block in blocks)


def test_a_file_with_another_hash_stops_the_build(tmp_path: Path, image: Image) -> None:
    """The build's own steps, with one digit of a hash changed: pip says so, and there is no image."""
    image("slim")
    context = tmp_path / "context"
    shutil.copytree(REPO / "dist/ee/slim", context)
    pins = context / "_build/python/requirements-build.txt"
    text = pins.read_text(encoding="utf-8")
    # The second hash of a package is of its source, which is never taken: all that the file's package has are changed.
    pins.write_text(re.sub(r"(--hash=sha256:)([0-9a-f])", lambda found: found[1] + "f0"[found[2] == "f"], text))
    script = 'here=execution-environment; . $here/machine.sh "$1" .venv-ee/bin/python'
    subprocess.run(["bash", "-ec", script, "-", tmp_path / "machine"], cwd=REPO, check=True)
    words = ["podman", "build", "--network", "host", "--target", "base", "--volume", f"{tmp_path}/machine:/mnt:ro"]
    done = subprocess.run([*words, context], check=False, capture_output=True, text=True, timeout=250)
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_labels_say_what_it_is(built: str, variant: str) -> None:
    labels = inspect(built)["Labels"]
    version = yaml.safe_load((REPO / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.title"]
    assert labels["org.opencontainers.image.licenses"] == "GPL-3.0-or-later"
    assert labels["org.opencontainers.image.source"].startswith("https://")
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["org.opencontainers.image.revision"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels["org.opencontainers.image.created"])
    assert labels["network.holdfast.variant"] == variant
    assert labels["ansible-execution-environment"] == "true"


def test_user_is_nobody_of_importance(built: str) -> None:
    config = inspect(built)["Config"]
    assert config["User"] == "1000"
    assert run(built, "sh", "-c", "id -u; id -g; id -un").split() == ["1000", "0", "runner"]
    writable = "find / -xdev -writable -not -path '/proc/*' -not -path '/tmp*' -not -path '/dev/*' 2>/dev/null; true"
    found = run(built, "sh", "-c", writable, options=("--user=1000", "--cap-drop=all", "--network=none")).split()
    shared = {"/run/lock", "/var/lock", "/var/tmp"}
    assert set(found) - shared == {"/runner", "/etc/holdfast", "/run/holdfast", "/var/lib/holdfast"}
    other = "find / -xdev -perm /6000 -type f"  # a program that runs as another user than the one who calls it
    assert run(built, "sh", "-c", other, options=("--user=0", "--network=none")) == ""


def test_nothing_of_the_building_machine_is_inside(built: str) -> None:
    details = json.dumps(inspect(built))
    history = subprocess.run(
        ["podman", "history", "--no-trunc", "--format", "{{.CreatedBy}}", built],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for text in (details.replace(built, ""), history):
        assert str(REPO) not in text
        assert "/mnt" not in text
        assert "proxy" not in text.lower()
    assert len(inspect(built)["RootFS"]["Layers"]) == 1
    as_root = ("--user=0", "--network=none", "--entrypoint=")
    left = (
        "find / -xdev -name pip.conf; find / -xdev -name 'pip*.whl'; find / -xdev -name direct_url.json;"
        "for folder in mnt root tmp var/tmp var/log var/cache var/lib/apt/lists output build opt/build opt/build-steps;"
        "do [ ! -e /$folder ] || find /$folder -type f ! -path /root/.bashrc ! -path /root/.profile; done;"
        'grep -rlsF -e "$1" /etc /opt/holdfast/bin /opt/holdfast/pyvenv.cfg; true'
    )
    assert run(built, "sh", "-c", left, "-", str(REPO), options=as_root) == ""
    sources = run(
        built, "sh", "-c", "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null; true", options=as_root
    )
    assert set(re.findall(r"https?://[^/ ]+", sources)) == {"http://deb.debian.org"}
    own = run(built, "cat", "/etc/ssl/certs/ca-certificates.crt")
    packaged = "cat $(sed -n '/^[^#!]/s,^,/usr/share/ca-certificates/,p' /etc/ca-certificates.conf)"
    assert own.count("BEGIN CERTIFICATE") == run(built, "sh", "-c", packaged).count("BEGIN CERTIFICATE")


def test_the_collection_is_there(built: str) -> None:
    version = yaml.safe_load((REPO / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    listed = json.loads(run(built, "ansible-galaxy", "collection", "list", "--format", "json"))
    assert listed["/usr/share/ansible/collections/ansible_collections"] == {"holdfast.network": {"version": version}}
    told = json.loads(run(built, "ansible-doc", "--json", "holdfast.network.config"))
    assert "confirm_within" in told["holdfast.network.config"]["doc"]["options"]
    assert "ansible-runner" in run(built, "ansible-runner", "--help")


@pytest.mark.parametrize("user", ["1000", "1000710000:0"])
def test_broker_serves_where_nothing_may_be_done(image: Image, user: str) -> None:
    """Read-only root, no capabilities, any user: what a pod under a strict policy may do."""
    script = """
        holdfast-broker serve --runtime-dir /tmp/run --state-dir /tmp/state & broker=$!
        for try in $(seq 50); do holdfast-broker health --runtime-dir /tmp/run > /tmp/health && break; sleep 0.1; done
        holdfast-broker status --runtime-dir /tmp/run
        kill $broker; wait $broker
    """
    options = (*(option for option in LOCKED if not option.startswith("--user")), f"--user={user}")
    told = json.loads(run(image("slim"), "bash", "-c", script, options=options))
    assert told["ready"] is True
    assert told["version"] == inspect(image("slim"))["Labels"]["org.opencontainers.image.version"]


def test_broker_commands_say_when_there_is_none(image: Image) -> None:
    done = subprocess.run(
        ["podman", "run", "--rm", *LOCKED, image("slim"), "holdfast-broker", "health"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "broker_unavailable"


def test_every_library_can_be_imported(built: str, variant: str) -> None:
    names = ["netmiko", "napalm", "pyeapi", "paramiko", "jmespath", "ntc_templates", "ttp", "hier_config", "igraph"]
    names += ["netutils", "requests", "socks", "gufo.snmp", "textfsm"]
    names += ["genie.libs.parser", "unicon", "pyats.topology"] if variant == "full" else []
    run(built, "/opt/holdfast/bin/python3", "-c", f"import {', '.join(names)}")


def test_bills_of_materials_name_what_is_inside(built: str, variant: str) -> None:
    repository = built.rpartition(":")[0]
    environment = {**os.environ, "IMAGE": repository}
    words = [DEFINITION / "sbom.sh", ".venv-ee", variant]
    subprocess.run(words, cwd=REPO, check=True, env=environment, capture_output=True)
    cyclonedx = json.loads((REPO / f"dist/holdfast-ee-{variant}.cdx.json").read_text(encoding="utf-8"))
    spdx = json.loads((REPO / f"dist/holdfast-ee-{variant}.spdx.json").read_text(encoding="utf-8"))
    assert cyclonedx["bomFormat"] == "CycloneDX"
    assert spdx["spdxVersion"].startswith("SPDX-2")
    for bill in (cyclonedx["components"], spdx["packages"]):
        versions = {entry["name"]: entry.get("version") or entry.get("versionInfo") for entry in bill}
        inside = {words[1]: words[2] for words in contents(built) if words[0] == "deb"}
        assert {name: versions.get(name) for name in inside} == inside
        python = {normalised(name): version for name, version in versions.items()}
        wanted = pinned(variant)
        assert {name: python.get(name) for name in wanted} == wanted


def test_size(built: str, variant: str, record_property: Callable[[str, object], None]) -> None:
    size = inspect(built)["Size"]
    record_property("size", size)
    print(f"{built}: {size / 1e6:.0f} MB")
    assert size < {"slim": 320e6, "full": 1100e6}[variant]


def test_containerfile_is_clean(image: Image) -> None:
    image("slim")
    words = [REPO / ".venv-ee/bin/hadolint", "--config", DEFINITION / "hadolint.yaml"]
    subprocess.run([*words, REPO / "dist/ee/slim/Containerfile"], check=True)
    reasons = (DEFINITION / "hadolint.yaml").read_text(encoding="utf-8")
    assert all(" # " in line for line in reasons.splitlines() if line.strip().startswith("- DL"))


def test_an_unknown_variant_is_refused() -> None:
    done = subprocess.run(
        [DEFINITION / "build.sh", ".venv-ee", "slimmer"], cwd=REPO, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "VARIANT=slimmer: slim, full or both" in done.stderr


def as_nobody(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    text = (DEFINITION / script).read_text(encoding="utf-8") + "\n" + " ".join(words)
    nobody = {"user": 65534, "group": 65534, "cwd": "/"} if os.getuid() == 0 else {"cwd": "/"}
    return subprocess.run(
        ["bash", "-c", text, "-", "localhost/x"], check=False, capture_output=True, text=True, **nobody
    )


def test_what_is_missing_is_named_to_whom_cannot_install_it() -> None:
    done = as_nobody("needs.sh", "need no-such-command:its-package sh:dash")
    assert done.returncode == 1
    assert "This needs its-package." in done.stderr
    assert "sudo apt-get install --no-install-recommends its-package" in done.stderr


def test_base_image_says_that_it_needs_root() -> None:
    done = as_nobody("base-image.sh")
    assert done.returncode == 1
    assert "make ee BASE=docker.io/library/debian:trixie-slim" in done.stderr
