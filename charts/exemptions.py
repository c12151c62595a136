"""Checks of policy tools that objects do not pass on purpose, each with its reason.

docs/policies.md lists them (`python -m policies.table`), and `charts.exempting` writes them onto the objects.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.manifest import Manifest

from charts import topology

__all__ = ["CHECKOV", "EXEMPTIONS", "KUBE_LINTER", "KUBE_SCORE", "Exemption"]

KUBE_SCORE, CHECKOV, KUBE_LINTER = "kube-score", "checkov", "kube-linter"


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Checks of one meaning that objects do not pass, and why that is right.

    Args:
        checks: Tool to its names of the checks.
        concerns: Whether an object does not pass them.
        reason_en: Why that is right: one sentence or several, without `=`, at which checkov would end.
        reason_ko: The same in Korean.
    """

    checks: Mapping[str, tuple[str, ...]]
    concerns: Callable[[Manifest], bool]
    reason_en: str
    reason_ko: str


def _pod(manifest: Manifest) -> Mapping[str, Any]:
    """`PodSpec` of a workload; empty for other objects."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod: Mapping[str, Any] = spec.get("template", {}).get("spec", {})
    return pod if "containers" in pod else {}


def _containers(manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    pod = _pod(manifest)
    yield from pod.get("initContainers", ())
    yield from pod.get("containers", ())


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def _is_service(manifest: Manifest) -> bool:
    return bool(manifest["metadata"].get("labels", {}).get("service") == "api")


def _is_latest(manifest: Manifest) -> bool:
    return any(container["image"].endswith(":latest") for container in _containers(manifest))


def _lacks_digest(manifest: Manifest) -> bool:
    return any("@" not in container["image"] for container in _containers(manifest))


def _is_not_always_pulled(manifest: Manifest) -> bool:
    return any(container["imagePullPolicy"] != "Always" for container in _containers(manifest))


def _has_low_user(manifest: Manifest) -> bool:
    pod = _pod(manifest)
    return bool(pod) and bool(pod["securityContext"]["runAsUser"] < _LEAST_HIGH_USER)


def _reads_secrets(manifest: Manifest) -> bool:
    variables = (variable for container in _containers(manifest) for variable in container.get("env", ()))
    return any("secretKeyRef" in variable.get("valueFrom", {}) for variable in variables)


def _is_single(manifest: Manifest) -> bool:
    return bool(manifest["kind"] == "Deployment" and manifest["spec"].get("replicas") == 1)


_LEAST_HIGH_USER = 10_000
_BROKERS = {topology.KAFKA.host, topology.ZOOKEEPER.host}
_ALONE = {service.name for service in topology.SERVICES if service.most_replicas == 1}

_PULLED_ONCE_EN = (
    "With Always no pod, database or not, could start again while the registry is away, and an image that was loaded "
    "onto the nodes could never be used. A cluster that wants it has the setting imagePullPolicy."
)
_PULLED_ONCE_KO = (
    "Always라면 레지스트리가 응답하지 않는 동안 데이터베이스를 포함한 어떤 파드도 다시 시작하지 못하고, 노드에 직접 "
    "넣은 이미지는 쓸 수 없습니다. 필요한 클러스터에서는 설정 imagePullPolicy로 지정합니다."
)

EXEMPTIONS = (
    Exemption(
        checks={KUBE_SCORE: ("container-image-tag",), CHECKOV: ("CKV_K8S_14",), KUBE_LINTER: ("latest-tag",)},
        concerns=_is_latest,
        reason_en="The specification's example (rule 2) has the tag latest, so the default environment does. Any "
        "other one must name a version, unless its setting allowLatest says otherwise, and the setting digests pins "
        "an image.",
        reason_ko="명세의 예시(규칙 2)가 태그 latest를 쓰므로 기본 환경도 그렇습니다. 다른 환경은 설정 allowLatest가 "
        "없으면 버전을 지정해야 하며, 설정 digests로 이미지를 고정할 수 있습니다.",
    ),
    Exemption(
        checks={CHECKOV: ("CKV_K8S_43",)},
        concerns=_lacks_digest,
        reason_en="A digest belongs to a build and a registry, so it is for an environment to give: the setting "
        "digests pins each image of a service or of the infrastructure.",
        reason_ko="다이제스트는 빌드와 레지스트리에 따라 달라지므로 환경에서 지정합니다. 설정 digests가 서비스와 "
        "인프라의 이미지를 각각 고정합니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("container-image-pull-policy",)},
        concerns=_is_not_always_pulled,
        reason_en=_PULLED_ONCE_EN,
        reason_ko=_PULLED_ONCE_KO,
    ),
    Exemption(
        checks={CHECKOV: ("CKV_K8S_15",)},
        concerns=lambda manifest: _is_not_always_pulled(manifest) and _lacks_digest(manifest),
        reason_en=_PULLED_ONCE_EN,
        reason_ko=_PULLED_ONCE_KO,
    ),
    Exemption(
        checks={KUBE_SCORE: ("container-security-context-user-group-id",), CHECKOV: ("CKV_K8S_40",)},
        concerns=lambda manifest: _has_low_user(manifest) and _is_service(manifest),
        reason_en="1000 is the user of the services' base image (node), with which they are tested. No host path is "
        "mounted, no capability left and nothing writable, so the host's user of this number has nothing to fear.",
        reason_ko="이 사용자는 서비스의 기반 이미지에 있는 node(1000)이며, 서비스는 이 사용자로 시험했습니다. 호스트 "
        "경로를 마운트하지 않고 capability도 쓰기 가능한 곳도 없으므로, 호스트에 같은 번호의 사용자가 있어도 영향을 "
        "주지 못합니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("container-security-context-user-group-id",), CHECKOV: ("CKV_K8S_40",)},
        concerns=lambda manifest: _has_low_user(manifest) and not _is_service(manifest),
        reason_en="The vendor's image has this user (PostgreSQL 70, Redis 999, Confluent 1000): its own files and "
        "those on the claims belong to it. No host path is mounted and no capability left.",
        reason_ko="공급자의 이미지가 정한 사용자입니다(PostgreSQL 70, Redis 999, Confluent 1000). 이미지의 파일과 "
        "PVC의 파일이 이 사용자의 것입니다. 호스트 경로를 마운트하지 않고 capability도 없습니다.",
    ),
    Exemption(
        checks={CHECKOV: ("CKV_K8S_35",)},
        concerns=lambda manifest: _reads_secrets(manifest) and _is_service(manifest),
        reason_en="The services read their credentials from environment variables and from nowhere else: that is "
        "their contract. Each logs in as the role of its own database, never as the superuser.",
        reason_ko="서비스는 접속 정보를 환경 변수에서만 읽으며, 이것이 서비스의 규약입니다. 각 서비스는 자기 "
        "데이터베이스의 역할로 접속하고 슈퍼유저로는 접속하지 않습니다.",
    ),
    Exemption(
        checks={CHECKOV: ("CKV_K8S_35",)},
        concerns=lambda manifest: _reads_secrets(manifest) and not _is_service(manifest),
        reason_en="The specification's examples of PostgreSQL and of its Job (rules 3 and 9) give the credentials as "
        "variables, and PostgreSQL's image and clients read them there.",
        reason_ko="명세의 PostgreSQL 예시와 Job 예시(규칙 3과 9)가 접속 정보를 변수로 주고, PostgreSQL의 이미지와 "
        "클라이언트가 변수에서 읽습니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("deployment-replicas",)},
        concerns=lambda manifest: _is_single(manifest) and _name(manifest) in _BROKERS,
        reason_en="The system has one broker and one ZooKeeper server, each with its state on a claim of its own, "
        "which a second pod could not share.",
        reason_ko="이 시스템에는 브로커와 ZooKeeper 서버가 하나씩 있고 각각 상태를 자기 PVC에 둡니다. 두 번째 파드는 "
        "그 PVC를 함께 쓸 수 없습니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("deployment-replicas",)},
        concerns=lambda manifest: _is_single(manifest) and _name(manifest) in _ALONE,
        reason_en="It reads a topic of one partition in one fixed consumer group: of two pods, one would get no "
        "events.",
        reason_ko="파티션이 하나인 토픽을 고정된 컨슈머 그룹 하나로 읽으므로, 파드가 둘이면 하나는 이벤트를 받지 "
        "못합니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("deployment-strategy",)},
        concerns=lambda manifest: manifest["kind"] == "Deployment" and _name(manifest) in _BROKERS,
        reason_en="Recreate, since a rolling update would start a second pod on the claim of the first, which can be "
        "mounted by one node only, and two servers must never write to one folder.",
        reason_ko="롤링 업데이트는 첫 파드의 PVC 위에 두 번째 파드를 띄웁니다. 그 PVC는 노드 하나만 마운트할 수 있고 "
        "두 서버가 한 폴더에 쓰면 안 되므로 Recreate를 씁니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("statefulset-has-servicename",)},
        concerns=lambda manifest: manifest["kind"] == "StatefulSet",
        reason_en="Each of these sets has one pod, which is reached by an ordinary ClusterIP Service (rule 4 of the "
        "specification), whose address stays when the pod is replaced. A headless Service, which the check wants, "
        "would give names to single pods, for which nothing asks.",
        reason_ko="이 StatefulSet들은 파드가 하나씩이고 일반 ClusterIP Service(명세의 규칙 4)로 접속하며, 그 주소는 "
        "파드가 바뀌어도 그대로입니다. 검사가 바라는 헤드리스 Service는 파드마다 이름을 주지만, 그 이름을 찾는 것이 "
        "없습니다.",
    ),
    Exemption(
        checks={KUBE_SCORE: ("networkpolicy-targets-pod",)},
        concerns=lambda manifest: manifest["kind"] == "NetworkPolicy" and _name(manifest) == "allow-acme-challenges",
        reason_en="cert-manager makes the pods that answer a challenge when it asks for the certificate, and removes "
        "them afterwards. The label is theirs alone.",
        reason_ko="챌린지에 답하는 파드는 cert-manager가 인증서를 요청할 때 만들고 나중에 지웁니다. 이 레이블은 그 "
        "파드에만 있습니다.",
    ),
    Exemption(
        checks={KUBE_LINTER: ("job-ttl-seconds-after-finished",)},
        concerns=lambda manifest: manifest["kind"] == "Job" and "ttlSecondsAfterFinished" not in manifest["spec"],
        reason_en="Rule 9 of the specification keeps the finished Job: its state and its log say what was made, and "
        "deploy sees that it need not run again. The setting jobTtlSeconds has it removed.",
        reason_ko="명세의 규칙 9는 끝난 Job을 남깁니다. 상태와 로그로 무엇을 만들었는지 알 수 있고, deploy는 다시 "
        "실행할 필요가 없음을 압니다. 설정 jobTtlSeconds를 두면 삭제됩니다.",
    ),
)
"""All exemptions of the system, in the order of docs/policies.md."""
