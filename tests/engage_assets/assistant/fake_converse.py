"""A Bedrock Converse endpoint that plays a script. Every request and reply is checked against botocore's own model."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator

OPERATION = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse")
Reply = tuple[dict[str, Any], str] | tuple[str, str, int]
Step = Reply | Callable[[dict[str, Any]], Reply]


def say(text: str, stop: str = "end_turn") -> Reply:
    """The model ends with a text."""
    return {"role": "assistant", "content": [{"text": text}]}, stop


def call(*tools: tuple[str, Any]) -> Reply:
    """The model calls one or more tools."""
    uses = [
        {"toolUse": {"toolUseId": f"tooluse_{name}_{number}_{id(given)}", "name": name, "input": given}}
        for number, (name, given) in enumerate(tools)
    ]
    return {"role": "assistant", "content": [{"text": "Looking it up."}, *uses]}, "tool_use"


def error(code: str, message: str = "scripted", status: int = 429) -> Reply:
    """The service refuses."""
    return code, message, status


def _check(value: Any, shape: Any) -> None:
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise AssertionError(report.generate_report())


class FakeConverse:
    """Serves the script on the loopback interface; ``requests`` holds what it was asked."""

    def __init__(self, script: Iterable[Step]) -> None:
        self.script, self.requests = list(script), list[dict[str, Any]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Silent."""

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = re.fullmatch(r"/model/([^/]+)/converse", self.path)
                assert found
                _check({**body, "modelId": unquote(found[1])}, OPERATION.input_shape)
                outer.requests.append(body)
                self.reply(outer.next_reply(body))

            def reply(self, reply: Reply) -> None:
                if len(reply) == 3:
                    code, message, status = reply
                    self.send(status, {"message": message}, {"x-amzn-ErrorType": code})
                    return
                message, stop = reply
                content = {
                    "output": {"message": message}, "stopReason": stop, "metrics": {"latencyMs": 1},
                    "usage": {"inputTokens": 1000, "outputTokens": 100, "totalTokens": 1100},
                }  # fmt: skip
                _check(content, OPERATION.output_shape)
                self.send(200, content, {})

            def send(self, status: int, content: dict[str, Any], headers: dict[str, str]) -> None:
                data = json.dumps(content).encode()
                self.send_response(status)
                lengths = {"Content-Type": "application/json", "Content-Length": str(len(data))}
                for name, value in {**lengths, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def next_reply(self, body: dict[str, Any]) -> Reply:
        """The script's next reply; results that do not answer the calls are refused, as Bedrock does."""
        blocks = [block for message in body["messages"] for block in message["content"]]
        asked = sorted(block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block)
        given = sorted(block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block)
        if asked != given:
            return error("ValidationException", "toolResult blocks do not match toolUse blocks", 400)
        if not self.script:
            return error("ValidationException", "the script has ended", 400)
        step = self.script.pop(0)
        return step(body) if callable(step) else step

    def __enter__(self) -> "FakeConverse":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def last_result(body: dict[str, Any]) -> dict[str, Any]:
    """The newest tool result of a request: its status and its content as an object, or as text for an error."""
    [result] = [block["toolResult"] for block in body["messages"][-1]["content"] if "toolResult" in block]
    text = result["content"][0]["text"]
    return {"status": result["status"], "content": json.loads(text) if result["status"] == "success" else text}
