"""Assertions on synthesized charts, and on any folder of Kubernetes manifests.

    manifests = Manifests.of(chart)
    manifests.has("Deployment", "shop", like={"spec": {"replicas": 2}})
    manifests.count("Service", 3)

What is looked for is a part of the object: keys that are not named are not looked at, and each element of a list is
looked for in any order. A failure names the closest candidates and the fields where they differ.
"""

from cdk8s_backend.assertions.manifests import Manifests
from cdk8s_backend.assertions.matching import Capture, Match, Matcher

__all__ = ["Capture", "Manifests", "Match", "Matcher"]
