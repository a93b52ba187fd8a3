# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JUnit XML: one test suite a host, one test case a check, and one for the change itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from ..xml_text import xml_text
from .model import OUTCOMES, Host, Report

_KINDS = {"failed": "failure", "error": "error", "skipped": "skipped"}


def to_junit(report: Report) -> str:
    """The report as a document that CI servers read."""
    root = ET.Element("testsuites", name=xml_text(report["title"]))
    for host in report["hosts"]:
        root.append(_suite(host, report["generated"]))
    totals = {name: sum(int(suite.get(name, "0")) for suite in root) for name in ("tests", "failures", "errors")}
    root.attrib.update({name: str(total) for name, total in totals.items()})
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(host: Host, generated: str) -> ET.Element:
    cases = [_case(result, host["host"]) for result in host["validation"].get("results") or []]
    if host["change"].get("state"):
        cases.append(_change_case(host))
    started = str(host["change"].get("started") or generated).partition(".")[0].rstrip("Z").partition("+")[0]
    attributes = {
        "name": xml_text(host["host"]),
        "hostname": xml_text(host["address"] or host["host"]),
        "timestamp": started,
        "tests": str(len(cases)),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
        "time": f"{sum(float(case.get('time', '0')) for case in cases):.3f}",
    }
    suite = ET.Element("testsuite", attributes)
    suite.extend(cases)
    return suite


def _count(cases: list[ET.Element], kind: str) -> str:
    return str(sum(1 for case in cases if case.find(kind) is not None))


def _case(result: Mapping[str, Any], host: str) -> ET.Element:
    case = ET.Element(
        "testcase",
        name=xml_text(str(result.get("title", result.get("check", "")))),
        classname=xml_text(f"{host}.{result.get('check', 'check')}"),
        time=f"{float(result.get('seconds') or 0):.3f}",
    )
    kind = _KINDS.get(str(result.get("status")))
    if kind:
        detail = ET.SubElement(case, kind, message=xml_text(str(result.get("message", ""))))
        if kind != "skipped":
            detail.set("type", xml_text(str(result.get("severity", "high"))))
            detail.text = xml_text(f"expected: {_json(result.get('expected'))}\nactual: {_json(result.get('actual'))}")
    return case


def _change_case(host: Host) -> ET.Element:
    """Without it a change that failed before any check ran would look green."""
    change = host["change"]
    words, colour = OUTCOMES[host["outcome"]]
    seconds = sum(float(phase.get("seconds") or 0) for phase in host["phases"])
    case = ET.Element(
        "testcase",
        name=xml_text(f"change {change.get('id', '')}".strip()),
        classname=xml_text(f"{host['host']}.change"),
        time=f"{seconds:.3f}",
    )
    if colour == "bad" or host["outcome"] == "undone":
        failure = ET.SubElement(case, "failure", message=xml_text(host["words"]), type=words)
        failure.text = xml_text("\n".join(f"{p.get('name')}: {p.get('words', '')}" for p in host["phases"]))
    return case


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
