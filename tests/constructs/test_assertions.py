"""What `cdk8s_backend.assertions` finds, and what its failures say."""

from pathlib import Path
from textwrap import dedent
from typing import Any

from cdk8s_backend.assertions import Capture, Manifests, Match
from cdk8s_backend.errors import InvalidValueError, ManifestError
from cdk8s_backend.manifest import Manifest, add_object

import pytest
from cdk8s import App, Chart
from hypothesis import given
from hypothesis import strategies as st


def deployment(name: str = "shop", **spec: Any) -> Manifest:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str = "shop") -> Manifest:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "town"}}


def holds(value: Any, pattern: Any) -> bool:
    return bool(Manifests([deployment(value=value)]).find("Deployment", like={"spec": {"value": pattern}}))


def failure(manifests: Manifests, kind: str, name: str | None = None, like: Any = None) -> str:
    with pytest.raises(AssertionError) as caught:
        manifests.has(kind, name, like)
    return str(caught.value)


CONTAINERS = [
    {"name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
    {"name": "log", "image": "log:1"},
]
SHOP = deployment(replicas=2, template={"spec": {"containers": CONTAINERS}})


# Where manifests come from


def test_a_chart_gives_its_objects_and_those_of_the_charts_inside_it() -> None:
    outer = Chart(App(), "outer")
    add_object(outer, "one", service("one"))
    add_object(Chart(outer, "inner"), "two", service("two"))
    manifests = Manifests.of(outer)
    assert len(manifests) == 2
    manifests.has("Service", "two")


def test_an_app_gives_the_objects_of_all_its_charts_as_plain_data() -> None:
    app = App()
    add_object(Chart(app, "first"), "shop", deployment(replicas=2, paused=False))
    add_object(Chart(app, "second"), "shop", service())
    assert [each["kind"] for each in Manifests.of(app)] == ["Deployment", "Service"]
    Manifests.of(app).has("Deployment", "shop", like={"spec": Match.exact({"replicas": 2, "paused": False})})


def test_a_folder_gives_every_document_below_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.yaml").write_text("apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\n")
    (tmp_path / "one.yaml").write_text("apiVersion: v1\nkind: C\n")
    (tmp_path / "notes.txt").write_text("no manifest")
    assert sorted(each["kind"] for each in Manifests.from_directory(tmp_path)) == ["A", "B", "C"]


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("kind: [")
    with pytest.raises(ManifestError, match=r"broken\.yaml"):
        Manifests.from_directory(str(tmp_path))


@pytest.mark.parametrize("folder", [".", "missing"])
def test_a_folder_without_manifests_is_an_error_and_no_empty_set(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ManifestError, match="folder"):
        Manifests.from_directory(tmp_path / folder)


# Asking


def test_an_object_is_found_by_a_part_of_it_and_returned_whole() -> None:
    like = {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}]}}}}
    assert Manifests([service(), SHOP]).has("Deployment", "shop", like) is SHOP


def test_has_returns_the_first_and_find_returns_all_that_match() -> None:
    first, second, third = deployment("a", replicas=2), deployment("b", replicas=1), deployment("c", replicas=2)
    manifests = Manifests([first, second, third])
    assert manifests.has("Deployment", like={"spec": {"replicas": 2}}) is first
    assert manifests.find("Deployment", like={"spec": {"replicas": 2}}) == [first, third]
    assert manifests.find("Deployment", "d") == []


def test_get_returns_the_one_object_of_a_name() -> None:
    assert Manifests([service(), SHOP]).get("Service", "shop") == service()


def test_get_does_not_choose_between_two_objects_of_one_name() -> None:
    with pytest.raises(AssertionError, match="2 objects instead of one: Service town/shop, Service town/shop"):
        Manifests([service(), service()]).get("Service", "shop")


def test_count_returns_the_number_and_lists_the_objects_when_it_is_another() -> None:
    manifests = Manifests([service("a"), service("b"), SHOP])
    assert manifests.count("Service") == manifests.count("Service", 2) == 2
    assert manifests.count("Secret", 0) == 0
    with pytest.raises(AssertionError, match="2 objects of kind Service instead of 3: Service town/a, Service town/b"):
        manifests.count("Service", 3)


