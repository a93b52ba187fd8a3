# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the validate module; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
version_added: 0.1.0
short_description: Check that a network device does what it should
description:
  - Runs checks of the device's state and configuration, and fails if one of them fails.
  - A check is a built-in one by its name, or a JMESPath expression.
  - With O(converge) the checks are repeated until they pass, because routing needs a moment after a change.
author: holdfast.network contributors (@holdfast-network)
options:
  checks:
    description: Checks, each a dictionary in the form that a catalogue has.
    type: list
    elements: dict
    default: []
  catalogue:
    description: YAML files with checks, one path or a list of them. Their checks are run beside O(checks).
    type: raw
  before:
    description: Label of the snapshot that checks such as C(unchanged) compare with.
    type: str
  after:
    description:
      - Label of a snapshot to check instead of the device, for example one of M(holdfast.network.fleet_snapshot). The
        device is not asked then.
      - It has to have the features that the checks look at. The check C(reachability) needs the device.
    type: str
  tags:
    description: Run only checks that have one of these tags.
    type: list
    elements: str
    default: []
  skip_tags:
    description: Leave out checks that have one of these tags.
    type: list
    elements: str
    default: []
  severity:
    description: Lowest severity whose failure fails the task. Failures below it are reported only.
    type: str
    choices:
      - low
      - medium
      - high
      - critical
    default: low
  converge:
    description: Seconds to go on trying until all checks pass. V(0) tries once.
    type: float
    default: 0
  interval:
    description: Seconds between two tries.
    type: float
    default: 1
  report_dir:
    description: Directory to write the results to, for this host. Without it no report is written.
    type: path
extends_documentation_fragment:
  - holdfast.network.options.dir
  - holdfast.network.options.timeout
  - holdfast.network.attributes
  - holdfast.network.attributes.read_only
seealso:
  - module: holdfast.network.snapshot
  - module: holdfast.network.report
"""

EXAMPLES = r"""
- name: Check a few things at once
  holdfast.network.validate:
    checks:
      - title: All BGP neighbors are up
        check: bgp
        severity: critical
      - title: No HTTP server
        check: config
        absent:
          - ip http server

- name: Run a catalogue after a change, with up to half a minute to converge
  holdfast.network.validate:
    catalogue: checks/backbone.yml
    before: before
    converge: 30

- name: Check the state that fleet_snapshot has read
  holdfast.network.validate:
    catalogue: checks/backbone.yml
    before: before
    after: after

- name: Look without failing the host
  holdfast.network.validate:
    catalogue: checks/backbone.yml
  register: validation
  ignore_errors: true
"""

RETURN = r"""
passed:
  description: Whether no check at or above O(severity) failed.
  returned: success
  type: bool
  sample: true
results:
  description: Result of each check.
  returned: always
  type: list
  elements: dict
  contains:
    check:
      description: Name of the check.
      returned: success
      type: str
    title:
      description: What it checks, in words.
      returned: success
      type: str
    severity:
      description: Severity of the check.
      returned: success
      type: str
    tags:
      description: Tags of the check.
      returned: success
      type: list
      elements: str
    status:
      description: One of V(passed), V(failed), V(error) and V(skipped).
      returned: success
      type: str
    message:
      description: What was found, in words.
      returned: success
      type: str
    expected:
      description: What was expected.
      returned: success
      type: raw
    actual:
      description: What was found.
      returned: success
      type: raw
    host:
      description: Name of the host.
      returned: success
      type: str
    seconds:
      description: Seconds the check took.
      returned: success
      type: float
    attempts:
      description: How many times it was tried.
      returned: success
      type: int
severity:
  description: The lowest severity whose failure counts.
  returned: always
  type: str
  sample: low
seconds:
  description: Seconds that all tries took.
  returned: always
  type: float
  sample: 0.12
attempts:
  description: How many times the checks were run.
  returned: always
  type: int
  sample: 3
report_paths:
  description: Files of the reports.
  returned: when O(report_dir) is given, not in check mode
  type: dict
summary:
  description: Number of checks with each status.
  returned: always
  type: dict
  sample:
    passed: 7
    failed: 0
    skipped: 1
    error: 0
"""
