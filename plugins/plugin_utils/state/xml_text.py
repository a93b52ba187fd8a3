# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text that fits into XML, whatever a device said."""

from __future__ import annotations

import re

#: characters that XML 1.0 cannot carry, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without characters that no XML document can hold; escaping is the writer's work."""
    return _FORBIDDEN.sub("\ufffd", text)