def test_lacks_is_content_unless_the_object_is_there() -> None:
    manifests = Manifests([SHOP])
    manifests.lacks("Service")
    manifests.lacks("Deployment", "bank")
    manifests.lacks("Deployment", "shop", like={"spec": {"replicas": 3}})
    with pytest.raises(AssertionError, match="this should not be there: Deployment shop"):
        manifests.lacks("Deployment", like={"spec": {"replicas": 2}})


# What a part is


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1, 2, 3], [3, 1]),
        ([{"port": 1}, {"port": 2, "name": "b"}], [{"port": 2}, {"port": 1}]),
        # One element would fit both; the other one fits only the first.
        ([{"a": 1, "b": 2}, {"a": 1}], [{"a": 1}, {"b": 2}]),
        ([], []),
        (None, None),
        (1, 1.0),
    ],
)
def test_a_part_is_found(value: Any, pattern: Any) -> None:
    assert holds(value, pattern)


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": None}, {"a": Match.absent()}),
        ([1], [1, 1]),
        ([{"name": "a", "v": 1}, {"name": "b", "v": 2}], [{"name": "a", "v": 2}]),
        ("1", 1),
        (True, 1),
        (0, False),
        ([], {}),
        ("abc", ["a"]),
    ],
)
def test_what_is_no_part_is_not_found(value: Any, pattern: Any) -> None:
    assert not holds(value, pattern)


def test_asking_for_an_absent_key_is_content_with_an_absent_parent() -> None:
    manifests = Manifests([SHOP])
    manifests.has("Deployment", like={"metadata": {"annotations": {"owner": Match.absent()}}})
    manifests.lacks("Deployment", like={"metadata": {"annotations": {"owner": Match.absent(), "team": "a"}}})


# Conditions


@pytest.mark.parametrize(
    ("pattern", "fitting", "failing"),
    [
        (Match.any(), None, ...),
        (Match.absent(), ..., None),
        (Match.exact({"a": [1, 2]}), {"a": [1, 2]}, {"a": [2, 1]}),
        (Match.exact({"a": 1}), {"a": 1}, {"a": 1, "b": 2}),
        (Match.exact([1]), [1], [1, 2]),
        (Match.exact({"a": Match.array_with([2])}), {"a": [1, 2]}, {"a": [1]}),
        (Match.regex("^a.c$"), "abc", "abcd"),
        (Match.regex("1"), "1", 1),
        (Match.not_(1), 2, 1),
        (Match.not_(1), ..., 1),
        (Match.not_(Match.any()), ..., 1),
        (Match.each({"a": Match.any()}), [{"a": 1}, {"a": 2}], [{"a": 1}, {}]),
        (Match.each(1), [1], []),
        (Match.array_with([2, 1]), [1, 2, 3], [1, 3]),
        (Match.serialized_json({"a": 1}), '{"a": 1, "b": 2}', '{"a": 2}'),
        (Match.serialized_json({"a": 1}), '{"a": 1}', "{"),
        (Match.serialized_yaml({"a": [2]}), "a: [1, 2]", "a: ["),
        (Match.serialized_yaml("x"), "x", ["x"]),
    ],
)
def test_a_condition_holds_for_one_value_and_fails_for_another(pattern: Any, fitting: Any, failing: Any) -> None:
    def matches(value: Any) -> bool:
        manifests = Manifests([deployment(**({} if value is ... else {"value": value}))])
        return bool(manifests.find("Deployment", like={"spec": {"value": pattern}}))

    assert matches(fitting)
    assert not matches(failing)


def test_a_pattern_that_is_no_regular_expression_is_an_error_of_the_test() -> None:
    with pytest.raises(InvalidValueError, match="'\\(' is no regular expression"):
        Match.regex("(")


def test_a_capture_keeps_the_value_of_the_object_that_matches_and_of_no_other() -> None:
    replicas = Capture()
    other, shop = deployment("other", replicas=5), deployment("shop", replicas=2, paused=True)
    Manifests([other, shop]).has("Deployment", like={"spec": {"replicas": replicas, "paused": True}})
    assert replicas.value == 2


