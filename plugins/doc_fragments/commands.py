# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules that run commands."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks for this name."""

    DOCUMENTATION = r"""
options:
  commands:
    description:
      - Commands in the order in which they are sent.
      - An item is the command as text, or a dictionary.
      - The keys of a dictionary are C(command), C(prompt) (regular expression of a question of the device), C(answer)
        (the answer to it) and C(check) (false takes an error message of the device as output).
      - With the driver V(paramiko) also C(stdin) (text for the command to read), C(environment) (dictionary of
        variables) and C(become) (user that the command runs as by C(sudo)). There C(check) is about the exit status.
      - The keys C(parser) and C(template) are as O(parser) and O(template), for this command only.
    type: list
    elements: raw
    required: true
  parser:
    description:
      - How to make data of the output.
      - V(textfsm) uses the templates of ntc-templates for the platform, V(ttp) those of ttp-templates, V(genie) the
        parsers of Cisco's Genie. V(json) reads output that is JSON.
      - V(textfsm) and V(ttp) take a O(template) of your own.
      - A command that has no parser fails the task. It has been run by then.
      - Output in which Genie finds nothing gives an empty dictionary.
      - The device is free for others while its output is parsed.
    type: str
    choices:
      - none
      - textfsm
      - ttp
      - genie
      - json
    default: none
  template:
    description:
      - A template file of the controller for the O(parser) V(textfsm) or V(ttp), used for all O(commands). It is looked
        for in C(templates) as M(ansible.builtin.template) does.
      - For V(ttp) also the name of a template of the package ttp-templates, for example
        V(ttp://platform/cisco_ios_show_interfaces.txt).
      - A TTP template can hold Python code, which is run. Use none that you do not trust.
    type: str
"""
