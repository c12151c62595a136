"""What a construct writes arrives in the chart as it is, or is refused."""

import math
from itertools import count
from typing import Any

from cdk8s_backend import ManifestError
from cdk8s_backend.manifest import add_object

import cdk8s
import pytest
from cdk8s import Chart
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = 2**53
KEYS = st.text().filter(lambda key: key != "__proto__" and not key.startswith("$jsii."))
NUMBERS = st.integers(-EXACT, EXACT) | st.floats(-EXACT, EXACT, allow_nan=False)
VALUES = st.recursive(
    st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
APP = cdk8s.Testing.app()
NUMBER = count()


def _arrived(**fields: Any) -> Any:
    chart = Chart(APP, f"chart-{next(NUMBER)}")
    add_object(chart, "object", {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "one"}} | fields)
    return chart.to_json()[0]


@settings(max_examples=100, deadline=None)
@given(spec=VALUES, data=VALUES)
def test_every_value_arrives_as_it_is(spec: Any, data: Any) -> None:
    assert _arrived(spec=spec, data=data) == {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "one"},
        "spec": spec,
        "data": data,
    }


def test_numbers_and_booleans_stay_apart() -> None:
    arrived = _arrived(spec=[True, 1, False, 0])["spec"]
    assert [type(value) for value in arrived] == [bool, int, bool, int]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"spec": None}, r"Thing one: spec: None would be lost; leave the field out"),
        ({"spec": {"a": [{"b": None}]}}, r"Thing one: spec\.a\[0\]\.b: None would be lost"),
        ({"data": {"redis.url": None}}, r'Thing one: data\["redis\.url"\]: None would be lost'),
        (
            {"spec": {"n": EXACT + 1}},
            r"Thing one: spec\.n: 9007199254740993 would not stay the same number; use one up to",
        ),
        ({"spec": {"n": -EXACT - 1}}, r"spec\.n: -9007199254740993 would not stay"),
        ({"spec": {"n": 1e16}}, r"spec\.n: 1e\+16 would not stay"),
        ({"spec": {"n": math.inf}}, r"spec\.n: inf would not stay"),
        ({"spec": {"n": math.nan}}, r"spec\.n: nan would not stay"),
        ({"spec": {"t": (1, 2)}}, r"spec\.t: \(1, 2\) is a tuple; use a dict, list, text, number or bool"),
        ({"spec": {"t": b"x"}}, r"spec\.t: b'x' is a bytes; use a dict"),
        ({"spec": {1: "a"}}, r"Thing one: spec: key 1 must be text"),
        ({"spec": {"__proto__": {}}}, r"Thing one: spec: key '__proto__' must be text, and neither"),
        ({"spec": {"$jsii.byref": "x"}}, r"Thing one: spec: key '\$jsii\.byref' must be"),
        ({"metadata": {"name": "one", "labels": {"a": None}}}, r"Thing one: metadata\.labels\.a: None would be lost"),
    ],
)
def test_what_would_not_arrive_is_refused_with_its_place(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        _arrived(**fields)