def test_a_capture_keeps_one_value_of_each_object_that_matches() -> None:
    names = Capture(Match.regex("^s"))
    Manifests([deployment("shop"), deployment("bank"), deployment("spa")]).has(
        "Deployment", like={"metadata": {"name": names}}
    )
    assert names.values == ["shop", "spa"]
    with pytest.raises(AssertionError, match=r'2 values were kept instead of one: \["shop", "spa"\]'):
        _ = names.value


def test_a_capture_in_a_list_keeps_the_element_that_was_chosen() -> None:
    image = Capture()
    like = {"spec": {"template": {"spec": {"containers": [{"name": "log", "image": image}]}}}}
    Manifests([SHOP]).has("Deployment", like=like)
    assert image.value == "log:1"


def test_a_capture_keeps_nothing_when_the_key_is_missing_or_the_object_is_unwanted() -> None:
    kept = Capture()
    manifests = Manifests([SHOP])
    assert not manifests.find("Deployment", like={"spec": {"paused": kept}})
    with pytest.raises(AssertionError):
        manifests.lacks("Deployment", like={"spec": {"replicas": kept}})
    assert kept.values == []


# Failures


def test_a_failure_shows_the_closest_objects_first_and_the_fields_that_differ() -> None:
    far = deployment("far", replicas=1, paused=True)
    near = deployment("near", replicas=3, template={"spec": {"containers": CONTAINERS}})
    containers = [{"name": "web", "env": [{"name": "A", "value": "9"}]}]
    like = {"spec": {"replicas": 3, "template": {"spec": {"containers": containers}}}}
    assert failure(Manifests([far, near]), "Deployment", like=like) == dedent(
        """\
        no Deployment is like that; closest:
          Deployment near: 1 difference
            spec.template.spec.containers[web].env[A].value
              expected  "9"
              actual    "1"
          Deployment far: 2 differences
            spec.replicas
              expected  3
              actual    1
            spec.template
              expected  {spec: {containers: [{name: "web", env: [{name: "A", value: "9"}]}]}}
              actual    (absent)"""
    )


def test_a_failure_names_the_elements_that_a_list_has() -> None:
    like = {"spec": {"template": {"spec": {"containers": [{"name": "wep"}]}}}}
    assert failure(Manifests([SHOP]), "Deployment", "shop", like) == dedent(
        """\
        no Deployment shop is like that; closest:
          Deployment shop: 1 difference
            spec.template.spec.containers[wep]
              expected  {name: "wep"}
              actual    (absent); there: web, log"""
    )


def test_a_failure_shows_the_closest_element_of_a_list_without_names() -> None:
    manifests = Manifests([deployment(ports=[{"port": 80, "to": 1}, {"port": 443, "to": 2}], args=["a", "b"])])
    like = {"spec": {"ports": [{"port": 443, "to": 3}], "args": ["c"]}}
    assert failure(manifests, "Deployment", like=like) == dedent(
        """\
        no Deployment is like that; closest:
          Deployment shop: 2 differences
            spec.ports[1].to
              expected  3
              actual    2
            spec.args
              expected  an element "c"
              actual    ["a", "b"]"""
    )


def test_a_failure_tells_elements_apart_by_host_and_path() -> None:
    paths = [{"path": "/a", "to": "one"}, {"path": "/b", "to": "two"}]
    manifests = Manifests([deployment(rules=[{"host": "x.example", "paths": paths}])])
    twice = [{"path": "/a", "to": "one"}, {"path": "/a", "to": "three"}]
    assert failure(
        manifests, "Deployment", like={"spec": {"rules": [{"host": "x.example", "paths": twice}]}}
    ) == dedent(
        """\
        no Deployment is like that; closest:
          Deployment shop: 1 difference
            spec.rules[x.example].paths[/a].to
              expected  "three"
              actual    "one\""""
    )


def test_a_failure_says_that_an_element_is_there_only_once() -> None:
    like = {"spec": {"ports": [{"name": "http"}, {"name": "http"}]}}
    assert failure(Manifests([deployment(ports=[{"name": "http"}])]), "Deployment", like=like).endswith(
        dedent(
            """\
            spec.ports
                  expected  an element {name: "http"}
                  actual    [{name: "http"}]"""
        )
    )


