# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration languages of the emulated platforms, as tables (their marks: see ``tree``)."""

from __future__ import annotations

from .tree import Grammar

_ROUTE_MAP = """
match ip address prefix-list <line>
match <line>
set metric | <n>
set local-preference | <n>
set community <line>
set as-path prepend <line>
set <line>
description | <line>
"""

_IOS = (
    """
[config]
%version <line>
%Building configuration...
%boot-start-marker
%boot-end-marker
%vlan internal <line>
service <line>
hostname | <word>
boot system <line>
vrf definition <word> -> config-vrf
enable secret | <line>
enable password | <line>
aaa new-model
aaa authentication <line>
aaa authorization <line>
aaa accounting <line>
clock timezone | <line>
~ip domain lookup
~ip domain-lookup
ip domain name | <word>
ip domain-name | <word>
ip name-server <line>
~ip cef
ipv6 unicast-routing
multilink bundle-name authenticated
username <word> | [privilege <0-15>] {secret|password} [<0-9>] <word>
-username <word>
redundancy
archive -> config-archive
lldp run
lldp timer | <n>
cdp run
spanning-tree <line>
ip ssh version | <n>
ip ssh <line>
vlan <1-4094> -> config-vlan
track <n> <line>
class-map <line> -> config-cmap
policy-map <line> -> config-pmap
interface <if> -> config-if
router ospf <1-65535> -> config-router
router bgp <as> -> config-router
ip forward-protocol nd
~ip http server
~ip http secure-server
ip http <line>
ip scp server enable
ip route <ip> <ip> {<if>|<ip>} | [<1-255>] [name <word>]
-ip route <ip> <ip>
ip access-list standard <word> -> config-std-nacl
ip access-list extended <word> -> config-ext-nacl
ip prefix-list <word> description | <line>
ip prefix-list <word> seq <n> | {permit|deny} <prefix> [{ge|le} <1-32>] [{ge|le} <1-32>]
ip prefix-list <word> {permit|deny} <prefix> [{ge|le} <1-32>] [{ge|le} <1-32>]
-ip prefix-list <word>
ip sla <line>
ip tftp <line>
route-map <word> {permit|deny} <1-65535> -> config-route-map
route-map <word> -> config-route-map
=access-list <n> <line>
-access-list <n>
logging buffered | <line>
logging source-interface | <if>
logging trap | <line>
~logging console
logging host <word>
logging <word>
snmp-server community <word> | [{ro|rw|RO|RW}] [<word>]
snmp-server location | <line>
snmp-server contact | <line>
snmp-server host <line>
snmp-server enable traps [<line>]
snmp-server <line>
tacacs server <word> -> config-server-tacacs
tacacs-server <line>
radius server <word> -> config-radius-server
banner motd | <line>
banner login | <line>
banner exec | <line>
alias exec <word> <line>
line con 0 -> config-line
line aux 0 -> config-line
line vty <0-99> [<0-99>] -> config-line
file prompt quiet
event manager applet <word> -> config-applet
ntp source | <if>
ntp server <word> | [prefer]
ntp <line>

[config-vrf]
rd | <word>
description | <line>
address-family {ipv4|ipv6} -> config-vrf-af
[config-vrf-af]
route-target <line>

[config-archive]
log config -> config-archive-log-cfg
path | <line>
maximum | <1-14>
write-memory
time-period | <n>
[config-archive-log-cfg]
logging enable
notify syslog <line>
hidekeys

[config-vlan]
name | <word>
~shutdown vlan

[config-if]
description | <line>
vrf forwarding | <word>
encapsulation dot1Q | <1-4094>
switchport mode | {access|trunk}
switchport access vlan | <1-4094>
switchport trunk <line>
switchport
ip address | {<ip> <ip>|dhcp|negotiated}
ip address <ip> <ip> secondary
?ip address
~ip redirects
~ip proxy-arp
ip access-group <word> | {in|out}
ip helper-address <ip>
ip mtu | <n>
ip ospf <1-65535> area | <word>
ip ospf network | {point-to-point|broadcast}
ip ospf hello-interval | <n>
ip ospf dead-interval | <n>
ip ospf cost | <n>
ip ospf <line>
load-interval | <n>
bandwidth | <n>
delay | <n>
mtu | <64-9216>
carrier-delay | <line>
shutdown
duplex | {auto|full|half}
speed | <word>
negotiation auto
ipv6 address <line>
ipv6 enable
~cdp enable
~lldp transmit
~lldp receive
channel-group <n> mode | <word>
spanning-tree <line>
standby <line>
service-policy {input|output} | <word>
keepalive | <n>
tunnel source | <line>
tunnel destination | <word>

[config-router]
router-id | <ip>
bgp router-id | <ip>
bgp log-neighbor-changes
~bgp default ipv4-unicast
bgp <line>
auto-cost reference-bandwidth | <n>
log-adjacency-changes [detail]
passive-interface {default|<if>}
network <ip> <ip> area | <word>
network <ip>
network <ip> mask <ip> [route-map <word>]
timers <line>
default-information originate [<line>]
maximum-paths | <n>
redistribute {connected|static|bgp|ospf} | [<line>]
-neighbor <word>
neighbor <word> peer-group
neighbor <ip> peer-group | <word>
neighbor <word> remote-as | <as>
neighbor <word> description | <line>
neighbor <word> shutdown
neighbor <word> password | <line>
neighbor <word> ebgp-multihop | [<1-255>]
neighbor <word> update-source | <if>
neighbor <word> timers | <line>
neighbor <word> fall-over [bfd]
neighbor <word> activate
neighbor <word> send-community | [<word>]
neighbor <word> next-hop-self
neighbor <word> soft-reconfiguration inbound
neighbor <word> prefix-list <word> | {in|out}
neighbor <word> route-map <word> | {in|out}
neighbor <word> maximum-prefix | <line>
neighbor <word> default-originate
neighbor <word> route-reflector-client
address-family ipv4 [unicast] -> config-router-af
address-family ipv4 vrf <word> -> config-router-af
address-family ipv6 [unicast] -> config-router-af
~auto-summary
~synchronization
[config-router-af]
network <ip>
network <ip> mask <ip> [route-map <word>]
redistribute {connected|static|ospf} | [<line>]
maximum-paths | <n>
-neighbor <word>
neighbor <word> activate
neighbor <word> send-community | [<word>]
neighbor <word> next-hop-self
neighbor <word> soft-reconfiguration inbound
neighbor <word> prefix-list <word> | {in|out}
neighbor <word> route-map <word> | {in|out}
neighbor <word> maximum-prefix | <line>
neighbor <word> default-originate
neighbor <word> route-reflector-client

[config-std-nacl]
=<n> {permit|deny} <line>
=permit <line>
=deny <line>
=remark <line>
[config-ext-nacl]
=<n> {permit|deny} <line>
=permit <line>
=deny <line>
=remark <line>
[config-cmap]
match <line>
[config-pmap]
class <word> -> config-pmap-c
[config-pmap-c]
=<line>
[config-server-tacacs]
address ipv4 | <ip>
key | <line>
[config-radius-server]
address ipv4 | <line>
key | <line>
[config-applet]
event <line>
action <word> | <line>

[config-line]
exec-timeout | <n> [<n>]
privilege level | <0-15>
logging synchronous
password | <line>
login [local]
login authentication <word>
~exec
stopbits | <n>
length | <n>
width | <n>
access-class <word> {in|out}
transport input | <line>
transport output | <line>

[config-route-map]
"""
    + _ROUTE_MAP
)

