# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters of the list endpoints that tests use. As with NetBox, a name that it does not know filters nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .data import Row, Tables

Query = Mapping[str, list[str]]
#: Of a filter, where the slug is, and which table has the slugs that exist.
SLUGS: dict[str, tuple[Callable[[Row], Any], str]] = {
    "site": (lambda row: row.get("site"), "dcim/sites"),
    "role": (lambda row: row.get("role"), "dcim/device-roles"),
    "tenant": (lambda row: row.get("tenant"), "tenancy/tenants"),
    "platform": (lambda row: row.get("platform"), "dcim/platforms"),
    "manufacturer": (lambda row: row["device_type"]["manufacturer"], "dcim/manufacturers"),
}


class InvalidFilter(Exception):
    """The words of a 400: ``{filter: [sentence]}``."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        super().__init__(str(words))
        self.words = words


def chosen(tables: Tables, table: str, query: Query) -> list[Row]:
    """The rows of a table that all filters leave, in order of their ids. Raises InvalidFilter."""
    rows: Iterable[Row] = tables.rows[table].values()
    if table == "ipam/ip-addresses" and query.get("dns_name__empty") == ["false"]:
        rows = [*rows, *tables.named_addresses()]
    for name, values in query.items():
        test = _test(tables, name, values)
        if test is not None:
            rows = [row for row in rows if test(row)]
    return sorted(rows, key=lambda row: int(row["id"]))


def _test(tables: Tables, name: str, values: list[str]) -> Callable[[Row], bool] | None:
    plain, negated = name.removesuffix("__n"), name.endswith("__n")
    if plain in SLUGS:
        return _slugs(tables, plain, values, negated)
    if plain == "region":
        sites = {row["slug"]: row["region"]["slug"] for row in tables.rows["dcim/sites"].values()}
        return lambda row: bool(set(values) & set(_above(tables, sites[row["site"]["slug"]]))) != negated
    if plain == "tag":  # all of them
        return lambda row: (set(values) <= {tag["slug"] for tag in row["tags"]}) != negated
    if plain == "status":
        return lambda row: (row["status"]["value"] in values) != negated
    if plain == "has_primary_ip":
        return lambda row: bool(row["primary_ip4"] or row["primary_ip6"]) == (values[-1] == "true")
    if name.startswith("cf_"):
        return lambda row: str(row["custom_fields"].get(name[3:])).lower() in values
    if name in ("id", "name", "name__ic", "q", "device_id"):
        return _text(name, values)
    return None


def _slugs(tables: Tables, name: str, values: list[str], negated: bool) -> Callable[[Row], bool]:
    read, table = SLUGS[name]
    there = {row["slug"] for row in tables.rows[table].values()}
    for value in values:
        if value not in there:
            sentence = f"Select a valid choice. {value} is not one of the available choices."
            raise InvalidFilter({name: [sentence]})
    return lambda row: ((read(row) or {}).get("slug") in values) != negated


def _text(name: str, values: list[str]) -> Callable[[Row], bool]:
    if name == "id":
        return lambda row: str(row["id"]) in values
    if name == "device_id":
        return lambda row: str((row.get("device") or {}).get("id")) in values
    if name == "name":
        return lambda row: row["name"] in values
    return lambda row: any(value.lower() in str(row["name"] or "").lower() for value in values)


def _above(tables: Tables, slug: str | None) -> list[str]:
    found = []
    by_slug = {row["slug"]: row for row in tables.rows["dcim/regions"].values()}
    while slug:
        found.append(slug)
        slug = (by_slug[slug]["parent"] or {}).get("slug")
    return found
