# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much of everything is measured: the real run, and a tiny one that only shows that the benchmark works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Devices, runs and calls of each section. ``peers`` false leaves all peers out."""

    peers: bool = True
    warm_devices: int = 50
    warm_pairs: int = 5
    peer_devices: int = 50  # of network_cli with libssh; fewer make its run shorter
    paramiko_devices: int = 10
    paramiko_tasks: int = 2
    fan_devices: int = 200
    fan_pairs: int = 5
    slow_devices: int = 10
    slow_pairs: int = 5
    slow_peers: int = 3
    dropin_devices: int = 5
    dropin_runs: int = 3
    sessions: int = 1000
    rest: float = 3.0  # seconds without work before a look at memory
    memory_peers: int = 5
    calls: int = 500
    stock_calls: int = 20
    growth: tuple[int, ...] = (50, 200, 500, 1000)
    growth_runs: int = 3
    task_runs: int = 2  # of those that fork for each host
    rival_devices: int = 50
    rival_runs: int = 3
    hosts: tuple[int, ...] = (2500, 5000, 10000)  # of an inventory
    host_runs: int = 3
    cached_peer: int = 1000  # hosts: its cache is slower than its source, and 10,000 would take minutes
    discovery: tuple[int, ...] = (125, 250, 500)


FULL = Sizes()
SMALL = Sizes(
    warm_devices=5, warm_pairs=2, peer_devices=3, paramiko_devices=2, fan_devices=10, fan_pairs=2, slow_devices=3,
    slow_pairs=2, slow_peers=2, dropin_devices=2, dropin_runs=1, sessions=50, memory_peers=2, calls=100, stock_calls=5,
    growth=(5, 10, 20), growth_runs=1, rival_devices=5, discovery=(10, 20),
    hosts=(100, 200, 400), host_runs=1, cached_peer=100,
)  # fmt: skip
SMOKE = Sizes(
    peers=False, warm_devices=3, warm_pairs=1, fan_devices=3, fan_pairs=1, slow_devices=2, slow_pairs=1, dropin_runs=1,
    dropin_devices=1, sessions=10, rest=0.2, calls=50, stock_calls=2, growth=(2, 4), growth_runs=1, rival_devices=3,
    rival_runs=1, discovery=(6, 9), hosts=(20, 40), host_runs=1, cached_peer=20,
)  # fmt: skip
