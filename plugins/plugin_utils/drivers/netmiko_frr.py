# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FRRouting's vtysh as netmiko sees it: an IOS-like CLI that starts privileged and has no terminal width."""

from __future__ import annotations

try:
    from netmiko.cisco_base_connection import CiscoSSHConnection
except ImportError:  # login.py says that netmiko is missing before it makes a session
    CiscoSSHConnection = object  # type: ignore[assignment,misc]


class FrrVtysh(CiscoSSHConnection):
    def session_preparation(self) -> None:
        self.set_base_prompt()
        self.disable_paging(command="terminal length 0", cmd_verify=False)

    def save_config(self, cmd: str = "write memory", confirm: bool = False, confirm_response: str = "") -> str:
        return str(super().save_config(cmd=cmd, confirm=confirm, confirm_response=confirm_response))
