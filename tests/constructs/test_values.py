"""Values refuse what Kubernetes would refuse, and say what would be right."""

from collections.abc import Callable
from decimal import Decimal

from cdk8s_backend import (
    ConfigKey,
    Endpoint,
    InvalidValueError,
    Probe,
    Resources,
    SecretKey,
    Storage,
    User,
    http_probe,
    tcp_probe,
)
from cdk8s_backend.values import parse_quantity

import pytest


@pytest.mark.parametrize(
    ("text", "amount"),
    [("100m", "0.1"), ("2", "2"), ("1.5", "1.5"), ("512Mi", str(512 * 1024**2)), ("1G", "1000000000"), ("1k", "1000")],
)
def test_quantities_are_read_as_kubernetes_does(text: str, amount: str) -> None:
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "1mi", "1 Gi", "-1", "1K", "ten", "1e3", "1Gi ", "１Gi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is no Kubernetes quantity; write a number and a unit"):
        parse_quantity(text)


def _resources(**changed: str) -> Resources:
    amounts = {"cpu_request": "100m", "memory_request": "256Mi", "cpu_limit": "500m", "memory_limit": "512Mi"}
    return Resources(**(amounts | changed))


@pytest.mark.parametrize(
    ("field", "value", "resource"),
    [
        ("cpu_request", "501m", "cpu"),
        ("memory_limit", "255Mi", "memory"),
        ("ephemeral_storage_limit", "63Mi", "ephemeral_storage"),
    ],
)
def test_a_request_above_its_limit_is_refused(field: str, value: str, resource: str) -> None:
    with pytest.raises(InvalidValueError, match=rf"{resource} request .* not above the {resource} limit"):
        _resources(**{field: value})


def test_a_request_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="cpu request 0 must be above zero"):
        _resources(cpu_request="0")


def test_resources_are_written_as_given() -> None:
    assert _resources(cpu_limit="0.5").manifest() == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "64Mi"},
        "limits": {"cpu": "0.5", "memory": "512Mi", "ephemeral-storage": "1Gi"},
    }


def test_the_disk_of_the_node_is_written_as_given() -> None:
    written = _resources(ephemeral_storage_request="1Gi", ephemeral_storage_limit="4Gi").manifest()
    assert [written[group]["ephemeral-storage"] for group in ("requests", "limits")] == ["1Gi", "4Gi"]


@pytest.mark.parametrize("host", ["Redis", "redis_value", "", "a" * 64, "a.b", "1a", "-a", "a-", "a\n"])
def test_an_endpoint_needs_the_name_of_a_service(host: str) -> None:
    with pytest.raises(InvalidValueError, match=r"is no name of a Service; use .* with a letter first"):
        Endpoint(host, 1)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_an_endpoint_needs_a_port(port: int) -> None:
    with pytest.raises(InvalidValueError, match=f"port {port} is out of range; use 1 to 65535"):
        Endpoint("redis", port)


def test_an_endpoint_writes_addresses_and_urls() -> None:
    endpoint = Endpoint("redis-value", 6379)
    assert str(endpoint) == "redis-value:6379"
    assert endpoint.url("redis", "/0") == "redis://redis-value:6379/0"


def test_root_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="user 0 is root"):
        User(uid=0, gid=1000)


@pytest.mark.parametrize(("uid", "gid", "message"), [(-1, 1, "user -1"), (1, -1, "group -1"), (2**31, 1, "user 2147")])
def test_a_user_needs_numbers_that_kubernetes_takes(uid: int, gid: int, message: str) -> None:
    with pytest.raises(InvalidValueError, match=f"{message}.* is out of range; use a number up to 2147483647"):
        User(uid=uid, gid=gid)


def test_a_disk_of_no_size_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="size 0Gi of claim data must be above zero"):
        Storage(claim="data", size="0Gi", storage_class="standard")


def test_a_disk_of_a_class_that_can_have_no_such_name_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="storage class 'Fast disks' is no DNS subdomain"):
        Storage(claim="data", size="1Gi", storage_class="Fast disks")


@pytest.mark.parametrize("make", [ConfigKey, SecretKey])
@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("Config", "a", "'Config' is no DNS subdomain"),
        ("a", ".", r"a: key '\.' is none of a ConfigMap or Secret"),
        ("a", "..b", "is none of a ConfigMap or Secret"),
    ],
)
def test_a_reference_needs_a_name_and_a_key(
    make: Callable[[str, str], object], name: str, key: str, message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        make(name, key)


@pytest.mark.parametrize("field", ["period_seconds", "timeout_seconds", "failure_threshold"])
def test_a_probe_needs_times_above_zero(field: str) -> None:
    with pytest.raises(InvalidValueError, match=f"{field} 0 of a probe must be at least 1"):
        http_probe("/health", 80, **{field: 0})


@pytest.mark.parametrize("make", [lambda port: http_probe("/health", port), tcp_probe])
def test_a_probe_needs_a_port(make: Callable[[int], Probe]) -> None:
    with pytest.raises(InvalidValueError, match="port 65536 is out of range; use 1 to 65535"):
        make(65536)
