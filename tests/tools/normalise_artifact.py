# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a collection's artifact anew so that equal sources give equal bytes, on any machine and at any time.

ansible-galaxy lists files in the order in which the file system has them, and puts the time of the build into the
archive. Neither says anything about the collection. Usage: normalise_artifact.py ARTIFACT SECONDS_SINCE_1970
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any


def normalise(artifact: Path, epoch: int) -> None:
    """Sort the members and the list of files, and give everything the time `epoch`."""
    with tarfile.open(artifact) as archive:
        members = {member.name: member for member in archive.getmembers()}
        content = {name: _content(archive, member) for name, member in members.items()}
    files: dict[str, Any] = json.loads(content["FILES.json"])
    files["files"].sort(key=lambda row: row["name"])
    content["FILES.json"] = _json(files)
    manifest: dict[str, Any] = json.loads(content["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(content["FILES.json"]).hexdigest()
    content["MANIFEST.json"] = _json(manifest)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        # ansible-galaxy reads the manifest first.
        for name in sorted(members, key=lambda name: (name not in ("MANIFEST.json", "FILES.json"), name)):
            member = members[name]
            member.mtime, member.size, member.pax_headers = epoch, len(content[name]), {}
            archive.addfile(member, io.BytesIO(content[name]))
    artifact.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream else b""


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1) + "\n").encode()


if __name__ == "__main__":
    normalise(Path(sys.argv[1]), int(sys.argv[2]))
