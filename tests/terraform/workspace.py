"""Terraform run on copies of ``terraform/``: nothing is written into the repository and no account is needed."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "terraform"
SCHEMA = Path(__file__).with_name("offline") / "aws-6.25.0.json.gz"
TOOLS = REPOSITORY / ".venv-terraform" / "bin"
ENVIRONMENTS = tuple(sorted(path.stem for path in (SOURCE / "environments").glob("*.tfvars")))
MODULES = tuple(sorted(path.name for path in (SOURCE / "modules").iterdir()))
ROOTS = (".", "bootstrap", *(f"modules/{name}" for name in MODULES))
IMAGE_TAG = "0123456789ab"

LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
"""In a copy: a plan needs a state, and the bucket of the real one is not there."""


class TerraformError(Exception):
    """Terraform refused; the message is all that it said."""


def copy_configuration(target: Path) -> Path:
    """A copy of the configuration, and of the contract that it reads, below `target`. Returns the root's folder."""
    shutil.copytree(SOURCE, target / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    contract = Path("engage_assets") / "contracts" / "engage.yaml"
    (target / contract).parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / contract, target / contract)
    (target / "terraform" / "backend_override.tf").write_text(LOCAL_BACKEND)
    return target / "terraform"


@dataclass(frozen=True)
class Terraform:
    """The program, with the provider that answers it."""

    program: str
    reattach: str
    """Empty: the provider from the registry."""

    def run(self, folder: Path, *arguments: str) -> str:
        """Runs a command in a folder and returns its output. Raises TerraformError when it fails."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        if self.reattach:
            environment["TF_REATTACH_PROVIDERS"] = self.reattach
        command = [self.program, *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise TerraformError(done.stdout + done.stderr)
        return done.stdout

    def initialised(self, folder: Path, *, backend: bool = True) -> Path:
        """The folder, ready for other commands."""
        self.run(folder, "init", "-no-color", "-input=false", *([] if backend else ["-backend=false"]))
        return folder

    def plan(self, folder: Path, environment: str, **variables: str) -> "Plan":
        """The plan of an environment."""
        given = {"image_tag": IMAGE_TAG, **variables}
        options = [f"-var={name}={value}" for name, value in given.items()]
        options = [f"-var-file=environments/{environment}.tfvars", *options]
        self.run(folder, "plan", "-no-color", "-input=false", "-lock=false", "-out=tfplan", *options)
        return Plan(json.loads(self.run(folder, "show", "-json", "tfplan")))

    def applied(self, folder: Path) -> "Plan":
        """The last plan of a folder, with what AWS decides filled in by the offline provider: nothing is unknown."""
        plan = json.loads(self.run(folder, "show", "-json", "tfplan"))
        self.run(folder, "apply", "-no-color", "-input=false", "tfplan")
        made = Plan({"planned_values": json.loads(self.run(folder, "show", "-json"))["values"]})
        after = {each.address: each.values for each in made.resources}
        for change in plan["resource_changes"]:
            change["change"]["after"] = after.get(change["address"], change["change"]["after"])
            change["change"]["after_unknown"] = {}
        return Plan({**plan, **made.content})


@dataclass(frozen=True)
class Resource:
    """One resource of a plan."""

    address: str
    type: str
    values: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


@dataclass(frozen=True)
class Plan:
    """``terraform show -json`` of a plan."""

    content: Mapping[str, Any]

    @cached_property
    def resources(self) -> Sequence[Resource]:
        """All resources, of every module."""
        return [
            Resource(each["address"], each["type"], each["values"])
            for each in _walk(self.content["planned_values"]["root_module"])
        ]

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of some types."""
        return [each for each in self.resources if each.type in types]

    def one(self, address: str) -> Resource:
        """The resource at an address."""
        [found] = [each for each in self.resources if each.address == address]
        return found

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Values of the outputs that are known."""
        return {name: each.get("value") for name, each in self.content["planned_values"].get("outputs", {}).items()}

    @cached_property
    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """Documents of the roles' policies, by address."""
        return {
            each.address: json.loads(each["policy"]) for each in self.of_type("aws_iam_role_policy") if each["policy"]
        }


def ancestors(made: Plan) -> Mapping[str, set[str]]:
    """What each resource waits for, itself or through others, by address without keys; of a plan that was applied."""
    direct: dict[str, set[str]] = {}
    for each in _walk(made.content["planned_values"]["root_module"]):
        direct.setdefault(each["address"].partition("[")[0], set()).update(each.get("depends_on", []))
    found: dict[str, set[str]] = {}
    for address in direct:
        todo, seen = [address], set[str]()
        while todo:
            new = direct.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        found[address] = seen
    return found


def _walk(module: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    own = [each for each in module.get("resources", []) if each["mode"] == "managed"]
    return own + [each for child in module.get("child_modules", []) for each in _walk(child)]


def pins() -> Mapping[str, str]:
    """The provider's version in each folder."""
    pattern = re.compile(r'source\s*=\s*"hashicorp/aws"\s*version\s*=\s*"([^"]+)"')
    return {root: ",".join(pattern.findall((SOURCE / root / "versions.tf").read_text())) for root in ROOTS}
