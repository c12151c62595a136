"""All objects of a system, indexed once, so that every rule looks things up instead of searching."""

import difflib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cdk8s_backend.linker._assigned import ASSIGNED_KEYS
from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._keys import Keys, provided_keys
from cdk8s_backend.linker._model import Resource, Workload, read_resources, read_workload
from cdk8s_backend.linker._problem import Problem
from cdk8s_backend.linker._selector import Selector
from cdk8s_backend.manifest import Manifest

__all__ = ["ELSEWHERE_ANNOTATION", "Index", "is_elsewhere"]

ELSEWHERE_ANNOTATION = "cdk8s-backend/provided-elsewhere"

_MAX_CANDIDATE_SEARCHES = 200


def is_elsewhere(source: Resource, target: str) -> bool:
    """Whether the annotation `cdk8s-backend/provided-elsewhere` of the source lists the target."""
    return target in source.annotation_list(ELSEWHERE_ANNOTATION)


@dataclass(slots=True)
class Index:
    """All objects by kind, name and label, and how problems with them are told.

    Attributes:
        resources: All objects, in the order given.
        workloads: Those that make pods.
        keys: The keys of each (kind, namespace, name), kind being ConfigMap or Secret.
        namespaces: The namespaces in which objects lie.
    """

    resources: list[Resource] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    keys: dict[tuple[str, str, str], Keys] = field(default_factory=dict)
    _named: dict[tuple[str, str], dict[str, Resource]] = field(default_factory=lambda: defaultdict(dict))
    _of_kind: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    _in_namespace: dict[str, list[Workload]] = field(default_factory=lambda: defaultdict(list))
    _labelled: dict[tuple[str, str, str], list[Workload]] = field(default_factory=lambda: defaultdict(list))
    namespaces: set[str] = field(default_factory=set)
    _candidate_searches: int = 0

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> "Index":
        """Reads the objects; what is no object is passed over."""
        index = cls()
        for manifest in manifests:
            for resource in read_resources(manifest):
                index._add(resource)
        return index

    def _add(self, resource: Resource) -> None:
        self.resources.append(resource)
        self.namespaces.add(resource.namespace)
        self._of_kind[resource.kind].append(resource)
        self._named[resource.kind, resource.namespace].setdefault(resource.name, resource)
        if (provided := provided_keys(resource)) is not None:
            kind, name, keys = provided
            self.keys.setdefault((kind, resource.namespace, name), keys)
        if (workload := read_workload(resource)) is not None:
            self.workloads.append(workload)
            self._in_namespace[workload.namespace].append(workload)
            for label, value in workload.labels.items():
                self._labelled[workload.namespace, label, value].append(workload)

    def of_kind(self, kind: str) -> list[Resource]:
        """The objects of a kind, in the order given."""
        return self._of_kind.get(kind, [])

    def find(self, kind: str, namespace: str, name: str | None) -> Resource | None:
        """The object of that name."""
        return self._named.get((kind, namespace), {}).get(name or "")

    def names(self, kind: str, namespace: str) -> Iterable[str]:
        """The names of a kind's objects in a namespace."""
        return self._named.get((kind, namespace), {}).keys()

    def workloads_in(self, namespace: str) -> list[Workload]:
        """The workloads of a namespace."""
        return self._in_namespace.get(namespace, [])

    def select(self, namespace: str, selector: Selector) -> list[Workload]:
        """The workloads whose pods the selector takes."""
        in_templates = [pair for pair in selector.equal.items() if pair[0] not in ASSIGNED_KEYS]
        if in_templates:
            found = min((self._labelled.get((namespace, *pair), []) for pair in in_templates), key=len)
        else:
            found = self.workloads_in(namespace)
        return [workload for workload in found if selector.matches(workload.labels, workload.assigned)]

    def closest(self, word: str, pool: Iterable[str]) -> str | None:
        """The entry of the pool that is most like the word, if one is like it at all.

        Searching takes long: in a system with hundreds of problems, only the first ones get a candidate.
        """
        self._candidate_searches += 1
        if self._candidate_searches > _MAX_CANDIDATE_SEARCHES:
            return None
        matches = difflib.get_close_matches(word[:253], sorted(set(pool)), n=1)
        return matches[0] if matches else None

    def closest_of(self, word: str, owners: Mapping[str, str]) -> tuple[str | None, str | None]:
        """The entry that is most like the word, and what it belongs to."""
        candidate = self.closest(word, owners)
        return (None, None) if candidate is None else (candidate, owners[candidate])

    def closest_labels(self, namespace: str, selector: Selector) -> tuple[str | None, str | None]:
        """The labels that come closest to a selector's, and the workload whose pods have them."""
        owners: dict[str, str] = {}
        for workload in self.workloads_in(namespace):
            labels = ",".join(f"{key}={workload.labels[key]}" for key in selector.equal if key in workload.labels)
            owners.setdefault(labels, workload.title)
        owners.pop("", None)
        return self.closest_of(str(selector), owners)

    def dangling(
        self, source: Resource, place: Field, kind: str, *, name: str | None = None, namespace: str | None = None
    ) -> Iterator[Problem]:
        """Tells that a field names an object which does not exist.

        Objects that the annotation `cdk8s-backend/provided-elsewhere` of the source lists are taken to exist.

        Args:
            source: The object that names the other one.
            place: The field that does.
            kind: Kind of the object that is named.
            name: Its name. Default: the field's value.
            namespace: Its namespace. Default: the source's.
        """
        name = name or str(place.value)
        where = source.namespace if namespace is None else namespace
        if is_elsewhere(source, f"{kind}/{name}"):
            return
        makers = {
            other: keys.maker
            for (other_kind, other_where, other), keys in self.keys.items()
            if (other_kind, other_where) == (kind, where)
        }
        candidate = self.closest(name, itertools.chain(self.names(kind, where), makers))
        yield Problem(
            source=source.title,
            field=place.path,
            target=f"{kind}/{name}",
            reason=f"does not exist in namespace {where}" if where else "does not exist",
            candidate=candidate,
            owner=makers.get(candidate or ""),
        )
