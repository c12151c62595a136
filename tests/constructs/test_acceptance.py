"""What the constructs let pass, however odd, a real API server takes."""

import json

from cdk8s_backend import (
    ApiService,
    ConfigKey,
    Configuration,
    Connection,
    ConnectionPolicies,
    Endpoint,
    HorizontalPodAutoscaler,
    HttpIngress,
    PersistentClaims,
    Resources,
    RestrictedNamespace,
    Route,
    SecretTemplate,
    StatefulDatabase,
    Storage,
    User,
)
from cdk8s_backend.directories import ConfigFiles, Data, Scratch
from cdk8s_backend.pods import InitProgram, Program

import cdk8s
from cdk8s import Chart

from tests.support.api_server import ApiServer

SMALL = Resources(cpu_request="0.01", memory_request="16Mi", cpu_limit=".5", memory_limit="1G")
ODD_ENV = {"_": "1", "-a": "2", ".a": "3", "a.b-C_9": "4"}


def _odd_program() -> Program:
    return Program(
        image="registry.example.com:5000/a/b@sha256:" + "0" * 64,
        user=User(uid=2**31 - 1, gid=0),
        ports={"a": 1, "1-a": 65535, "a-23456789-1234": 80},
        env=ODD_ENV,
        directories=[
            Scratch(path="/a/b"),
            Scratch(path="/a-b", in_memory=True, size_limit="0.5Gi"),
            Scratch(path="/" + "d" * 70 + "/.Ä_é"),
            Scratch(path="/" + "d" * 80),
            Scratch(path="/디렉터리"),
            Scratch(path="/0"),
            ConfigFiles(path="/etc/one", files={"a/b.conf": ConfigKey("1.a-b", "_")}),
            ConfigFiles(path="/etc/other", files={".c": ConfigKey("1.a-b", ".a")}),
            Data(path="/data", sub_path="x/..y"),
        ],
        prepare=[InitProgram(name="0", command=["true"], env=ODD_ENV)],
        grace_period_seconds=1,
    )


def test_an_api_server_takes_the_oddest_values_that_the_constructs_take(api_server: ApiServer) -> None:
    chart = Chart(cdk8s.Testing.app(), "odd", namespace="default", disable_resource_name_hashes=True)
    longest = "a" + "0" * 62
    disk = Storage(claim="0", size="0.5Gi", storage_class="1.fast")
    Configuration(chart, "config", name="1.a-b", data={"_": "", "-": "x", ".a": "y", "k" * 253: "z"})
    SecretTemplate(chart, "secret", name="0", variables={"a": "_A1"})
    RestrictedNamespace(chart, "namespace", name="0-a")
    PersistentClaims(chart, "claims", app="0", storage=disk, ordinals=1)
    StatefulDatabase(chart, "database", name="a-1", engine=_odd_program(), resources=SMALL, storage=disk)
    service = ApiService(
        chart,
        "service",
        name=longest,
        image="a",
        port=1,
        resources=SMALL,
        replicas=0,
        env_from=["1.a-b", "0" * 253],
    )
    most = 2**31 - 1
    ApiService(
        chart,
        "autoscaled",
        name="a",
        image="a",
        port=65535,
        resources=SMALL,
        horizontal_pod_autoscaler=HorizontalPodAutoscaler(
            min_replicas=most, max_replicas=most, target_cpu_utilization=most
        ),
    )
    ConnectionPolicies(
        chart, "policies", connections=[Connection("0" * 63, service.endpoint)], entrances={"0-a": [service.endpoint]}
    )
    HttpIngress(
        chart,
        "ingress",
        name="1.a",
        hosts={
            "*.a": [Route("/", service.endpoint), Route("/.a/b..", Endpoint("b", 1))],
            "1a.b-c": [Route("/%20", Endpoint("b", 1))],
        },
        ingress_class="0.a",
    )
    items = {"apiVersion": "v1", "kind": "List", "items": chart.to_json()}
    done = api_server.kubectl(
        "apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-", input=json.dumps(items)
    )
    assert len(done.stdout.splitlines()) == len(items["items"])
