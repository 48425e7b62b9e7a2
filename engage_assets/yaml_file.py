"""Reads a YAML file that a person edits, and words what is wrong with it."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError


class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses a key given twice: YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key_node.value!r} is given twice; remove or rename one", key_node.start_mark
                )
            seen.add(key_node.value)
        return dict(super().construct_mapping(node, deep=deep))


def read_yaml(path: Path, error: type[Exception]) -> Any:
    """The content of a YAML file; ``error`` with file, place and remedy when it cannot be read."""
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_UniqueKeyLoader)  # noqa: S506 - derived from the safe loader
    except FileNotFoundError:
        raise error(f"{path} does not exist; expected a YAML file, check the path") from None
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{path} cannot be read ({cause}); expected a readable UTF-8 YAML file") from None
    except yaml.YAMLError as cause:
        place = str(cause).replace("\n", " ")
        raise error(f"{path} is not valid YAML: {place}; correct the file at that line") from None


def describe_errors(cause: ValidationError, names: Sequence[str] = ()) -> str:
    """Pydantic's findings as one sentence each: where, what was found, what was expected. At most five.

    names: what the positions in a list at the top level are called in the file, where the file has names and the
    model a list.
    """
    findings = []
    for finding in cause.errors(include_url=False)[:5]:
        path = [str(part) for part in finding["loc"]]
        if names and len(path) > 1 and path[1].isdigit():
            path[1] = names[int(path[1])]
        where = ".".join(path) or "the file"
        message = finding["msg"].removeprefix("Value error, ")
        given = finding["input"]
        shown = f" (found {given!r})" if isinstance(given, str | int | float | bool) else ""
        findings.append(f"{where}: {message}{shown}")
    more = len(cause.errors()) - len(findings)
    return "; ".join(findings) + (f"; and {more} more" if more > 0 else "")
