"""A whole local AWS: moto for most of it, our own Athena, and what Terraform would have made."""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from tests.aws.local_aws.athena_server import AthenaApi, AthenaFaults, serve
from tests.aws.local_aws.athena_tables import Tables
from tests.aws.local_aws.ecs_tasks import EcsFaults, EcsTasks, Runner
from tests.aws.local_aws.s3_versions import DeletedFolders

REPOSITORY = Path(__file__).resolve().parents[3]
REGION = "us-east-1"
BUCKET = "engage-local"
IMAGE = "local/engage:latest"
LOG_GROUP = "/engage/tasks"
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


class LocalAws:
    """The emulated account. One at a time in a process, as moto's state is the process's."""

    def __init__(self, port: int = 0) -> None:
        self.athena_faults, self.ecs_faults = AthenaFaults(), EcsFaults()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request
        self._moto = ThreadedMotoServer("127.0.0.1", port, verbose=False)

    def __enter__(self) -> "LocalAws":
        self._moto.start()
        host, port = self._moto.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        runner = Runner(
            endpoint=self.endpoint,
            images=("local/",),
            directory=str(REPOSITORY),
            environment=self.task_environment(),
            faults=self.ecs_faults,
        )
        self.ecs = EcsTasks(runner)
        self.ecs.install()
        self._folders = DeletedFolders()
        self._folders.install()
        self.athena = AthenaApi(Tables(self.endpoint, REGION, CREDENTIALS), self.athena_faults)
        self._server = serve(self.athena)
        self.athena_endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.create_resources()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self.ecs.uninstall()
        self._folders.uninstall()
        self._moto.stop()

    def client(self, service: str) -> Any:
        """A client of the emulated account."""
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **CREDENTIALS)

    def task_environment(self) -> dict[str, str]:
        """What ECS and its agent give a container."""
        path = os.pathsep.join([str(REPOSITORY / "fargate_images"), os.environ.get("PYTHONPATH", "")])
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": path.rstrip(os.pathsep),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "task",
            "AWS_SECRET_ACCESS_KEY": "role",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def create_resources(self) -> None:
        """What Terraform would have made."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.client("logs").create_log_group(logGroupName=LOG_GROUP)
        ecs = self.client("ecs")
        ecs.create_cluster(clusterName="engage", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        for name in ("training", "scoring"):
            ecs.register_task_definition(
                family=f"engage-{name}",
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                cpu="1024",
                memory="4096",
                containerDefinitions=[self.container(name)],
            )
        self.topic = self.client("sns").create_topic(Name="engage")["TopicArn"]
        ec2 = self.client("ec2")
        self.subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.security_group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]

    def container(self, name: str, image: str = IMAGE) -> dict[str, Any]:
        """The container of a task definition."""
        options = {"awslogs-group": LOG_GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": name}
        return {
            "name": name,
            "image": image,
            "command": ["python", "-m", f"engage_ml.{name}"],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }

    def environment(self, prefix: str = "play") -> dict[str, str]:
        """The environment of an orchestrator whose data lie below `prefix` of the bucket."""
        root = f"s3://{BUCKET}/{prefix}"
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_ATHENA": self.athena_endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            "ENGAGE_REGION": REGION,
            "ENGAGE_LAKE_URI": f"{root}/lake",
            "ENGAGE_MODELS_URI": f"{root}/models",
            "ENGAGE_REPORTS_URI": f"{root}/reports",
            "ENGAGE_EXPORTS_URI": f"{root}/exports",
            "ENGAGE_WAREHOUSE_URI": f"{root}/warehouse",
            "ENGAGE_ATHENA_RESULTS_URI": f"{root}/athena-results",
            "ENGAGE_PIPES_URI": f"{root}/pipes",
            "ENGAGE_ATHENA_WORKGROUP": "engage",
            "ENGAGE_GLUE_PREFIX": prefix.replace("-", "_"),
            "ENGAGE_ECS_CLUSTER": "engage",
            "ENGAGE_TRAINING_TASK_DEFINITION": "engage-training",
            "ENGAGE_SCORING_TASK_DEFINITION": "engage-scoring",
            "ENGAGE_SUBNETS": self.subnet,
            "ENGAGE_SECURITY_GROUPS": self.security_group,
            "ENGAGE_NOTIFICATION_TOPIC_ARN": self.topic,
            "ENGAGE_DATABASE_SECRET": "sqlite",
            "ENGAGE_POLL_SECONDS": "0.05",
        }

    def keys(self, prefix: str) -> list[str]:
        """The keys of the bucket below a prefix."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]
