# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Path patterns."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import BadInput
from ansible_collections.holdfast.network.plugins.plugin_utils.state.paths import compile_patterns


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("interfaces.*.mtu", ("interfaces", "Ethernet1", "mtu"), True),
        ("interfaces.*.mtu", ("interfaces", "Ethernet1.100", "mtu"), True),
        ("interfaces.Ethernet1.100.mtu", ("interfaces", "Ethernet1.100", "mtu"), True),
        ("interfaces.Ethernet1.mtu", ("interfaces", "Ethernet1.100", "mtu"), False),
        ("interfaces.Ethernet*", ("interfaces", "Ethernet1", "mtu"), True),
        ("interfaces.*.mtu", ("interfaces", "Ethernet1"), False),
        ("bgp.*.peers.10.0.*.uptime", ("bgp", "global", "peers", "10.0.0.1", "uptime"), True),
        ("bgp.*.peers.10.1.*.uptime", ("bgp", "global", "peers", "10.0.0.1", "uptime"), False),
        ("bgp.**.uptime", ("bgp", "global", "peers", "10.0.0.1", "uptime"), True),
        ("bgp.**.uptime", ("bgp", "uptime"), True),
        ("bgp.**.uptime", ("bgp", "global", "no.uptime"), False),
        ("bgp.**.uptime", ("bgp", "global", "uptimes"), False),
        ("bgp.**", ("bgp", "global"), True),
        ("bgp.**", ("bgpx",), False),
        ("bgp.**.peers.**.uptime", ("bgp", "global", "peers", "10.0.0.1", "uptime"), True),
        ("**.uptime", ("facts", "uptime"), True),
        ("**", ("facts",), True),
        ("*.*.mtu", ("interfaces", "e", "mtu"), True),
        ("routes.*.10.0.0.0/24", ("routes", "default", "10.0.0.0/24", "x", "metric"), True),
        ("routes.*.10.0.0.0/2", ("routes", "default", "10.0.0.0/24"), False),
        ("interfaces.e[12]", ("interfaces", "e1"), False),
        ("config.interface Lo?.description *", ("config", "interface Lo0", "description x.y"), True),
    ],
)
def test_match(pattern: str, path: tuple[str, ...], matches: bool) -> None:
    assert compile_patterns([pattern]).match(path) is matches
    assert compile_patterns(["vlans", pattern, "arp.*.x"]).match(path) is matches


def test_unknown_feature_suggests() -> None:
    with pytest.raises(
        BadInput, match="but_for: 'interface.*.mtu' begins with 'interface', .*did you mean 'interfaces'"
    ):
        compile_patterns(["interface.*.mtu"], option="but_for")


@pytest.mark.parametrize("pattern", ["", ".", "...", 3, None])
def test_empty_pattern(pattern: object) -> None:
    with pytest.raises(BadInput, match="is no path; write one such as"):
        compile_patterns([pattern])  # type: ignore[list-item]


def test_one_pattern_may_be_a_string() -> None:
    assert compile_patterns("facts").match(("facts", "model"))
