# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the job_cancel module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: job_cancel
version_added: 0.1.0
short_description: Cancel a job of the broker
description:
  - Ends a job that waits, or that runs.
  - A device that is being worked on is interrupted first. When its prompt does not come back, its session is replaced.
    So nobody gets a session that is in the middle of something.
author: holdfast.network contributors (@holdfast-network)
options:
  id:
    description: The job.
    type: str
    required: true
extends_documentation_fragment:
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
  diff_mode:
    description: Shows what has changed or would change.
    support: none
notes:
  - What a command has done on the device until then stays done.
seealso:
  - module: holdfast.network.job
  - module: holdfast.network.job_info
"""

EXAMPLES = r"""
- name: Start a job
  holdfast.network.job:
    commands:
      - show tech-support
  register: started

- name: End it
  holdfast.network.job_cancel:
    id: "{{ started.job.id }}"
"""

RETURN = r"""
job:
  description: The job as it is now, see M(holdfast.network.job).
  returned: success
  type: dict
"""
