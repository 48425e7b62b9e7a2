"""The scripts of a deployment, with programs that only write down how they were called."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$(basename "$0") $*" in
    *"output -json repositories"*) [ -e "$STATE/repositories" ] || exit 1; cat "$STATE/repositories" ;;
    *"output -json deployment"*) echo '{"region": "us-east-1", "cluster": "engage-dev", "service": "orchestrator"}' ;;
    terraform*console*) read -r name; sed -n "s/^$name=//p" "$STATE/variables" ;;
    terraform*init*) touch terraform/.terraform.lock.hcl ;;
    terraform*-target*) cp "$STATE/made" "$STATE/repositories" ;;
    aws*describe-images*) [ -e "$STATE/pushed" ] ;;
    aws*get-query-execution*) cat "$STATE/athena" ;;
    aws*start-query*) echo query-1 ;;
    git*status*) cat "$STATE/changes" ;;
    git*rev-parse*) echo 0123456789ab ;;
    "engage settings"*) printf 'ENGAGE_REGION=us-east-1\\nENGAGE_ATHENA_WORKGROUP=engage-dev\\n' ;;
    docker*--which*) ;;
esac
"""


class Deployment:
    """A copy of the scripts and of terraform's variables, with a PATH of recorders."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls_file = folder, folder / "calls"
        shutil.copytree(REPOSITORY / "scripts", folder / "scripts")
        (folder / "terraform" / "environments").mkdir(parents=True)
        (folder / "terraform" / "environments" / "dev.tfvars").write_text('region = "us-east-1"\n')
        (folder / "terraform" / "environments" / "dev.s3.tfbackend").write_text("")
        (folder / "bin").mkdir()
        self.state = folder / "state"
        self.state.mkdir()
        urls = {
            name: f"1.dkr.ecr.us-east-1.amazonaws.com/engage-dev/{name}"
            for name in ("training", "scoring", "orchestrator")
        }
        (self.state / "made").write_text(json.dumps(urls))
        (self.state / "athena").write_text("SUCCEEDED\n")
        (self.state / "changes").write_text("")
        (self.state / "variables").write_text('var.region="us-east-1"\nvar.cpu_architecture="X86_64"\n')
        for name in ("terraform", "aws", "git", "docker", "engage", "session-manager-plugin"):
            program = folder / "bin" / name
            program.write_text(PROGRAM)
            program.chmod(0o755)

    def run(
        self, script: str, *arguments: str, answer: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", f"scripts/{script}", *arguments],
            cwd=self.folder,
            input=answer,
            text=True,
            capture_output=True,
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "CALLS": str(self.calls_file),
                "STATE": str(self.state),
                "ENGAGE": str(self.folder / "bin" / "engage"),
                "SMOKE_TEST_PAUSE": "0",
                **environment,
            },
        )

    def calls(self, *beginnings: str) -> list[str]:
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [line for line in lines if line.startswith(beginnings)]

    def applied(self) -> list[str]:
        return [line for line in self.calls("terraform") if " apply " in line]


@pytest.fixture
def deployment(tmp_path):
    return Deployment(tmp_path)


def test_the_first_deployment_makes_repositories_before_images_and_images_before_the_rest(deployment):
    done = deployment.run("deploy", "dev", answer="dev\ndev\n")
    assert done.returncode == 0, done.stderr
    order = [line for line in deployment.calls("terraform", "docker") if " apply " in line or " push " in line]
    assert [line.split()[0] for line in order] == ["terraform", "docker", "docker", "docker", "terraform"]
    assert all(line.endswith(":0123456789ab") for line in deployment.calls("docker push"))
    assert "Athena answers" in done.stdout


@pytest.mark.parametrize("answer", ["", "yes\n", "prod\n"])
def test_nothing_is_applied_unless_the_name_is_typed(deployment, answer):
    done = deployment.run("deploy", "dev", answer=answer)
    assert done.returncode == 2
    assert "nothing was changed" in done.stderr
    assert deployment.applied() == []


def test_images_that_are_there_are_not_pushed_again(deployment):
    (deployment.state / "repositories").write_text((deployment.state / "made").read_text())
    (deployment.state / "pushed").touch()
    assert deployment.run("deploy", "dev", CONFIRM="dev").returncode == 0
    assert deployment.calls("docker push") == []
    assert len(deployment.applied()) == 1


def test_an_image_is_named_after_a_commit(deployment):
    (deployment.state / "changes").write_text(" M engage_assets/cli.py\n")
    done = deployment.run("deploy", "dev", CONFIRM="dev")
    assert (done.returncode, deployment.applied()) == (2, [])
    assert "Commit them first" in done.stderr


def test_what_a_deployment_leaves_in_its_folder_is_no_change(deployment):
    """The lock of the providers, the place of the state, variables of one's own: the real git has nothing to say."""
    (deployment.folder / "bin" / "git").unlink()
    shutil.copy(REPOSITORY / ".gitignore", deployment.folder)
    with (deployment.folder / ".gitignore").open("a") as ignored:
        ignored.write("/bin/\n/state/\n/calls\n")

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=deployment.folder, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message=all")
    (deployment.folder / "terraform" / "environments" / "own.tfvars").write_text('region = "us-east-1"\n')
    done = deployment.run("deploy", "dev", CONFIRM="dev")
    assert done.returncode == 0, done.stderr
    (deployment.folder / "engage_assets").mkdir()
    (deployment.folder / "engage_assets" / "new.py").touch()
    assert "Commit them first" in deployment.run("deploy", "dev", CONFIRM="dev").stderr


