"""Every object is one that every supported Kubernetes knows, down to the names of its fields."""

import json
from copy import deepcopy

import pytest

from e2e.manifests.rendering import Manifest
from e2e.manifests.schemas import OTHERS, complaints, is_of_others, versions
from e2e.manifests.selection import of_kind, one


@pytest.fixture(scope="session")
def objects(rendered: dict[str, list[Manifest]]) -> list[Manifest]:
    """Each object that is rendered anywhere, once."""
    found = {json.dumps(each, sort_keys=True): each for some in rendered.values() for each in some}
    return list(found.values())


def test_the_versions_are_all_of_those_from_1_29_on() -> None:
    minors = [int(version.removeprefix("1.")) for version in versions()]
    assert list(range(29, minors[-1] + 1)) == minors
    assert minors[-1] >= 37


@pytest.mark.parametrize("version", versions())
def test_every_object_fits_the_schemas(version: str, objects: list[Manifest]) -> None:
    ours = [each for each in objects if not is_of_others(each)]
    assert len(ours) > 10
    found = [complaints(each, version) for each in ours]
    assert [None] * len(ours) == found


def test_the_kinds_without_a_schema_are_those_that_are_named(objects: list[Manifest]) -> None:
    """Nothing goes unchecked by mistake, and the list holds nothing that is not used."""
    named = {(group, kind) for group, kinds in OTHERS.items() for kind in kinds}
    assert named == {(each["apiVersion"], each["kind"]) for each in objects if is_of_others(each)}


def test_a_field_that_is_misspelt_is_found(rendered: dict[str, list[Manifest]]) -> None:
    broken = deepcopy(one(rendered["dev"], "Deployment", "marketplace"))
    spec = broken["spec"]["template"]["spec"]
    spec["terminationGracePeriod"] = spec.pop("terminationGracePeriodSeconds")
    for version in versions():
        assert "terminationGracePeriod" in str(complaints(broken, version))


def test_an_api_that_was_removed_is_found(rendered: dict[str, list[Manifest]]) -> None:
    old = deepcopy(of_kind(rendered["prod"], "HorizontalPodAutoscaler")[0])
    old["apiVersion"] = "autoscaling/v2beta2"
    for version in versions():
        assert "Couldn't find schema" in str(complaints(old, version))
