# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the report module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
version_added: 0.1.0
short_description: Write reports of changes and validations
description:
  - Makes one report of the records of many hosts, for people (HTML with the topology drawn, Markdown) and for machines
    (JSON, JUnit XML).
  - It runs on the controller and needs no connection. Use C(run_once).
author: holdfast.network contributors (@holdfast-network)
options:
  records:
    description: Records of the hosts, as the roles of this collection make them in the fact C(holdfast_record).
    type: list
    elements: dict
    required: true
  title:
    description: Title of the report.
    type: str
    default: Network change report
  dir:
    description:
      - Directory to write to. Reports that are there already are replaced.
      - A relative path starts at the directory that Ansible was started in.
    type: path
    default: ./reports
  formats:
    description: Which reports to write.
    type: list
    elements: str
    choices:
      - html
      - markdown
      - json
      - junit
    default:
      - html
      - markdown
      - json
      - junit
extends_documentation_fragment:
  - holdfast.network.attributes
attributes:
  check_mode:
    description: Runs without changing the device.
    support: full
    details: No file is written in check mode.
  diff_mode:
    description: Shows what has changed or would change.
    support: none
"""

EXAMPLES = r"""
- name: Report on all hosts of the play
  holdfast.network.report:
    title: NET-1234 new peer
    records: "{{ ansible_play_hosts_all | map('extract', hostvars, 'holdfast_record') | select('defined') | list }}"
    dir: reports/NET-1234
  run_once: true
"""

RETURN = r"""
paths:
  description: File of each format.
  returned: success
  type: dict
  sample:
    html: ./reports/report.html
    junit: ./reports/report.xml
"""
