"""Label selectors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cdk8s_backend.linker._assigned import AssignedLabels
from cdk8s_backend.linker._field import Field

__all__ = ["Selector", "labels_of"]


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector, read from a manifest.

    Attributes:
        equal: The labels that must have these values.
        expressions: `matchExpressions` as (key, operator, values).
    """

    equal: Mapping[str, str]
    expressions: tuple[tuple[str, str, frozenset[str]], ...] = ()

    @classmethod
    def of_map(cls, field: Field) -> "Selector":
        """Reads the plain map of a Service."""
        return cls(labels_of(field))

    @classmethod
    def of_label_selector(cls, field: Field) -> "Selector":
        """Reads a LabelSelector with `matchLabels` and `matchExpressions`."""
        return cls(
            labels_of(field["matchLabels"]),
            tuple(
                (
                    str(expression["key"].value),
                    str(expression["operator"].value),
                    frozenset(str(value.value) for value in expression["values"].each()),
                )
                for expression in field["matchExpressions"].each()
            ),
        )

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing."""
        return not self.equal and not self.expressions

    def matches(self, labels: Mapping[str, str], assigned: AssignedLabels | None = None) -> bool:
        """Whether pods with these labels are selected; an empty selector selects every pod.

        Args:
            labels: Labels that the pods have.
            assigned: Labels that a controller adds to them; one that may have a value of the selector is taken to
                have it.
        """
        wanted = [*self.expressions, *((key, "In", frozenset({value})) for key, value in self.equal.items())]
        return all(
            _may_hold(assigned[key], operator, values)
            if assigned and key in assigned
            else _holds(labels.get(key), operator, values)
            for key, operator, values in wanted
        )

    def __str__(self) -> str:
        parts = [f"{key}={value}" for key, value in self.equal.items()]
        parts += [
            f"{key} {operator} ({', '.join(sorted(values))})" if values else f"{key} {operator}"
            for key, operator, values in self.expressions
        ]
        return ",".join(parts) or "(every pod)"


def labels_of(field: Field) -> dict[str, str]:
    """Reads a map of labels; a value that is no text becomes text that no label has."""
    return {key: value.value if isinstance(value.value, str) else repr(value.value) for key, value in field.entries()}


def _holds(label: str | None, operator: str, values: frozenset[str]) -> bool:
    match operator:
        case "In":
            return label in values
        case "NotIn":
            return label not in values
        case "Exists":
            return label is not None
        case "DoesNotExist":
            return label is None
        case _:
            return False


def _may_hold(label: re.Pattern[str], operator: str, values: frozenset[str]) -> bool:
    return any(map(label.fullmatch, values)) if operator == "In" else operator in ("NotIn", "Exists")
