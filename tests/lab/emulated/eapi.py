# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""eAPI: JSON-RPC over HTTPS."""
from __future__ import annotations
import ssl
from .ssh import Listener
def make_context(path):
    return None
class ApiListener(Listener):
    def __init__(self, device, port, context):
        self.device = device
        super().__init__(port)
    def accepted(self, connection):
        connection.close()
    def drop(self, reset):
        pass
