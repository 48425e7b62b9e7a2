"""``make aws-local``: starts the local AWS and writes the file that points a run at it. Ctrl-C ends it."""

import argparse
import signal
import threading
from pathlib import Path

from tests.aws.local_aws.platform import LocalAws


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env-file", type=Path, default=Path(".engage/aws-local.env"))
    chosen = parser.parse_args()
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with LocalAws() as aws:
        chosen.env_file.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}" for name, value in {"ENGAGE_ENVIRONMENT": "aws", **aws.environment()}.items()]
        chosen.env_file.write_text("\n".join(lines) + "\n")
        print(f"the local AWS is at {aws.endpoint}; everything in it goes when it ends (Ctrl-C). In another shell:")
        print(f"  ENGAGE_ENVIRONMENT=aws ENGAGE_ENV_FILE={chosen.env_file} .venv/bin/engage run --customers 20000")
        print("ready", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
