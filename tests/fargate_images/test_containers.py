"""What drives the built images fits the platform also when no image is built."""

from engage_assets.resources.compute import Compute
from tests.fargate_images.containers import ContainerCompute, command_in


def test_containers_are_a_compute_of_the_platform(tmp_path):
    compute = ContainerCompute(shared_folder=str(tmp_path))
    assert isinstance(compute, Compute)
    assert compute.abandon("run") == 0


def test_a_command_sees_the_shared_folders_at_their_own_place(tmp_path):
    line = command_in("c", ["python", "-m", "x"], folders=[tmp_path], environment={"A": "1"})
    assert line[-5:] == ["c", "--", "python", "-m", "x"]
    assert line[line.index("--volume") + 1] == f"{tmp_path}:{tmp_path}"
    assert line[line.index("--env") + 1] == "A=1"
