"""``python -m offline.serve SCHEMA``: serves until standard input closes.

Prints the value of TF_REATTACH_PROVIDERS, by which Terraform uses this process instead of downloading a provider; it
then also writes no lock file.
"""

import json
import os
import sys
import tempfile
from concurrent import futures
from pathlib import Path

import grpc
from tf.gen import grpc_controller_pb2_grpc as controller_grpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_grpc
from tf.gen import tfplugin_pb2_grpc as rpc

from offline.provider import Controller, Provider, Stdio
from offline.schema import SOURCE, load

UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def main(schema: Path) -> None:
    """Serves the schema on a socket."""
    server = grpc.server(futures.ThreadPoolExecutor(8), options=UNLIMITED)
    rpc.add_ProviderServicer_to_server(Provider(load(schema)), server)
    controller_grpc.add_GRPCControllerServicer_to_server(Controller(), server)
    stdio_grpc.add_GRPCStdioServicer_to_server(Stdio(), server)
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/provider.sock"
        server.add_insecure_port(f"unix://{socket}")
        server.start()
        address = {"Network": "unix", "String": socket}
        plugin = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
        sys.stdout.write(json.dumps({SOURCE: plugin}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.stop(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
