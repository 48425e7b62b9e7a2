"""``make aws-local``: starts the local AWS and writes the file that points a run at it. Ctrl-C ends it."""

import argparse
import signal
import threading
from pathlib import Path

from tests.aws.local_aws.platform import LocalAws

DATABASE = "engage/database"
"""The secret that holds the address of Dagster's Postgres."""


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env-file", type=Path, default=Path(".engage/aws-local.env"))
    parser.add_argument("--database", help="address of a Postgres for Dagster; without it, a file in ENGAGE_HOME")
    chosen = parser.parse_args()
    chosen.env_file.unlink(missing_ok=True)  # of an earlier one, whose ports are gone
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with LocalAws() as aws:
        chosen.env_file.parent.mkdir(parents=True, exist_ok=True)
        settings = {"ENGAGE_ENVIRONMENT": "aws", **aws.environment()}
        if chosen.database:
            aws.client("secretsmanager").create_secret(Name=DATABASE, SecretString=chosen.database)
            settings["ENGAGE_DATABASE_SECRET"] = DATABASE
        chosen.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        print(f"the local AWS is at {aws.endpoint}; everything in it goes when it ends (Ctrl-C). In another shell:")
        print(f"  ENGAGE_ENVIRONMENT=aws ENGAGE_ENV_FILE={chosen.env_file} .venv/bin/engage run --customers 20000")
        print("ready", flush=True)
        ended.wait()
    chosen.env_file.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
