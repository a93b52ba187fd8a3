# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A unit for podman (quadlet) as options of ``podman run``, as podman makes them of it."""

from __future__ import annotations

import shlex
from pathlib import Path

OPTIONS = {"User": "user", "DropCapability": "cap-drop", "Volume": "volume"}
SWITCHES = {"ReadOnly": "--read-only", "NoNewPrivileges": "--security-opt=no-new-privileges"}
#: what systemd's timers do, and what a test gives itself
LEFT = ("Image", "Exec", "ContainerName", "HealthCmd", "HealthInterval", "HealthOnFailure")


class Unit:
    """The keys of ``[Container]``, each with its values in order; ``%h`` is the home directory."""

    def __init__(self, path: Path, home: Path) -> None:
        self._keys: dict[str, list[str]] = {}
        section = ""
        for line in path.read_text().splitlines():
            if line.startswith("["):
                section = line
            elif section == "[Container]" and "=" in line and not line.startswith("#"):
                key, _equals, value = line.partition("=")
                self._keys.setdefault(key, []).append(value.replace("%h", str(home)))

    def __getitem__(self, key: str) -> list[str]:
        return self._keys[key]

    @property
    def options(self) -> tuple[str, ...]:
        """Raises KeyError for a key that is not known here."""
        made: list[str] = []
        for key, values in self._keys.items():
            if key in SWITCHES:
                made += [SWITCHES[key] for value in values if value == "true"]
            elif key == "Environment":
                made += [f"--env={word}" for value in values for word in shlex.split(value)]
            elif key == "PodmanArgs":
                made += [word for value in values for word in shlex.split(value)]
            elif key not in LEFT:
                made += [f"--{OPTIONS[key]}={value}" for value in values]
        return tuple(made)
