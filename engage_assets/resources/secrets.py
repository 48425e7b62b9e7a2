"""Secrets: read from where AWS keeps them when they are needed, never written down."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from engage_assets.errors import InputError
from engage_assets.resources import s3

NEEDED = ("username", "password", "host")

SCHEME = "postgresql+psycopg2"
"""Names the driver that dagster-postgres brings: without a name, SQLAlchemy 2.1 looks for another one."""


def read_secret(reference: str, region: str) -> str:
    """The text of a secret: ``ssm:/name`` of Parameter Store, anything else a name or ARN of Secrets Manager.

    Raises
    ------
    InputError
        When it does not exist or may not be read.
    """
    try:
        if reference.startswith("ssm:"):
            name = reference.removeprefix("ssm:")
            answer = s3.client("ssm", region).get_parameter(Name=name, WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        return str(s3.client("secretsmanager", region).get_secret_value(SecretId=reference)["SecretString"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise InputError(
            f"the secret {reference!r} cannot be read ({code}). Create it, or allow it to be read."
        ) from None


def database_url(secret: str, *, host: str = "") -> str:
    """The address of a Postgres from its secret, which is an address itself or the JSON that RDS keeps.

    The password that RDS makes for a cluster comes without a host; `host` is then used.

    Raises
    ------
    InputError
        When it is neither. The message does not show the secret.
    """
    scheme, separator, rest = secret.partition("://")
    if separator and scheme in {"postgresql", "postgres", SCHEME}:
        return f"{SCHEME}://{rest}"
    try:
        fields: Mapping[str, Any] = ({"host": host} if host else {}) | json.loads(secret)
        user, password, where = (quote(str(fields[name]), safe="") for name in NEEDED)
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"the secret of the database is no postgresql:// address and no JSON with {', '.join(NEEDED)}."
        ) from None
    return f"{SCHEME}://{user}:{password}@{where}:{fields.get('port', 5432)}/{fields.get('dbname', 'dagster')}"
