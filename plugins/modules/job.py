# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the job module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: job
version_added: 0.1.0
short_description: Run commands on a network device as a job
description:
  - Queues commands and returns at once. The broker runs them when the device's turn comes, whether or not the playbook
    still runs.
  - Look at the job with M(holdfast.network.job_info), end it with M(holdfast.network.job_cancel).
  - A job is C(queued), C(started), and then C(finished), C(failed) or C(cancelled).
  - Jobs live in the broker's memory. They end with it, their results are never written to disk.
author: holdfast.network contributors (@holdfast-network)
extends_documentation_fragment:
  - holdfast.network.commands
  - holdfast.network.options.timeout
  - holdfast.network.job.terms
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: partial
    details:
      - A job is started only if all commands only read. Otherwise the task is skipped.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
notes:
  - The result says RV(ignore:changed=false), because a module cannot know what a command does.
seealso:
  - module: holdfast.network.job_info
  - module: holdfast.network.job_cancel
  - module: holdfast.network.command
"""

EXAMPLES = r"""
- name: Have the device collect its support data, for up to 20 minutes
  holdfast.network.job:
    commands:
      - show tech-support
    label: case 4711
    execution_timeout: 1200
  register: support

- name: Wait for it
  holdfast.network.job_info:
    id: "{{ support.job.id }}"
    wait: 30
  register: seen
  until: seen.job.ended
  retries: 40
  delay: 0

- name: Tell another system when it is done
  holdfast.network.job:
    commands:
      - show tech-support
    webhook:
      url: https://nms.example.com/holdfast
      secret: "{{ webhook_secret | default(omit) }}"
"""

RETURN = r"""
job:
  description:
    - The job as it is now, with id, state, device, label, owner, times and statistics.
    - RV(ignore:job.ended) is true when it is finished, failed or cancelled.
  returned: success
  type: dict
  sample:
    id: 3f9a0c1d22ab
    state: queued
    ended: false
    device: 192.0.2.1:22
    queued_at: "2026-01-05T09:30:00.000Z"
"""