_EOS = (
    """
[config]
%boot system <line>
%! <line>
transceiver qsfp default-mode 4x100G
service routing protocols model | <word>
logging host <word>
logging buffered | <line>
~logging console
logging <line>
hostname | <word>
ip name-server vrf <word> <line>
ip name-server <line>
dns domain | <word>
ip domain-name | <word>
lldp timer | <n>
~lldp run
ntp server <word> | [prefer]
ntp <line>
snmp-server community <word> | [{ro|rw}] [<word>]
snmp-server location | <line>
snmp-server contact | <line>
snmp-server <line>
spanning-tree mode | <word>
~spanning-tree vlan-id <line>
enable password | <line>
enable secret | <line>
~aaa root
aaa <line>
username <word> | [privilege <0-15>] [role <word>] {secret|nopassword} [<line>]
-username <word>
clock timezone | <line>
vlan <1-4094> -> config-vlan
vrf instance <word> -> config-vrf
interface <if> -> config-if
ip access-list standard <word> -> config-std-acl
ip access-list <word> -> config-acl
ip prefix-list <word> seq <n> | {permit|deny} <prefix> [{ge|le|eq} <1-32>] [{ge|le} <1-32>]
ip prefix-list <word> -> config-ip-pfx
-ip prefix-list <word>
~ip routing
ip routing vrf <word>
ip route <prefix> {<if>|<ip>} | [<1-255>] [name <word>]
-ip route <prefix>
route-map <word> {permit|deny} <1-65535> -> config-route-map
router bgp <as> -> config-router-bgp
router ospf <1-65535> -> config-router-ospf
banner login | <line>
banner motd | <line>
management api http-commands -> config-mgmt-api-http-cmds
management ssh -> config-mgmt-ssh
management console -> config-mgmt-console
alias <word> <line>
daemon <word> -> config-daemon
queue-monitor <line>

[config-vlan]
name | <word>
[config-vrf]
description | <line>
rd | <word>

[config-if]
description | <line>
~switchport
switchport mode | {access|trunk}
switchport access vlan | <1-4094>
switchport trunk <line>
mtu | <68-9214>
shutdown
speed | <line>
load-interval | <n>
encapsulation dot1q vlan | <n>
vrf | <word>
ip address | <prefix>
ip address <prefix> secondary
ip helper-address <ip>
ip access-group <word> | {in|out}
ip ospf area | <word>
ip ospf network | {point-to-point|broadcast}
ip ospf hello-interval | <n>
ip ospf dead-interval | <n>
ip ospf cost | <n>
ipv6 enable
ipv6 address <line>
~lldp transmit
~lldp receive
channel-group <n> mode | <word>
spanning-tree <line>

[config-router-bgp]
router-id | <ip>
~bgp default ipv4-unicast
bgp log-neighbor-changes
bgp <line>
timers bgp | <n> <n>
maximum-paths | <n> [ecmp <n>]
distance bgp | <line>
-neighbor <word>
neighbor <word> peer group
neighbor <ip> peer group | <word>
neighbor <word> remote-as | <as>
neighbor <word> description | <line>
neighbor <word> shutdown
neighbor <word> password | <line>
neighbor <word> update-source | <if>
neighbor <word> ebgp-multihop | [<1-255>]
neighbor <word> next-hop-self
neighbor <word> timers | <n> <n>
neighbor <word> send-community | [<line>]
neighbor <word> route-map <word> | {in|out}
neighbor <word> prefix-list <word> | {in|out}
neighbor <word> maximum-routes | <line>
neighbor <word> route-reflector-client
neighbor <word> activate
network <prefix> [route-map <word>]
redistribute {connected|static|ospf} | [<line>]
address-family {ipv4|ipv6|evpn} -> config-router-bgp-af
vrf <word> -> config-router-bgp
[config-router-bgp-af]
-neighbor <word>
neighbor <word> activate
neighbor <word> route-map <word> | {in|out}
neighbor <word> prefix-list <word> | {in|out}
network <prefix> [route-map <word>]
redistribute {connected|static|ospf} | [<line>]

[config-router-ospf]
router-id | <ip>
passive-interface {default|<if>}
network <prefix> area | <word>
redistribute {connected|static|bgp}
max-lsa | <n>
auto-cost reference-bandwidth | <n>
log-adjacency-changes [detail]

[config-std-acl]
=<n> {permit|deny} <line>
=permit <line>
=deny <line>
=remark <line>
[config-acl]
=<n> {permit|deny} <line>
=permit <line>
=deny <line>
=remark <line>
[config-ip-pfx]
seq <n> | {permit|deny} <prefix> [{ge|le|eq} <1-32>] [{ge|le} <1-32>]

[config-mgmt-api-http-cmds]
~protocol https
protocol http
protocol <line>
~shutdown
[config-mgmt-ssh]
idle-timeout | <n>
connection limit | <n>
[config-mgmt-console]
idle-timeout | <n>
[config-daemon]
exec | <line>
~shutdown

[config-route-map]
"""
    + _ROUTE_MAP
)

_NXOS = """
[config]
%! <line>
%version <line>
hostname | <word>
feature <word>
ip domain-name | <word>
~ip domain-lookup
snmp-server location | <line>
logging server <line>
username <word> | <line>
vlan <1-4094> -> config-vlan
interface <if> -> config-if
banner motd | <line>

[config-vlan]
name | <word>

[config-if]
description | <line>
~switchport
switchport access vlan | <1-4094>
mtu | <n>
~shutdown
ip address | <prefix>
"""

GRAMMARS = {
    "ios": Grammar(
        _IOS,
        (
            "GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "Ethernet",
            "Loopback", "Vlan", "Tunnel", "Port-channel", "Null", "BDI",
        ),
        ("GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "Ethernet"),
    ),
    "eos": Grammar(
        _EOS, ("Ethernet", "Management", "Loopback", "Vlan", "Port-Channel", "Vxlan", "Null"),
        ("Ethernet", "Management"), "   ",
        ("banner login", "banner motd"),
    ),
    "nxos": Grammar(
        _NXOS, ("Ethernet", "mgmt", "loopback", "Vlan", "port-channel"), ("Ethernet", "mgmt"), "  ",
    ),
}  # fmt: skip