def test_a_failure_quotes_keys_with_dots_and_shows_conditions_in_words() -> None:
    config = {"kind": "ConfigMap", "metadata": {"name": "app"}, "data": {"a.b": "x", "c": '{"d": 1}', "e": "y"}}
    like = {"data": {"a.b": Match.regex("^z"), "c": Match.serialized_json({"d": Match.not_(1)}), "e": Match.absent()}}
    assert failure(Manifests([config]), "ConfigMap", "app", like) == dedent(
        """\
        no ConfigMap app is like that; closest:
          ConfigMap app: 3 differences
            data["a.b"]
              expected  a text with /^z/
              actual    "x"
            data.c(JSON).d
              expected  not 1
              actual    1
            data.e
              expected  (absent)
              actual    "y\""""
    )


def test_a_failure_shows_where_two_long_texts_part() -> None:
    text = "x" * 1000
    message = failure(
        Manifests([deployment(script=text + "is")]), "Deployment", like={"spec": {"script": text + "was"}}
    )
    assert f'expected  …"{"x" * 30}was"' in message
    assert f'actual    …"{"x" * 30}is"' in message


def test_a_wrong_name_brings_the_closest_name_and_all_that_exist() -> None:
    manifests = Manifests([deployment("count-read"), deployment("count-write"), service("count-wirte")])
    assert failure(manifests, "Deployment", "count-wirte") == (
        "no Deployment is named count-wirte; did you mean count-write? (a Service has this name); "
        "objects of kind Deployment: count-read, count-write"
    )


def test_a_wrong_kind_brings_the_closest_kind_and_all_that_exist() -> None:
    assert failure(Manifests([SHOP, service()]), "Deploymnet", "shop") == (
        "no object is of kind Deploymnet; did you mean Deployment? (a Deployment, Service has this name); "
        "kinds: Deployment, Service"
    )
    assert failure(Manifests([]), "Deployment") == "no object is of kind Deployment; kinds: none"


# For any data

keys = st.text(max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
named = st.fixed_dictionaries({"name": st.sampled_from(["a", "b", "c"])}, optional={"value": data})
values = data | st.lists(named, max_size=4)


@st.composite
def values_with_a_part(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(values)
    return value, draw(parts(value))


def parts(value: Any) -> st.SearchStrategy[Any]:
    @st.composite
    def part(draw: st.DrawFn) -> Any:
        if isinstance(value, dict):
            return {key: draw(parts(item)) for key, item in value.items() if key == "name" or draw(st.booleans())}
        if isinstance(value, list):
            return draw(st.permutations([draw(parts(item)) for item in value if draw(st.booleans())]))
        return value

    return part()


@given(values)
def test_every_object_contains_itself(value: Any) -> None:
    assert holds(value, value)
    assert holds(value, Match.exact(value))


@given(values_with_a_part())
def test_every_object_contains_each_selection_of_it_in_any_order(value_and_part: tuple[Any, Any]) -> None:
    value, part = value_and_part
    assert holds(value, part)


@given(values, values)
def test_exact_is_equality(value: Any, other: Any) -> None:
    assert holds(value, Match.exact(other)) == (repr(value) == repr(other) or (_typed(value) == _typed(other)))


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (isinstance(value, bool), value)


@given(values, values)
def test_no_condition_raises_whatever_it_meets(value: Any, pattern: Any) -> None:
    conditions = (
        Match.exact(pattern),
        Match.regex("a"),
        Match.not_(pattern),
        Match.each(pattern),
        Match.array_with([pattern]),
        Match.serialized_json(pattern),
        Match.serialized_yaml(pattern),
        Capture(pattern),
        pattern,
    )
    manifests = Manifests([deployment(value=value)])
    for condition in conditions:
        found = bool(manifests.find("Deployment", like={"spec": {"value": condition}}))
        inverse = bool(manifests.find("Deployment", like={"spec": {"value": Match.not_(condition)}}))
        assert found is not inverse
        if not found:
            assert "spec.value" in failure(manifests, "Deployment", like={"spec": {"value": condition}})
