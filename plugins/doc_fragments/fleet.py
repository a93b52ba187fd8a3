# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules that run once for a whole batch of hosts."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  parallel:
    description: How many devices are worked on at the same time.
    type: int
    default: 50
  fail_on:
    description:
      - When the task fails. V(any) is when any host failed or was not reachable, V(all) when no host succeeded,
        V(never) not for what happens on a device.
      - A failed task of this kind ends the play for all hosts of the batch. To go on with the hosts that are well,
        use V(never) and let the others fail in a task of their own, see the example.
    type: str
    choices:
      - any
      - all
      - never
    default: any
attributes:
  bypass_host_loop:
    description: Runs once for all hosts of the batch, as with C(run_once), but reaches each of them.
    support: full
notes:
  - It runs for the hosts that the play has at this moment, so it respects C(--limit), C(serial), and leaves out the
    hosts that failed or were not reachable before. With C(serial) it runs once for each batch.
  - C(when) and all options but those that say otherwise are evaluated with the variables of the first host.
  - Write C(run_once=true) too, so that every host has the registered result on all versions of Ansible.
"""
