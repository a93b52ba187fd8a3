# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run by Nautobot's own Python: make its tables and the users of the tests. ``prepare.py CONFIG NAMES_AND_TOKENS``."""

import gc
import json
import sys

import nautobot


def main(config, users):
    gc.disable()  # millions of objects live to the end: looking at them again and again takes a minute
    nautobot.setup(config)
    _reload_less()
    _collect_at_times()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    for name, token in users.items():
        _user(name, token)


def _reload_less():
    """After each change of a field Django makes the classes of all related models anew, which here are all of them.

    With ``delay`` it makes the nearest ones, and all of them before the next Python code of a migration: it is what
    Django does itself for fields that relate to nothing. The tables are the same, in a third of the time.
    """
    from django.db.migrations.state import ProjectState

    find = ProjectState._find_reload_model
    ProjectState._find_reload_model = lambda self, app, model, delay=False: find(self, app, model, True)


def _collect_at_times():
    """Else the classes of all states between two migrations stay: six gigabytes."""
    from django.db.migrations.migration import Migration

    apply = Migration.apply
    done = 0

    def counted(self, *arguments, **options):
        nonlocal done
        done += 1
        if not done % 60:
            gc.collect()
        return apply(self, *arguments, **options)

    Migration.apply = counted


def _user(name, token):
    """``admin`` may do everything, ``reader`` may look at everything, anybody else may do nothing."""
    from django.contrib.auth import get_user_model
    from django.contrib.contenttypes.models import ContentType
    from nautobot.users.models import ObjectPermission, Token

    users = get_user_model().objects
    made = users.create_superuser(name, "admin@example.com", token) if name == "admin" else users.create_user(name)
    Token.objects.create(user=made, key=token)
    if name == "reader":
        permission = ObjectPermission.objects.create(name="look", actions=["view"])
        apps = ["dcim", "extras", "ipam", "tenancy", "virtualization"]
        permission.object_types.set(ContentType.objects.filter(app_label__in=apps))
        permission.users.set([made])


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
