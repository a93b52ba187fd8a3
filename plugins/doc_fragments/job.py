# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options about jobs."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    TERMS = r"""
options:
  label:
    description: Words of yours by which people find the job.
    type: str
  queue_ttl:
    description:
      - Seconds that the job may wait for the device. After that it has failed.
      - Without it the broker's setting is used, one hour.
    type: float
  execution_timeout:
    description:
      - Seconds that the job may run. After that it is stopped and has failed.
      - Without it only the connection's timeout for a command applies.
    type: float
  result_ttl:
    description:
      - Seconds for which the result is kept.
      - Without it the broker's setting is used, 300.
    type: float
  metadata_ttl:
    description:
      - Seconds for which the job itself is remembered.
      - Without it the broker's setting is used, 1800.
    type: float
  webhook:
    description:
      - Where to tell that the job has ended, by an HTTP POST of JSON.
      - The keys are C(url), C(secret) (signs the message by HMAC-SHA256 in the header C(X-Holdfast-Signature)),
        C(tries) (5 by default, at intervals of 1, 2, 4 seconds and so on) and C(result) (true sends the result too).
    type: dict
"""

    DETACH = r"""
options:
  detach:
    description:
      - Return at once, and let the work go on as a job in the broker.
      - Look at it with M(holdfast.network.job_info).
    type: bool
    default: false
  job:
    description:
      - With O(detach=true), the terms of the job.
      - The keys are C(label), C(queue_ttl), C(execution_timeout), C(result_ttl), C(metadata_ttl) and C(webhook), as the
        options of M(holdfast.network.job).
    type: dict
"""
