"""Everything one version holds, ready to score: the models and the words of the reasons."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engage_ml import anomaly, peers, segments, survival
from engage_ml.anomaly import Forest
from engage_ml.churn import ChurnModel
from engage_ml.errors import ModelRefusedError
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import Feature, read_features
from engage_ml.peers import Peers
from engage_ml.reason_text import TypicalRanges
from engage_ml.regression import EngagementModel, RevenueModel, load_engagement, load_revenue
from engage_ml.segments import Segments, load_segments
from engage_ml.survival import SurvivalModel, load_survival

FEATURES_FILE = "features.json"


@dataclass(frozen=True)
class ModelSet:
    """The models of a version and how their input is encoded."""

    matrix: FeatureMatrix
    churn: ChurnModel
    engagement: EngagementModel
    revenue: RevenueModel
    forest: Forest
    segments: Segments
    ranges: TypicalRanges
    peers: Peers
    survival: SurvivalModel


def features_json(features: tuple[Feature, ...], ranges: TypicalRanges) -> bytes:
    """The feature list and the typical ranges, for the model file."""
    content = {"features": [feature.as_json() for feature in features], "typical_ranges": ranges.as_json()}
    return json.dumps(content, indent=1, sort_keys=True).encode()


def load_model_set(files: Mapping[str, bytes], version: str) -> ModelSet:
    """From the files of a version. Raises ModelRefusedError when one is missing or cannot be read."""
    try:
        content = json.loads(files[FEATURES_FILE])
        return ModelSet(
            matrix=FeatureMatrix(read_features(content["features"])),
            churn=ChurnModel.from_files(files),
            engagement=load_engagement(files),
            revenue=load_revenue(files),
            forest=anomaly.load_forest(files),
            segments=load_segments(files[segments.FILE]),
            ranges=TypicalRanges.from_json(content["typical_ranges"]),
            peers=Peers.from_bytes(files[peers.FILE]),
            survival=load_survival(files[survival.FILE], files.get(survival.BOOSTER_FILE)),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ModelRefusedError(
            f"model version {version} is incomplete or damaged: {error!r}. Train it again."
        ) from error


def check_features(matrix: FeatureMatrix, wanted: tuple[Feature, ...], version: str) -> None:
    """Refuses to score with a feature list whose names, types or categories differ from the model's.

    Labels may differ: the model's own are used, so that reasons read as they were reviewed.
    """
    trained = {feature.name: (feature.type, feature.categories) for feature in matrix.features}
    asked = {feature.name: (feature.type, feature.categories) for feature in wanted}
    differing = sorted(name for name in trained if asked.get(name) != trained[name])
    if differing:
        raise ModelRefusedError(
            f"model version {version} was trained on other features: {', '.join(differing[:8])} "
            "are missing now or have another type. Train a new version before scoring."
        )
