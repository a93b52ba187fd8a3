# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection's version. A test compares it with galaxy.yml; the socket's name carries it."""

from __future__ import annotations

COLLECTION_VERSION = "0.1.0"
