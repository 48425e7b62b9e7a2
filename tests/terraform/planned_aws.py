"""The local AWS of the tests, made from the plan of production, and a record of who asks it for what."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from moto.moto_server import threaded_moto_server

from engage_assets.commands.settings import settings_of_terraform
from tests.aws.local_aws.athena_statements import Statements
from tests.aws.local_aws.athena_tables import Tables
from tests.aws.local_aws.platform import REGION, LocalAws
from tests.terraform.iam import Account, Need, arn, caller, needs, rights
from tests.terraform.replay import replay
from tests.terraform.workspace import Plan, Resource

ORCHESTRATOR = "orchestrator"
PROGRAMS = ("training", "scoring")
ROLES = (ORCHESTRATOR, *PROGRAMS)
TASK_ROLES = ("task_role_arn", "execution_role_arn")
ATHENA = (
    "StartQueryExecution",
    "GetQueryExecution",
    "GetQueryResults",
    "StopQueryExecution",
    "GetWorkGroup",
    "GetDataCatalog",
)


class Record:
    """What each role has asked for."""

    def __init__(self) -> None:
        self.needs: dict[str, set[Need]] = {}

    def note(self, who: str, needed: Iterable[Need]) -> None:
        """Adds to what a role has asked for."""
        self.needs.setdefault(who, set()).update(needed)


class Recording:
    """A WSGI application in front of moto's."""

    def __init__(self, application: Callable[..., Any], record: Record, account: Account) -> None:
        self._application, self._record, self._account = application, record, account

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        who, service = caller(headers)
        if who in ROLES:  # others make the account, and are no role of it
            body = self._read(environ)
            method, path, query = (environ[name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING"))
            self._record.note(who, needs(service, method, path, query, headers, body, self._account))
            if service == "s3" and method in ("GET", "HEAD"):
                return self._application(environ, self._noting_what_is_missing(who, path, start_response))
        return self._application(environ, start_response)

    def _noting_what_is_missing(self, who: str, path: str, start_response: Callable[..., Any]) -> Callable[..., Any]:
        """S3 says that an object is missing only to who may list the bucket, and to others that it is forbidden.

        Such a request names no prefix, so that a right to list some folders is taken not to do.
        """

        def noting(status: str, *arguments: Any) -> Any:
            if status.startswith("404"):
                bucket = path.lstrip("/").partition("/")[0]
                self._record.note(who, {Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")})
            return start_response(status, *arguments)

        return noting

    @staticmethod
    def _read(environ: dict[str, Any]) -> bytes:
        """The body, put back for the application. Only small ones say what is needed; objects do not."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if environ["REQUEST_METHOD"] != "POST" or length > 1_000_000:
            return b""
        body: bytes = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = BytesIO(body)
        return body


class Workgroups(Mapping[str, str]):
    """The workgroup of every query that the emulated Athena has been asked."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws

    def __getitem__(self, query_id: str) -> str:
        return str(self._aws.athena.queries[query_id].described["WorkGroup"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._aws.athena.queries)

    def __len__(self) -> int:
        return len(self._aws.athena.queries)


class PlannedAws(LocalAws):
    """The emulated account, holding what the plan makes. One at a time in a process."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan, self.record = plan, Record()
        self.account = Account(roles=_roles_by_family(plan), workgroups=Workgroups(self))

    def __enter__(self) -> "PlannedAws":
        dispatcher = threaded_moto_server.DomainDispatcherApplication

        def recorded(*arguments: Any) -> Recording:
            return Recording(dispatcher(*arguments), self.record, self.account)

        threaded_moto_server.DomainDispatcherApplication = recorded  # type: ignore[misc, assignment]
        try:
            super().__enter__()
        finally:
            threaded_moto_server.DomainDispatcherApplication = dispatcher  # type: ignore[misc]
        self.ecs.runner.images = ("123456789012.dkr.ecr.us-east-1.amazonaws.com/engage-prod/",)
        # Athena reads and writes S3 and Glue with the rights of who queries.
        credentials = {"aws_access_key_id": ORCHESTRATOR, "aws_secret_access_key": "role"}
        self.athena.statements = Statements(Tables(self.endpoint, REGION, credentials))
        self._note_athena()
        return self

    def create_resources(self) -> None:
        """What the plan says. Each program signs with a name of its own, as it would with its role.

        Without the policies of the buckets: the emulated account has no TLS, and they refuse what comes without it.
        """
        changed = Plan(self.plan.content)
        chosen = [each for each in self.plan.resources if each.type != "aws_s3_bucket_policy"]
        changed.__dict__["resources"] = [_signing(each) for each in chosen]
        replay(changed, self.client)
        self.topic = self.plan.outputs["settings"]["ENGAGE_NOTIFICATION_TOPIC_ARN"]
        ec2 = self.client("ec2")
        self.subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.security_group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]

    def settings(self, folder: Path) -> dict[str, str]:
        """The settings of ``engage settings --from-terraform``, from a file of outputs in `folder`.

        Only what is not replayed is another: the network and the database.
        """
        outputs = folder / "outputs.json"
        outputs.write_text(json.dumps(self.plan.content["planned_values"]["outputs"]))
        return {
            **settings_of_terraform(outputs),
            "ENGAGE_SUBNETS": self.subnet,
            "ENGAGE_SECURITY_GROUPS": self.security_group,
            "ENGAGE_DATABASE_SECRET": "sqlite",
            "ENGAGE_SIMULATE": "true",
            "ENGAGE_POLL_SECONDS": "0.05",
        }

    def credentials(self) -> dict[str, str]:
        """Where the orchestrator finds the emulated account, and as whom."""
        names = {name: value for name, value in self.environment().items() if name.startswith("AWS_")}
        return {**names, "AWS_ACCESS_KEY_ID": ORCHESTRATOR}

    def _note_athena(self) -> None:
        for operation in ATHENA:
            call = getattr(self.athena, operation, None)
            if call is not None:
                setattr(self.athena, operation, self._noted(operation, call))

    def _noted(self, operation: str, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def noted(request: Any) -> Any:
            self.record.note(ORCHESTRATOR, rights("athena", operation, request, self.account))
            return call(request)

        return noted


def _roles_by_family(plan: Plan) -> dict[str, tuple[str, ...]]:
    """What a started task gets passed."""
    return {
        each["family"]: tuple(arn("iam", f"role/{each[name].rpartition('/')[2]}") for name in TASK_ROLES)
        for each in plan.of_type("aws_ecs_task_definition")
    }


def _signing(each: Resource) -> Resource:
    if each.type != "aws_ecs_task_definition":
        return each
    containers = json.loads(each["container_definitions"])
    for container in containers:
        own = [{"name": "AWS_ACCESS_KEY_ID", "value": container["name"]}]
        container["environment"] = [*container["environment"], *own]
    return replace(each, values={**each.values, "container_definitions": json.dumps(containers)})
