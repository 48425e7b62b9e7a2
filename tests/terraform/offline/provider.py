"""A stand-in for hashicorp/aws that knows its schema and no account.

Terraform's own checks run against the real schema: names, types, blocks, references. What the provider itself checks
(enumerations, ranges, syntax of ARNs, conflicting arguments) does not happen here. A plan holds what was written, and
unknown for what AWS decides; an apply fills that with recognisable values and creates nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgpack
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_grpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_grpc
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from offline.documents import ACCOUNT, ANSWERS, REGION, UNKNOWN
from offline.schema import filled, refusals, schema_message

# ruff: noqa: N802 (the protocol's names)


def encode(value: Any) -> Any:
    """A value as a message."""
    return pb.DynamicValue(msgpack=msgpack.packb(value, use_bin_type=True))


def decode(message: Any) -> Any:
    """The value of a message."""
    if message.msgpack:
        return msgpack.unpackb(message.msgpack, raw=False, ext_hook=msgpack.ExtType, strict_map_key=False)
    return json.loads(message.json) if message.json else None


class Provider(rpc.ProviderServicer):  # type: ignore[misc]
    """Answers Terraform's calls."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._resources = {name: each["block"] for name, each in schema["resource_schemas"].items()}
        self._data_sources = {name: each["block"] for name, each in schema["data_source_schemas"].items()}
        self._default_tags: dict[str, str] = {}
        self._schema = pb.GetProviderSchema.Response(provider=schema_message(schema["provider"]))
        for name, each in schema["resource_schemas"].items():
            self._schema.resource_schemas[name].CopyFrom(schema_message(each))
        for name, each in schema["data_source_schemas"].items():
            self._schema.data_source_schemas[name].CopyFrom(schema_message(each))

    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        return self._schema

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:
        found = refusals(self._resources[request.type_name], decode(request.config))
        return pb.ValidateResourceConfig.Response(diagnostics=found)

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:
        found = refusals(self._data_sources[request.type_name], decode(request.config))
        return pb.ValidateDataResourceConfig.Response(diagnostics=found)

    def StopProvider(self, request: Any, context: Any) -> Any:
        return pb.StopProvider.Response()

    def ConfigureProvider(self, request: Any, context: Any) -> Any:
        for block in (decode(request.config) or {}).get("default_tags") or []:
            if isinstance(block.get("tags"), dict):
                self._default_tags.update(block["tags"])
        return pb.ConfigureProvider.Response()

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:
        return pb.UpgradeResourceState.Response(upgraded_state=encode(json.loads(request.raw_state.json)))

    def ReadResource(self, request: Any, context: Any) -> Any:
        return pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        proposed = decode(request.proposed_new_state)
        if proposed is None:
            return pb.PlanResourceChange.Response(planned_state=request.proposed_new_state)

        def leaf(name: str, kind: Any) -> Any:
            if name == "region":
                return REGION
            if name == "tags_all" and isinstance(proposed.get("tags"), dict | None):
                return {**self._default_tags, **(proposed.get("tags") or {})}
            return UNKNOWN

        planned = filled(self._resources[request.type_name], proposed, leaf)
        return pb.PlanResourceChange.Response(planned_state=encode(planned), legacy_type_system=True)

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        planned = decode(request.planned_state)
        if planned is None:
            return pb.ApplyResourceChange.Response(new_state=request.planned_state)
        leaf = _decided_by_aws(request.type_name, _name(planned))
        made = filled(self._resources[request.type_name], _without_unknown(planned), leaf, optional_inside=False)
        return pb.ApplyResourceChange.Response(new_state=encode(made), legacy_type_system=True)

    def ReadDataSource(self, request: Any, context: Any) -> Any:
        config = decode(request.config)
        block = self._data_sources[request.type_name]
        for name, value in ANSWERS.get(request.type_name, lambda config: {})(config).items():
            if name in block["attributes"] and config.get(name) is None:
                config[name] = value
        return pb.ReadDataSource.Response(state=encode(filled(block, config, _decided_by_aws(request.type_name, ""))))


def _without_unknown(value: Any) -> Any:
    if isinstance(value, msgpack.ExtType):
        return None
    if isinstance(value, dict):
        return {name: _without_unknown(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_unknown(each) for each in value]
    return value


def _name(planned: Mapping[str, Any]) -> str:
    """What tells one resource of a type from another."""
    found = (
        planned.get(key) for key in ("name", "bucket", "family", "cluster_identifier", "identifier", "description")
    )
    return next((each for each in found if isinstance(each, str)), "")


def _decided_by_aws(type_name: str, resource: str) -> Any:
    def leaf(name: str, kind: Any) -> Any:
        if kind == "string" and (name == "account_id" or name.endswith("owner_id")):
            return ACCOUNT
        if kind == "string" and name == "region":
            return REGION
        if (type_name, name) == ("aws_bedrock_guardrail_version", "version"):
            return "1"
        if kind == "string" and (name == "arn" or name.endswith("_arn")):
            return f"arn:aws:offline:{REGION}:{ACCOUNT}:{type_name}/{resource}"
        if isinstance(kind, list):
            return {"list": [_object(kind[1], leaf)] if isinstance(kind[1], list) else [], "set": [], "map": {}}.get(
                kind[0]
            )
        return {"string": f"offline-{type_name}-{name}-{resource}", "number": 0, "bool": False}.get(kind)

    return leaf


def _object(kind: Any, leaf: Any) -> Any:
    """One object of a list that AWS fills, such as the secret of a database."""
    return {name: leaf(name, each) for name, each in kind[1].items()} if kind[0] == "object" else leaf("", kind)


class Controller(controller_grpc.GRPCControllerServicer):  # type: ignore[misc]
    """Terraform asks the plugin to end through this; the process that started it ends it instead."""

    def Shutdown(self, request: Any, context: Any) -> Any:
        return controller.Empty()


class Stdio(stdio_grpc.GRPCStdioServicer):  # type: ignore[misc]
    """The plugin's output: none."""

    def StreamStdio(self, request: Any, context: Any) -> Any:
        return iter([])
