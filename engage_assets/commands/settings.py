"""``engage settings``: what is set, or the settings of what Terraform has made."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engage_assets.errors import InputError
from engage_assets.settings import Settings


def settings_of_terraform(source: Path) -> dict[str, str]:
    """The settings that a deployment puts out, checked as the environment would be.

    Parameters
    ----------
    source
        The folder of the Terraform root, whose state is asked; or a file with the output of ``terraform output -json``.

    Raises
    ------
    InputError
        When there is no output `settings`, or a setting in it is unknown, missing or cannot be used.
    """
    values = _settings_output(source)
    known = {name for name, _, _ in Settings.from_environment({}).describe()}
    if unknown := sorted(set(values) - known):
        raise InputError(
            f"the deployment puts out {', '.join(unknown)}, which this version does not know. "
            "Use the version of Engage that it was made with, or apply Terraform again."
        )
    Settings.from_environment(values)
    return values


def as_environment_file(values: Mapping[str, str]) -> str:
    """The settings as the file that ``ENGAGE_ENV_FILE`` names."""
    lines = ["# Made by engage settings --from-terraform. ENGAGE_ENV_FILE=<this file> uses it."]
    return "\n".join([*lines, *(f"{name}={values[name]}" for name in sorted(values))]) + "\n"


def _settings_output(source: Path) -> dict[str, str]:
    outputs = _outputs(source)
    try:
        settings = outputs["settings"]["value"]
        return {str(name): str(value) for name, value in settings.items()}
    except (KeyError, TypeError, AttributeError):
        raise InputError(
            f"{source} has no output settings. Expected a deployment of terraform/ that is applied."
        ) from None


def _outputs(source: Path) -> Any:
    try:
        text = source.read_text() if source.is_file() else _ask_terraform(source)
        return json.loads(text)
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).") from None
    except ValueError:
        raise InputError(f"{source} is no JSON. Expected the output of terraform output -json.") from None


def _ask_terraform(folder: Path) -> str:
    if not (folder / "settings.tf").exists():
        raise InputError(f"{folder} is no Terraform root of Engage. Expected the folder terraform/, or a JSON file.")
    try:
        asked = subprocess.run(  # noqa: S603
            ["terraform", f"-chdir={folder}", "output", "-json", "-no-color"],  # noqa: S607 (the one on the PATH is meant)
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("terraform is not on the PATH. Install it, or name a file made by it elsewhere.") from None
    if asked.returncode:
        raise InputError(f"terraform output failed in {folder}: {asked.stderr.strip()}")
    return asked.stdout
