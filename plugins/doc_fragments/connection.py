# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of every connection plugin of this collection: how to reach a device and for how long to keep it."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  host:
    description: Name or address of the device.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  port:
    description:
      - TCP port of the device.
      - Without it the driver's own default is used, 22 for SSH and 443 or 80 for eAPI and NX-API.
    type: int
    vars:
      - name: ansible_port
    env:
      - name: HOLDFAST_PORT
    ini:
      - section: holdfast
        key: port
  user:
    description: User to log in as.
    type: str
    vars:
      - name: ansible_user
    env:
      - name: HOLDFAST_USER
    ini:
      - section: holdfast
        key: user
    keyword:
      - name: remote_user
    cli:
      - name: user
  password:
    description:
      - Password of O(user).
      - It is kept in memory only. Take it from Ansible Vault, from the environment or from a secrets manager.
    type: str
    vars:
      - name: ansible_password
      - name: ansible_ssh_pass
    env:
      - name: HOLDFAST_PASSWORD
  private_key_file:
    description:
      - File with the private SSH key of O(user).
      - A broker that is shared, in another container or of another user, gets the key from the task, which reads the
        file where Ansible runs.
    type: path
    vars:
      - name: ansible_private_key_file
      - name: ansible_ssh_private_key_file
    env:
      - name: HOLDFAST_PRIVATE_KEY_FILE
    ini:
      - section: holdfast
        key: private_key_file
    cli:
      - name: private_key_file
        option: --private-key
  private_key:
    description:
      - The private SSH key of O(user) itself, all lines of it. It goes before O(private_key_file).
      - It is kept in memory only. Take it from Ansible Vault, from a secrets manager or from a credential of AWX.
    type: str
    vars:
      - name: holdfast_private_key
  passphrase:
    description: Passphrase of O(private_key_file) or O(private_key). It is kept in memory only.
    type: str
    vars:
      - name: holdfast_passphrase
    env:
      - name: HOLDFAST_PASSPHRASE
  enable_secret:
    description:
      - Secret that C(enable) asks for on platforms with a privileged mode, or C(sudo) with O(driver=paramiko).
      - It is kept in memory only.
    type: str
    vars:
      - name: holdfast_enable_secret
      - name: ansible_become_password
    env:
      - name: HOLDFAST_ENABLE_SECRET
  jump_hosts:
    description:
      - SSH servers to go through, in order, as a list or as text with commas between them.
      - An item is V(user@host:port), or a dictionary with C(host), C(port), C(user), C(password),
        C(private_key_file), C(private_key) and C(passphrase). Only C(host) is needed.
      - A jump host gets its own credentials and never those of the device. Without any, the SSH agent and the keys in
        C(~/.ssh) are used. Without C(user) it is the user who runs Ansible.
      - Each session has a connection of its own through them, which stays open as long as the session.
      - Their host keys are verified as the device's is, with O(known_hosts) and O(host_key_checking).
    type: raw
    vars:
      - name: holdfast_jump_hosts
    env:
      - name: HOLDFAST_JUMP_HOSTS
    ini:
      - section: holdfast
        key: jump_hosts
  proxy:
    description:
      - Proxy to connect through, as C(SCHEME://USER:PASSWORD@HOST:PORT). It comes before O(jump_hosts).
      - The schemes are V(socks5), V(socks5h), V(socks4), V(socks4a) and V(http) (CONNECT). With V(socks5h),
        V(socks4a) and V(http) the proxy resolves the name of the device.
      - SOCKS needs the Python package PySocks.
      - Write special characters of user and password as in any URL, for example V(%40) for an at sign.
    type: str
    vars:
      - name: holdfast_proxy
    env:
      - name: HOLDFAST_PROXY
  platform:
    description:
      - Platform of the device, under any of its common names.
      - For example V(cisco_ios), V(cisco.ios.ios) and V(ios) are the same one.
      - It is required, there is no guessing.
    type: str
    vars:
      - name: holdfast_platform
      - name: ansible_network_os
    env:
      - name: HOLDFAST_PLATFORM
    ini:
      - section: holdfast
        key: platform
  driver:
    description:
      - Library that talks to the device.
      - V(netmiko) is for a CLI over SSH, V(paramiko) for Linux and other shells over SSH, V(pyeapi) for Arista eAPI
        over HTTP or HTTPS.
      - V(napalm) takes NAPALM's own transport, the CLI for IOS, eAPI for EOS, NETCONF for Junos and NX-API for NX-OS.
      - V(unicon) is the connection of pyATS, by the program C(ssh).
      - Installed Python packages can bring more, see C(docs/drivers.md).
    type: str
    default: netmiko
    vars:
      - name: holdfast_driver
    env:
      - name: HOLDFAST_DRIVER
    ini:
      - section: holdfast
        key: driver
  host_key_checking:
    description:
      - Refuse a device whose SSH host key is unknown or has changed.
      - Turning it off means that anybody on the path can read the password.
    type: bool
    default: true
    vars:
      - name: ansible_host_key_checking
      - name: holdfast_host_key_checking
    env:
      - name: HOLDFAST_HOST_KEY_CHECKING
    ini:
      - section: holdfast
        key: host_key_checking
  known_hosts:
    description: File with the SSH host keys that are trusted.
    type: path
    default: ~/.ssh/known_hosts
    vars:
      - name: holdfast_known_hosts
    env:
      - name: HOLDFAST_KNOWN_HOSTS
    ini:
      - section: holdfast
        key: known_hosts
  connect_timeout:
    description: Seconds until a device that gives no prompt counts as not reachable.
    type: float
    default: 30
    vars:
      - name: holdfast_connect_timeout
    env:
      - name: HOLDFAST_CONNECT_TIMEOUT
    ini:
      - section: holdfast
        key: connect_timeout
  command_timeout:
    description: Seconds that one command may take. A module's own O(ignore:timeout) option goes before it.
    type: float
    default: 60
    vars:
      - name: holdfast_command_timeout
    env:
      - name: HOLDFAST_COMMAND_TIMEOUT
    ini:
      - section: holdfast
        key: command_timeout
  idle_timeout:
    description: Seconds after which a session that nobody used is closed.
    type: float
    default: 1800
    vars:
      - name: holdfast_idle_timeout
    env:
      - name: HOLDFAST_IDLE_TIMEOUT
    ini:
      - section: holdfast
        key: idle_timeout
  queue:
    description:
      - V(pinned) keeps the session open between requests, V(fifo) opens one for each request and closes it again.
      - Without it the driver's own default is used, V(pinned) for SSH and V(fifo) for eAPI and NX-API.
    type: str
    choices:
      - pinned
      - fifo
    vars:
      - name: holdfast_queue
    env:
      - name: HOLDFAST_QUEUE
    ini:
      - section: holdfast
        key: queue
  queue_timeout:
    description: Seconds to wait for a device that others are using.
    type: float
    default: 120
    vars:
      - name: holdfast_queue_timeout
    env:
      - name: HOLDFAST_QUEUE_TIMEOUT
    ini:
      - section: holdfast
        key: queue_timeout
  priority:
    description:
      - How important the work is when others wait for the same device. Work of a higher priority is served first,
        within a priority whoever came first. What has begun is never interrupted.
    type: str
    choices:
      - high
      - normal
      - low
    default: normal
    vars:
      - name: holdfast_priority
    env:
      - name: HOLDFAST_PRIORITY
    ini:
      - section: holdfast
        key: priority
  use_tls:
    description: Reach eAPI or NX-API over HTTPS. Only for O(driver=pyeapi) and O(driver=napalm).
    type: bool
    default: true
    vars:
      - name: holdfast_use_tls
    env:
      - name: HOLDFAST_USE_TLS
    ini:
      - section: holdfast
        key: use_tls
  validate_certs:
    description: Refuse a TLS certificate that cannot be verified. Only for O(driver=pyeapi) and O(driver=napalm).
    type: bool
    default: true
    vars:
      - name: holdfast_validate_certs
    env:
      - name: HOLDFAST_VALIDATE_CERTS
    ini:
      - section: holdfast
        key: validate_certs
  ca_file:
    description:
      - File with the certificates that O(validate_certs) trusts, in PEM format.
      - Without it the system's are used.
    type: path
    vars:
      - name: holdfast_ca_file
    env:
      - name: HOLDFAST_CA_FILE
    ini:
      - section: holdfast
        key: ca_file
  frr_reload:
    description: Command line that starts C(frr-reload) on an FRRouting device.
    type: str
    default: /usr/lib/frr/frr-reload.py
    vars:
      - name: holdfast_frr_reload
    env:
      - name: HOLDFAST_FRR_RELOAD
    ini:
      - section: holdfast
        key: frr_reload
"""
