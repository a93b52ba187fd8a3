# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a configuration means: the few facts that operational state depends on, for each platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from .tree import Config, Entry


@dataclass
class Interface:
    """One configured interface; ``addresses`` primary first."""

    name: str
    description: str = ""
    addresses: list[IPv4Interface] = field(default_factory=list)
    shutdown: bool = False
    mtu: int = 1500
    lldp: bool = True
    ospf_area: str | None = None
    ospf_hello: int = 10
    ospf_point_to_point: bool = False
    ospf_passive: bool = False

    @property
    def physical(self) -> bool:
        """A port, not something the device makes up."""
        return not self.name.startswith(("Loopback", "Vlan", "Tunnel", "Null", "Port-", "BDI", "Vxlan"))


@dataclass
class Neighbor:
    """One BGP neighbor. ``peer`` settings of a group are already merged in."""

    address: str
    remote_as: int | None = None
    description: str = ""
    shutdown: bool = False
    update_source: str | None = None
    multihop: bool = False


@dataclass
class View:
    """One device's configuration, understood. ``statics`` are (prefix, next hop or interface)."""

    hostname: str = "Router"
    domain: str = ""
    interfaces: dict[str, Interface] = field(default_factory=dict)
    asn: int | None = None
    router_id: str = "0.0.0.0"
    neighbors: dict[str, Neighbor] = field(default_factory=dict)
    networks: list[IPv4Network] = field(default_factory=list)
    statics: list[tuple[IPv4Network, str]] = field(default_factory=list)
    vlans: dict[int, str] = field(default_factory=dict)
    lldp: bool = False
    cdp: bool = False
    ospf: str | None = None
    ospf_id: str = "0.0.0.0"


def understand(config: Config, platform: str) -> View:
    """Read the facts out of a configuration."""
    view = View(lldp=platform == "eos", cdp=platform == "nxos", hostname="localhost" if platform == "eos" else "Router")
    for entry in config.root.children.values():
        match entry.words:
            case ("hostname", name):
                view.hostname = name
            case ("ip", "domain", "name", name) | ("ip", "domain-name", name) | ("dns", "domain", name):
                view.domain = name
            case ("lldp" | "cdp", "run") | ("feature", "lldp"):
                setattr(view, "cdp" if entry.words[0] == "cdp" else "lldp", True)
            case ("no", "lldp", "run"):
                view.lldp = False
            case ("interface", name):
                view.interfaces[name] = _interface(name, entry)
            case ("vlan", number):
                view.vlans[int(number)] = next((e.words[1] for e in entry.find("name")), f"VLAN{int(number):04d}")
            case ("ip", "route", prefix, hop, *rest):
                if "/" not in prefix:
                    prefix, hop = f"{prefix}/{hop}", rest[0]
                view.statics.append((IPv4Network(prefix, strict=False), hop))
            case _:
                pass
    _routing(config, view)
    return view


def _address(words: tuple[str, ...]) -> IPv4Interface | None:
    """``ip address A/L`` or ``ip address A MASK``."""
    if len(words) >= 3 and "/" in words[2]:
        return IPv4Interface(words[2])
    return IPv4Interface(f"{words[2]}/{words[3]}") if len(words) >= 4 else None


def _interface(name: str, section: Entry) -> Interface:
    found = Interface(name)
    for entry in section.children.values():
        match entry.words:
            case ("description", text):
                found.description = text
            case ("shutdown",):
                found.shutdown = True
            case ("mtu", number):
                found.mtu = int(number)
            case ("no", "lldp", _):
                found.lldp = False
            case ("ip", "ospf", *what):
                _interface_ospf(found, what)
            case _:
                pass
    primary = [e for e in section.find("ip", "address") if e.words[-1] != "secondary"]
    secondary = [e for e in section.find("ip", "address") if e.words[-1] == "secondary"]
    found.addresses = [a for a in (_address(e.words) for e in primary + secondary) if a is not None]
    return found


def _interface_ospf(interface: Interface, what: list[str]) -> None:
    match what:
        case (_, "area", area) | ("area", area):
            interface.ospf_area = area
        case ("hello-interval", seconds):
            interface.ospf_hello = int(seconds)
        case ("network", kind):
            interface.ospf_point_to_point = kind == "point-to-point"
        case _:
            pass


def _routing(config: Config, view: View) -> None:
    addresses = [a.ip for i in view.interfaces.values() for a in i.addresses if not i.shutdown]
    loops = [a.ip for n, i in view.interfaces.items() if n.startswith("Loop") for a in i.addresses if not i.shutdown]
    highest = str(max(loops or addresses, default=IPv4Address(0)))
    for section in config.root.find("router", "ospf"):
        view.ospf = section.words[2]
        view.ospf_id = next((e.words[-1] for e in section.find("router-id")), highest)
        _ospf(section, view)
    for section in config.root.find("router", "bgp"):
        view.asn = int(section.words[2].split(".")[-1])
        ids = [*section.find("bgp", "router-id"), *section.find("router-id")]
        view.router_id = ids[0].words[-1] if ids else highest
        groups: dict[str, Neighbor] = {}
        _bgp(section, view, groups)
        for family in section.find("address-family", "ipv4"):
            _bgp(family, view, groups)
        view.neighbors = {name: n for name, n in view.neighbors.items() if name[0].isdigit()}


def _ospf(section: Entry, view: View) -> None:
    for entry in section.find("network"):
        where = entry.words
        if "/" in where[1]:
            network = IPv4Network(where[1], strict=False)
        else:
            network = IPv4Network((int(IPv4Address(where[1])), 32 - int(IPv4Address(where[2])).bit_length()), False)
        for interface in view.interfaces.values():
            if any(address.ip in network for address in interface.addresses):
                interface.ospf_area = where[-1]
    for entry in section.find("passive-interface"):
        for name, interface in view.interfaces.items():
            interface.ospf_passive |= entry.words[1] in (name, "default")


def _bgp(section: Entry, view: View, groups: dict[str, Neighbor]) -> None:
    for entry in section.children.values():
        match entry.words:
            case ("network", prefix, *rest):
                text = f"{prefix}/{rest[1]}" if rest[:1] == ["mask"] else prefix
                view.networks.append(IPv4Network(text, strict=False))
            case ("neighbor", name, *what):
                neighbor = view.neighbors.setdefault(name, Neighbor(name))
                match what:
                    case ("peer-group", group) | ("peer", "group", group):
                        groups[name] = view.neighbors.setdefault(group, Neighbor(group))
                    case _:
                        _neighbor(neighbor, what)
            case _:
                pass
    for member, template in groups.items():
        one = view.neighbors[member]
        one.remote_as = one.remote_as or template.remote_as
        one.shutdown |= template.shutdown
        one.update_source = one.update_source or template.update_source
        one.multihop |= template.multihop


def _neighbor(neighbor: Neighbor, what: list[str]) -> None:
    match what:
        case ("remote-as", asn):
            neighbor.remote_as = int(asn.split(".")[-1])
        case ("description", text):
            neighbor.description = text
        case ("shutdown",):
            neighbor.shutdown = True
        case ("update-source", source):
            neighbor.update_source = source
        case ("ebgp-multihop", *_):
            neighbor.multihop = True
        case _:
            pass
