# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in the peers' environment: the same command on the same devices by nornir-netmiko, sessions open.

On standard input ``{devices: [{name, host, port, user, password}], command, threads: [20, 50], runs}``; on standard
output ``{login: seconds, warm: {threads: [seconds, ...]}}``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko import netmiko_send_command


def inventory(devices: list[dict[str, Any]]) -> Inventory:
    hosts = Hosts()
    for device in devices:
        netmiko = ConnectionOptions(extras={"fast_cli": True})
        hosts[device["name"]] = Host(
            name=device["name"], hostname=device["host"], port=device["port"], username=device["user"],
            password=device["password"], platform="cisco_ios", connection_options={"netmiko": netmiko},
        )  # fmt: skip
    return Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())


def ask(nornir: Nornir, command: str, threads: int) -> float:
    """Seconds of one command on all devices."""
    start = time.perf_counter()
    answers = nornir.with_runner(ThreadedRunner(num_workers=threads)).run(netmiko_send_command, command_string=command)
    spent = time.perf_counter() - start
    if answers.failed or not all("IOS" in str(answer.result) for answer in answers.values()):
        sys.exit(f"nornir failed on {', '.join(answers.failed_hosts) or 'no host, but an answer is wrong'}")
    return spent


def main() -> None:
    plan = json.load(sys.stdin)
    ConnectionPluginRegister.auto_register()
    nornir = Nornir(inventory=inventory(plan["devices"]), runner=ThreadedRunner())
    login = ask(nornir, plan["command"], plan["threads"][0])
    warm: dict[int, list[float]] = {threads: [] for threads in plan["threads"]}
    for _unused in range(plan["runs"]):
        for threads, spent in warm.items():
            spent.append(ask(nornir, plan["command"], threads))
    nornir.close_connections(on_good=True, on_failed=True)
    json.dump({"login": login, "warm": warm}, sys.stdout)


if __name__ == "__main__":
    main()
