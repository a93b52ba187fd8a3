# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the job_info module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: job_info
version_added: 0.1.0
short_description: Look at the jobs of the broker
description:
  - Shows one job with its output so far and its result, or all jobs.
  - It connects to no device and starts no broker.
author: holdfast.network contributors (@holdfast-network)
options:
  id:
    description: The job. Without it all jobs are listed.
    type: str
  wait:
    description: Seconds to wait at most for the job's end before answering.
    type: float
    default: 0.0
  offset:
    description:
      - Position in the job's output from which on to return it, in characters.
      - Give the RV(offset) of the result before this one to get only what is new.
    type: int
    default: 0
extends_documentation_fragment:
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
notes:
  - A job that has failed does not make this task fail. Use C(failed_when) where it should.
seealso:
  - module: holdfast.network.job
  - module: holdfast.network.job_cancel
"""

EXAMPLES = r"""
- name: List the jobs
  holdfast.network.job_info:
  register: found
  run_once: true

- name: Start a job
  holdfast.network.job:
    commands:
      - show version
  register: started

- name: Wait for its end
  holdfast.network.job_info:
    id: "{{ started.job.id }}"
    wait: 10
  register: seen
  until: seen.job.ended
  retries: 60
  delay: 0
  failed_when: seen.job.state == 'failed'
"""

RETURN = r"""
job:
  description: The job, see M(holdfast.network.job). A failed one has C(error) with code and message.
  returned: when O(id) is given
  type: dict
output:
  description: What the device printed from O(offset) on, as it came, with prompts and echoes.
  returned: when O(id) is given
  type: str
offset:
  description: Where the output ends now, to be given as O(offset) the next time.
  returned: when O(id) is given
  type: int
result:
  description:
    - What the request returned, for commands RV(ignore:result.replies) with C(command), C(output) and so on.
    - It is kept for the job's C(result_ttl).
  returned: when the job is finished and its result is still kept
  type: dict
jobs:
  description: All jobs, oldest first.
  returned: when O(id) is not given
  type: list
  elements: dict
statistics:
  description: Number of jobs in each state, those that have ended since the broker began.
  returned: when O(id) is not given
  type: dict
"""
