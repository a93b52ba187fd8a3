# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of the Nautobot under test: only this machine, and nothing is told to anybody."""

import os

from nautobot.core.settings import *  # noqa: F403  # pylint: disable=wildcard-import  # as Nautobot asks for it

_DIRECTORY = os.environ["HOLDFAST_NAUTOBOT_DIRECTORY"]

SECRET_KEY = os.environ["NAUTOBOT_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLATION_METRICS_ENABLED = False
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["HOLDFAST_NAUTOBOT_DATABASE"],
        "USER": "nautobot",
        "HOST": _DIRECTORY,  # where the socket is
        "PORT": "5432",
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,  # a test may have replaced the database
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": f"unix://{_DIRECTORY}/redis.sock?db=1",
        "TIMEOUT": 300,
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    }
}
CELERY_BROKER_URL = f"redis+socket://{_DIRECTORY}/redis.sock?virtual_host=0"