@pytest.mark.parametrize(("architecture", "platform"), [("X86_64", "linux/amd64"), ("ARM64", "linux/arm64")])
def test_images_are_for_the_processor_of_the_tasks(deployment, architecture, platform):
    (deployment.state / "variables").write_text(f'var.region="us-east-1"\nvar.cpu_architecture="{architecture}"\n')
    options = ["-parallelism=2", "-var", "always_on=true", "-var=simulate=true"]
    assert deployment.run("deploy", "dev", *options, CONFIRM="dev").returncode == 0
    built = deployment.calls("docker build")
    assert len(built) == 3
    assert all(f"--platform {platform}" in line for line in built)
    # The console takes variables, and refuses other options.
    asked = [line for line in deployment.calls("terraform") if " console " in line]
    assert all(line.endswith("image_tag=unknown -var always_on=true -var=simulate=true") for line in asked)


@pytest.mark.parametrize("script", ["deploy", "destroy", "open-ui"])
def test_an_unknown_environment_and_a_missing_state_are_named(deployment, script):
    done = deployment.run(script, "stage")
    assert "expected one of: dev" in done.stderr
    (deployment.folder / "terraform" / "environments" / "dev.s3.tfbackend").unlink()
    done = deployment.run(script, "dev")
    assert (done.returncode, "docs/deploy.md" in done.stderr) == (2, True)


def test_destroy_asks_first(deployment):
    assert deployment.run("destroy", "dev", answer="no\n").returncode == 2
    assert deployment.applied() == []
    assert deployment.run("destroy", "dev", answer="dev\n").returncode == 0
    assert [line for line in deployment.calls("terraform") if "-destroy" in line]
    assert len(deployment.applied()) == 1


def test_a_failed_smoke_test_fails_the_deployment(deployment):
    (deployment.state / "athena").write_text("FAILED\n")
    done = deployment.run("deploy", "dev", CONFIRM="dev")
    assert done.returncode == 2
    assert "Athena query query-1 is FAILED" in done.stderr


def test_the_web_interface_is_reached_through_a_session(deployment):
    program = deployment.folder / "bin" / "aws"
    answers = """case "$*" in
    *desiredCount*) echo 0 ;;
    *list-tasks*) echo arn:aws:ecs:x:1:task/engage-dev/t1 ;;
    *describe-tasks*) echo t1-9 ;;
esac
"""
    program.write_text(PROGRAM + answers)
    assert deployment.run("open-ui", "dev", answer="y\n").returncode == 0
    counts = [line.rpartition(" ")[2] for line in deployment.calls("aws ecs update-service")]
    assert counts == ["1", "0"]
    sessions = deployment.calls("aws ssm start-session")
    assert all("--target ecs:engage-dev_t1_t1-9" in session for session in sessions)
    assert {port for session in sessions for port in ("3000", "3001") if f'"portNumber":["{port}"]' in session} == {
        "3000",
        "3001",
    }
