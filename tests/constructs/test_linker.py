"""What the linker promises: a correct system has no problem, and every break is told with both of its ends."""

import copy
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from cdk8s_backend.linker import Problem, check

import pytest
import yaml

Manifest = dict[str, Any]

SYSTEM = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  database.url: postgresql://db:5432/orders
  cache.host: cache
  cache.port: "6379"
  api.port: "8080"
  brokers: "PLAINTEXT://cache:6379,INTERNAL://127.0.0.1:29092"
  api.listen: "http://0.0.0.0:8080"
  public.url: https://shop.example.org/api
  greeting: "hello: world, 12:30"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cache-files, namespace: shop}
data:
  cache.conf: |
    port 6379
    replicaof db 5432
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
stringData: {username: "${USERNAME}"}
data: {password: c2VjcmV0}
---
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: shop}
data: {.dockerconfigjson: e30=}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data-db-0, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: standard, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: cache-data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: standard, resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        ports: [{containerPort: 5432, name: postgresql}]
        env:
        - {name: USER, valueFrom: {secretKeyRef: {name: login, key: username}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}
        readinessProbe: {tcpSocket: {port: postgresql}}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: standard, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  selector: {app: db}
  ports: [{name: postgresql, port: 5432, targetPort: postgresql}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache, namespace: shop}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers:
      - name: cache
        command: [redis-server, /etc/cache/cache.conf]
        ports: [{containerPort: 6379}]
        volumeMounts: [{name: files, mountPath: /etc/cache}, {name: data, mountPath: /data}]
      volumes:
      - {name: files, configMap: {name: cache-files, items: [{key: cache.conf, path: cache.conf}]}}
      - {name: data, persistentVolumeClaim: {claimName: cache-data}}
---
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: shop}
spec:
  selector: {app: cache}
  ports: [{port: 6379, targetPort: 6379}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata:
      labels: {app: api}
      annotations: {kubectl.kubernetes.io/default-container: api}
    spec:
      serviceAccountName: api
      imagePullSecrets: [{name: registry}]
      topologySpreadConstraints:
      - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}
      initContainers:
      - {name: wait, args: ["db:5432", "cache.shop.svc:6379", "--broker=cache:6379"]}
      containers:
      - name: api
        args: ["--token=$(TOKEN)", "--price=$$(PRICE)", "run $(date)"]
        ports: [{containerPort: 8080, name: http}]
        envFrom: [{secretRef: {name: login}, prefix: LOGIN_}]
        env:
        - {name: TOKEN, value: "$(LOGIN_password)"}
        - {name: DATABASE_URL, valueFrom: {configMapKeyRef: {name: settings, key: database.url}}}
        - {name: PORT, valueFrom: {configMapKeyRef: {name: settings, key: api.port}}}
        - {name: LISTEN, valueFrom: {configMapKeyRef: {name: settings, key: api.listen}}}
        - {name: EXTRA, valueFrom: {configMapKeyRef: {name: absent, key: absent, optional: true}}}
        - {name: CACHE_URL, value: redis://cache}
        - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
        - {name: LIMIT, valueFrom: {resourceFieldRef: {containerName: api, resource: limits.memory}}}
        livenessProbe: {httpGet: {path: /, port: 8080}}
        lifecycle: {preStop: {httpGet: {path: /stop, port: http}}}
        volumeMounts: [{name: credentials, mountPath: /secrets, readOnly: true}]
      volumes:
      - name: credentials
        projected:
          sources:
          - {secret: {name: login, items: [{key: username, path: user}]}}
          - {configMap: {name: settings, items: [{key: greeting, path: greeting}]}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports: [{name: web, port: 80, targetPort: http}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {labels: {job: report}}
        spec:
          containers:
          - name: report
            env: [{name: USER, valueFrom: {secretKeyRef: {name: login, key: username}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {cert-manager.io/issuer: letsencrypt}}
spec:
  defaultBackend: {service: {name: api, port: {name: web}}}
  tls: [{hosts: [shop.example.org], secretName: made-by-the-issuer}]
  rules:
  - host: shop.example.org
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: shop}
spec:
  listeners:
  - {name: http, port: 80, hostname: "*.example.org", tls: {certificateRefs: [{name: registry}]}}
  - {name: other, port: 81, hostname: other.example.org}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: gate, sectionName: http}]
  hostnames: [shop.example.org]
  rules:
  - {matches: [{method: GET}], backendRefs: [{name: api, port: 80}]}
  - {matches: [{method: PUT}], backendRefs: [{name: api, port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 8080}]}]
  egress:
  - {to: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [db]}]}}], ports: [{port: 5432}]}
  - {ports: [{port: 53, protocol: UDP}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: shop}
spec: {selector: {matchLabels: {app: api}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
"""
OBJECTS: list[Manifest] = list(yaml.safe_load_all(SYSTEM))


def broken(place: str, value: object) -> list[Problem]:
    """The problems of the system with one value changed.

    The place is `Kind/name:path`, where `pod`, `cron` and `main` stand for the pod's spec, that of a CronJob, and the
    first container.
    """
    manifests = copy.deepcopy(OBJECTS)
    title, _, path = place.partition(":")
    path = re.sub(r"^main\b", "pod.containers[0]", path)
    path = re.sub(r"^cron\b", "spec.jobTemplate.pod", path)
    path = re.sub(r"\bpod\b", "spec.template.spec", path, count=1)
    *parents, last = (
        int(number) if number else quoted or plain
        for quoted, number, plain in re.findall(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)', path)
    )
    target: Any = next(each for each in manifests if f"{each['kind']}/{each['metadata']['name']}" == title)
    for key in parents:
        target = target[key]
    target[last] = value
    assert manifests != OBJECTS
    return check(manifests)


def find(kind: str, name: str, manifests: list[Manifest]) -> Manifest:
    return next(each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name))


def lines(manifests: list[Manifest]) -> list[str]:
    return [str(problem) for problem in check(manifests)]


def test_a_correct_system_has_no_problems() -> None:
    assert lines(OBJECTS) == []


BREAKS = r"""
# names
Namespace/shop:metadata.name -> "shops" | Deployment/api: Namespace/shop
Deployment/cache:metadata.namespace -> "shops" | Namespace/shops
Service/db:metadata.namespace -> null | a namespace
ConfigMap/cache-files:metadata.name -> "settings" | ConfigMap/settings: ConfigMap/settings
Deployment/api:pod.serviceAccountName -> "apis" | ServiceAccount/apis
Deployment/api:pod.imagePullSecrets[0].name -> "registri" | Secret/registri
HorizontalPodAutoscaler/api:spec.scaleTargetRef.name -> "apis" | Deployment/apis
HorizontalPodAutoscaler/api:spec.scaleTargetRef.kind -> "StatefulSet" | StatefulSet/api
Deployment/api:pod.initContainers[0].name -> "api" | container api
# what pods read
Deployment/api:main.env[1].valueFrom.configMapKeyRef.key -> "database.uri" | key database.uri of ConfigMap/settings
Deployment/api:main.env[1].valueFrom.configMapKeyRef.name -> "setting" | ConfigMap/setting
ConfigMap/settings:metadata.name -> "setting" | Deployment/api: ConfigMap/settings
ConfigMap/settings:data -> {"database.uri": ""} | Deployment/api: key database.url of ConfigMap/settings
Secret/login:stringData -> {"user": "x"} | CronJob/report: key username of Secret/login
Secret/login:data -> {} | StatefulSet/db: key password of Secret/login
Secret/login:metadata.name -> "logins" | CronJob/report: Secret/login
CronJob/report:cron.containers[0].env[0].valueFrom.secretKeyRef.key -> "user" | key user of Secret/login
Deployment/api:main.envFrom[0].secretRef.name -> "logins" | Secret/logins
Deployment/api:pod.volumes[0].projected.sources[0].secret.items[0].key -> "user" | key user of Secret/login
Deployment/api:pod.volumes[0].projected.sources[1].configMap.name -> "setting" | ConfigMap/setting
Deployment/cache:pod.volumes[0].configMap.items[0].key -> "cache.cfg" | key cache.cfg of ConfigMap/cache-files
Deployment/cache:pod.volumes[0].configMap.items[0].path -> "cache.cfg" | file cache.conf of ConfigMap/cache-files
Deployment/cache:main.command[1] -> "/etc/cache/caches.conf" | file caches.conf of ConfigMap/cache-files
Deployment/cache:main.volumeMounts[0].mountPath -> "/etc/caches" | file cache.conf of ConfigMap/cache-files
Deployment/api:main.env[2].name -> "DATABASE_URL" | variable DATABASE_URL of container api
Deployment/api:main.env[0].name -> "TOKENS" | variable TOKEN of container api
Deployment/api:main.envFrom[0].prefix -> "LOGINS_" | variable LOGIN_password of container api
Deployment/api:main.env[6].valueFrom.fieldRef.fieldPath -> "metadata.labels['apps']" | label apps of the pod template
Deployment/api:main.env[6].valueFrom.fieldRef.fieldPath -> "status.podIp" | field status.podIp
Deployment/api:main.env[7].valueFrom.resourceFieldRef.containerName -> "apis" | container apis
# volumes and claims
Deployment/cache:pod.volumes[0].name -> "file" | volume files
Deployment/cache:main.volumeMounts[1].name -> "date" | volume date
Deployment/cache:main.volumeMounts[1].name -> "files" | volume data
Deployment/cache:main.volumeMounts[1].mountPath -> "/etc/cache/" | path /etc/cache of cache
Deployment/cache:pod.volumes[1].name -> "files" | volume files
Deployment/cache:pod.volumes[1].persistentVolumeClaim.claimName -> "cache-date" | PersistentVolumeClaim/cache-date
PersistentVolumeClaim/cache-data:metadata.name -> "cache-date" | PersistentVolumeClaim/cache-date: a volume
PersistentVolumeClaim/data-db-0:metadata.name -> "db-data" | PersistentVolumeClaim/db-data: a volume or a claim template
PersistentVolumeClaim/data-db-0:spec.storageClassName -> "fast" | storage class standard of the claim template
PersistentVolumeClaim/data-db-0:spec.resources.requests.storage -> "2Gi" | size 1Gi of the claim template in StatefulSet
PersistentVolumeClaim/data-db-0:spec.accessModes[0] -> "ReadWriteMany" | access modes ReadWriteOnce
StatefulSet/db:spec.volumeClaimTemplates[0].metadata.name -> "date" | volume data
StatefulSet/db:spec.volumeClaimTemplates[0].spec.accessModes -> [] | PersistentVolumeClaim/data-db-0: access modes
StatefulSet/db:spec.replicas -> 2 | PersistentVolumeClaim/data-db-1
# ports and selectors
Deployment/api:main.livenessProbe.httpGet.port -> 8081 | port 8081 of container api
Deployment/api:main.lifecycle.preStop.httpGet.port -> "web" | port web of container api
Deployment/api:main.ports[0].containerPort -> 8081 | port 8080 of container api
Deployment/api:main.ports[0].name -> "web" | Service/api: port http of Deployment/api
Deployment/cache:main.ports[0].containerPort -> 6380 | Service/cache: port 6379 of Deployment/cache
Service/cache:spec.ports[0].targetPort -> 6380 | port 6380 of Deployment/cache
Service/cache:spec.ports[0].protocol -> "UDP" | UDP port 6379 of Deployment/cache
Service/cache:spec.selector.app -> "caches" | pods with app=caches
Service/cache:spec.selector -> {"app": "db"} | port 6379 of StatefulSet/db
Deployment/cache:spec.template.metadata.labels.app -> "caches" | pods with app=cache
Deployment/cache:spec.selector.matchLabels.app -> "db" | pods with app=db
StatefulSet/db:spec.serviceName -> "database" | Service/database
StatefulSet/db:spec.serviceName -> "cache" | Service/cache
Deployment/api:pod.topologySpreadConstraints[0].labelSelector.matchLabels.app -> "apis" | pods with app=apis
PodDisruptionBudget/api:spec.selector.matchLabels.app -> "apis" | pods with app=apis
NetworkPolicy/api:spec.podSelector.matchLabels.app -> "apis" | pods with app=apis
NetworkPolicy/api:spec.ingress[0].ports[0].port -> 8081 | port 8081 of Deployment/api
NetworkPolicy/api:spec.egress[0].ports[0].port -> 5433 | port 5433 of StatefulSet/db
NetworkPolicy/api:spec.egress[0].to[0].podSelector.matchExpressions[0].values[0] -> "dbs" | pods with app In (dbs)
# routing
Ingress/web:spec.rules[0].http.paths[0].backend.service.name -> "apis" | Service/apis
Ingress/web:spec.rules[0].http.paths[0].backend.service.port.number -> 81 | port 81 of Service/api
Ingress/web:spec.defaultBackend.service.port.name -> "http" | port http of Service/api
Ingress/web:spec.tls[0].hosts[0] -> "shops.example.org" | host shops.example.org
Ingress/web:metadata.annotations -> {} | Secret/made-by-the-issuer
Service/api:spec.ports[0].port -> 81 | Ingress/web: port 80 of Service/api
Service/api:spec.ports[0].name -> "http" | Ingress/web: port web of Service/api
Service/api:metadata.name -> "apis" | HTTPRoute/web: Service/api
HTTPRoute/web:spec.rules[0].backendRefs[0].name -> "apis" | Service/apis
HTTPRoute/web:spec.rules[0].backendRefs[0].port -> 81 | port 81 of Service/api
HTTPRoute/web:spec.rules[1].matches[0].method -> "GET" | requests that match
HTTPRoute/web:spec.parentRefs[0].name -> "gates" | Gateway/gates
HTTPRoute/web:spec.parentRefs[0].sectionName -> "https" | listener https of Gateway/gate
HTTPRoute/web:spec.parentRefs[0].port -> 443 | listener 443 of Gateway/gate
HTTPRoute/web:spec.hostnames[0] -> "shop.example.com" | host shop.example.com of a listener of Gateway/gate
HTTPRoute/web:spec.parentRefs[0].sectionName -> "other" | host shop.example.org of a listener of Gateway/gate
HTTPRoute/web:spec.rules[1] -> {"matches": [{"path": {"value": "/"}, "method": "GET"}]} | requests that match
HTTPRoute/web:spec.rules -> [{}, {}] | requests that match
Gateway/gate:spec.listeners[0].name -> "https" | HTTPRoute/web: listener http of Gateway/gate
Gateway/gate:spec.listeners[0].hostname -> "a.example.org" | HTTPRoute/web: host shop.example.org of a listener
Gateway/gate:spec.listeners[0].tls.certificateRefs[0].name -> "registri" | Secret/registri
# endpoints in text
ConfigMap/settings:data["database.url"] -> "postgresql://dbs:5432/orders" | Service/dbs
ConfigMap/settings:data["database.url"] -> "postgresql://db:5433/orders" | port 5433 of Service/db
ConfigMap/settings:data["database.url"] -> "postgresql://db:5432x/orders" | port 5432x of Service/db
ConfigMap/settings:data["cache.host"] -> "caches" | Service/caches
ConfigMap/settings:data["cache.port"] -> "6380" | port 6380 of Service/cache
ConfigMap/settings:data["brokers"] -> "PLAINTEXT://cache:6380,INTERNAL://127.0.0.1:29092" | port 6380 of Service/cache
ConfigMap/settings:data["api.port"] -> "8081" | Deployment/api: port 8081 of container api (key api.port of
ConfigMap/settings:data["api.listen"] -> "http://0.0.0.0:8081" | Deployment/api: port 8081 of container api (key api
ConfigMap/cache-files:data["cache.conf"] -> "port 6379\nreplicaof dbs 5432\n" | Service/dbs
Deployment/api:pod.initContainers[0].args[0] -> "db:5433" | port 5433 of Service/db
Deployment/api:pod.initContainers[0].args[1] -> "caches.shop.svc:6379" | Service/caches
Deployment/api:pod.initContainers[0].args[1] -> "cache.shops.svc:6379" | Service/cache
Deployment/api:pod.initContainers[0].args[2] -> "--broker=cash:6379" | Service/cash
Deployment/api:main.env[5].value -> "redis://cash" | Service/cash
Deployment/api:main.env[5].value -> "http://cache" | port 80 of Service/cache
"""


def rows() -> Iterator[tuple[str, object, str, str]]:
    """The table above: place, new value, object that refers (that of the place unless named), what it points at."""
    for row in BREAKS.split("\n"):
        if row and not row.startswith("#"):
            place, value, expected = re.split(r" -> | \| ", row)
            source, colon, target = expected.partition(": ")
            yield place, json.loads(value), *((source, target) if colon else (place.partition(":")[0], expected))


@pytest.mark.parametrize(("place", "value", "source", "target"), list(rows()))
def test_a_broken_reference_is_reported_with_both_ends(place: str, value: object, source: str, target: str) -> None:
    problems = broken(place, value)
    found = [problem for problem in problems if problem.source == source and target in problem.target]
    assert found, "\n".join(map(str, problems))
    assert str(found[0]).startswith(f"{source} {found[0].field}: ")
    assert target in str(found[0])


def test_a_missing_key_names_its_place_and_the_closest_key() -> None:
    field = "spec.template.spec.containers[0].env[1].valueFrom.configMapKeyRef.key"
    assert broken(f"Deployment/api:{field}", "database.uri") == [
        Problem(
            source="Deployment/api",
            field=field,
            target="key database.uri of ConfigMap/settings",
            reason="does not exist",
            candidate="database.url",
        )
    ]


def test_a_problem_reads_as_one_line() -> None:
    [problem] = broken("Service/cache:spec.selector.app", "caches")
    assert str(problem) == (
        "Service/cache spec.selector: pods with app=caches do not exist in namespace shop; "
        "did you mean app=cache of Deployment/cache?"
    )
    assert len(str(broken("Service/cache:spec.selector.app", "a\nb\u2028c")[0]).splitlines()) == 1


def test_a_claim_that_nothing_uses_names_what_uses_the_closest_one() -> None:
    [problem] = broken("PersistentVolumeClaim/data-db-0:metadata.name", "data-dbs-0")
    assert str(problem) == (
        "PersistentVolumeClaim/data-dbs-0 metadata.name: a volume or a claim template (<template>-<set>-<ordinal>) "
        "that uses this claim does not exist in namespace shop; did you mean data-db-0 of StatefulSet/db?"
    )


def test_a_selector_that_takes_two_workloads_names_both() -> None:
    manifests = copy.deepcopy(OBJECTS)
    find("Deployment", "cache", manifests)["spec"]["template"]["metadata"]["labels"]["tier"] = "data"
    find("StatefulSet", "db", manifests)["spec"]["template"]["metadata"]["labels"]["tier"] = "data"
    find("Service", "cache", manifests)["spec"]["selector"] = {"tier": "data"}
    assert any("ambiguous" in line and "StatefulSet/db and Deployment/cache" in line for line in lines(manifests))


def test_two_services_may_select_the_same_pods() -> None:
    second = copy.deepcopy(find("Service", "cache", OBJECTS))
    second["metadata"]["name"] = "cache-again"
    assert lines([*OBJECTS, second]) == []


@pytest.mark.parametrize(
    "selector",
    [
        {"statefulset.kubernetes.io/pod-name": "db-0"},
        {"app": "db", "statefulset.kubernetes.io/pod-name": "db-0"},
        {"app": "db", "apps.kubernetes.io/pod-index": "0"},
    ],
)
def test_a_service_may_select_one_pod_of_a_statefulset(selector: dict[str, str]) -> None:
    single = copy.deepcopy(find("Service", "db", OBJECTS))
    single["metadata"]["name"] = "db-first"
    single["spec"]["selector"] = selector
    assert lines([*OBJECTS, single]) == []


@pytest.mark.parametrize("pod", ["db-1", "cache-0", "db"])
def test_a_pod_that_no_statefulset_has_is_not_there(pod: str) -> None:
    single = copy.deepcopy(find("Service", "db", OBJECTS))
    single["metadata"]["name"] = "db-first"
    single["spec"]["selector"] = {"statefulset.kubernetes.io/pod-name": pod}
    [line] = lines([*OBJECTS, single])
    assert f"pods with statefulset.kubernetes.io/pod-name={pod} do not exist" in line


def test_a_policy_may_name_the_pods_of_a_job_by_the_label_of_its_controller() -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "seed", "namespace": "shop"},
        "spec": {"template": {"spec": {"containers": [{"name": "seed"}]}}},
    }
    policy = copy.deepcopy(find("NetworkPolicy", "api", OBJECTS))
    policy["metadata"]["name"] = "seed"
    wanted = policy["spec"]["podSelector"] = {"matchLabels": {"batch.kubernetes.io/job-name": "seed"}}
    policy["spec"].pop("ingress")
    assert lines([*OBJECTS, job, policy]) == []
    wanted["matchLabels"]["batch.kubernetes.io/job-name"] = "sed"
    [line] = lines([*OBJECTS, job, policy])
    assert "pods with batch.kubernetes.io/job-name=sed do not exist" in line


def test_two_workloads_with_one_label_are_told_about_each_other() -> None:
    second = copy.deepcopy(find("Deployment", "cache", OBJECTS))
    second["metadata"]["name"] = "cache-2"
    problems = lines([*OBJECTS, second])
    assert any(line.startswith("Deployment/cache ") and "those of Deployment/cache-2 too" in line for line in problems)
    assert any(line.startswith("Deployment/cache-2 ") and "those of Deployment/cache too" in line for line in problems)


def test_two_deployments_cannot_share_a_claim_for_one_node() -> None:
    manifests = copy.deepcopy(OBJECTS)
    pod = find("Deployment", "api", manifests)["spec"]["template"]["spec"]
    pod["volumes"].append({"name": "data", "persistentVolumeClaim": {"claimName": "cache-data"}})
    pod["containers"][0]["volumeMounts"].append({"name": "data", "mountPath": "/data"})
    [line] = lines(manifests)
    assert line.startswith("Deployment/api ")
    assert "PersistentVolumeClaim/cache-data is used by Deployment/cache too" in line
    find("PersistentVolumeClaim", "cache-data", manifests)["spec"]["accessModes"] = ["ReadWriteMany"]
    assert lines(manifests) == []


def test_a_claim_beyond_the_replicas_is_used_by_nothing() -> None:
    second = copy.deepcopy(find("PersistentVolumeClaim", "data-db-0", OBJECTS))
    second["metadata"]["name"] = "data-db-1"
    [line] = lines([*OBJECTS, second])
    assert line.startswith("PersistentVolumeClaim/data-db-1 ")


def test_two_backends_on_one_path_are_ambiguous() -> None:
    manifests = copy.deepcopy(OBJECTS)
    paths = find("Ingress", "web", manifests)["spec"]["rules"][0]["http"]["paths"]
    paths.append({**paths[0], "backend": {"service": {"name": "db", "port": {"number": 5432}}}})
    [line] = lines(manifests)
    assert "Service/db at shop.example.org/ (Prefix) is never reached" in line
    assert "Service/api" in line


def test_an_ingress_of_another_class_may_have_the_same_path() -> None:
    second = copy.deepcopy(find("Ingress", "web", OBJECTS))
    second["metadata"]["name"] = "internal"
    second["spec"]["ingressClassName"] = "internal"
    assert lines([*OBJECTS, second]) == []


def test_a_canary_of_an_ingress_has_the_same_path() -> None:
    second = copy.deepcopy(find("Ingress", "web", OBJECTS))
    second["metadata"]["name"] = "next"
    assert lines([*OBJECTS, second])
    second["metadata"]["annotations"] |= {"nginx.ingress.kubernetes.io/canary": "true"}
    assert lines([*OBJECTS, second]) == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("PodDisruptionBudget", "pods with app=api are in PodDisruptionBudget/api too: what is in two budgets cannot"),
        ("HorizontalPodAutoscaler", "Deployment/api is scaled by HorizontalPodAutoscaler/api too"),
    ],
)
def test_a_workload_has_one_budget_and_one_autoscaler(kind: str, reason: str) -> None:
    second = copy.deepcopy(find(kind, "api", OBJECTS))
    second["metadata"]["name"] = "second"
    [line] = lines([*OBJECTS, second])
    assert line.startswith(f"{kind}/second spec.")
    assert reason in line


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    manifests = copy.deepcopy(OBJECTS)
    manifests.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    find("ConfigMap", "settings", manifests)["metadata"]["namespace"] = "other"
    problems = lines(manifests)
    assert any("ConfigMap/settings does not exist in namespace shop" in line for line in problems)
    assert any(line.startswith("ConfigMap/settings ") and "namespace other" in line for line in problems)


def test_objects_without_a_namespace_lie_together() -> None:
    manifests = copy.deepcopy(OBJECTS[1:])
    for manifest in manifests:
        del manifest["metadata"]["namespace"]
    pod = find("Deployment", "api", manifests)["spec"]["template"]["spec"]
    pod["initContainers"][0]["args"] = ["cache.default.svc.cluster.local:6379"]
    assert lines(manifests) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/path",
        "http://10.0.0.1:80",
        "http://localhost:9999",
        "http://[::1]:80",
        "http://${HOST}:80",
        "http://db.internal.example.org:99",
        "redis://{{ host }}:1",
        "otel.monitoring.svc:4317",
        "s3://bucket/prefix",
        "file:///etc/passwd",
        "12:30",
        "name: value",
        "a:1,b",
        "curl http://nowhere:1\nexit 1",
    ],
)
def test_text_that_names_nothing_of_the_system_is_left_alone(text: str) -> None:
    assert broken('ConfigMap/settings:data["greeting"]', text) == []


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:p%40ss@db:5432/x?y=z",
        "jdbc:postgresql://db:5432/x",
        "postgresql://${U}:${P}@db/x",
        "db:5432,cache:6379",
    ],
)
def test_urls_are_read_whatever_they_carry(text: str) -> None:
    assert broken('ConfigMap/settings:data["greeting"]', text) == []
    [problem, *_] = broken('ConfigMap/settings:data["greeting"]', re.sub(r"\bdb\b", "dbs", text))
    assert problem.target == "Service/dbs"


def test_a_host_takes_the_port_of_a_shorter_prefix() -> None:
    manifests = copy.deepcopy(OBJECTS)
    data = find("ConfigMap", "settings", manifests)["data"]
    data["cache.replica.host"] = "cache"
    assert lines(manifests) == []
    data["cache.replica.host"] = "db"
    assert any("port 6379 of Service/db does not exist; there is 5432" in line for line in lines(manifests))


def test_a_variable_must_be_set_before_the_one_that_uses_it() -> None:
    manifests = copy.deepcopy(OBJECTS)
    env = find("Deployment", "api", manifests)["spec"]["template"]["spec"]["containers"][0]["env"]
    env.insert(0, {"name": "EARLY", "value": "$(TOKEN)"})
    [line] = lines(manifests)
    assert "variable TOKEN of container api is not set before it is used" in line


@pytest.mark.parametrize(
    "name", ["DB_SERVICE_HOST", "DB_SERVICE_PORT_POSTGRESQL", "API_PORT_80_TCP_ADDR", "CACHE_PORT"]
)
def test_a_variable_that_the_kubelet_sets_for_a_service_is_set(name: str) -> None:
    manifests = copy.deepcopy(OBJECTS)
    pod = find("Deployment", "api", manifests)["spec"]["template"]["spec"]
    pod["containers"][0]["env"].append({"name": "COPY", "value": f"$({name})"})
    assert lines(manifests) == []
    pod["enableServiceLinks"] = False
    [line] = lines(manifests)
    assert f"variable {name} of container api is not set before it is used" in line
    del pod["enableServiceLinks"]
    for service in ("api", "cache", "db"):
        find("Service", service, manifests)["spec"]["clusterIP"] = "None"
    assert any(f"variable {name} of container api" in line for line in lines(manifests))


def test_a_port_variable_called_like_its_container_is_a_port_of_it() -> None:
    manifests = copy.deepcopy(OBJECTS)
    container = find("Deployment", "cache", manifests)["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "CACHE_LISTEN_PORT", "value": "6380"}, {"name": "OTHER_PORT", "value": "6380"}]
    [line] = lines(manifests)
    assert "env[0].value: port 6380 of container cache does not exist; there is 6379" in line
    container["env"].append({"name": "CACHE_LISTEN_HOST", "value": "cache.example.org"})
    assert lines(manifests) == []


def test_a_script_finds_the_file_beside_it() -> None:
    manifests = copy.deepcopy(OBJECTS)
    files = find("ConfigMap", "cache-files", manifests)
    files["data"] |= {"cache.conf": "include $folder/more.conf\n", "more.conf": "x"}
    source = find("Deployment", "cache", manifests)["spec"]["template"]["spec"]["volumes"][0]["configMap"]
    [line] = lines(manifests)
    assert "file more.conf of ConfigMap/cache-files is named by its cache.conf, and is not mounted beside it" in line
    source["items"].append({"key": "more.conf", "path": "more.conf"})
    assert lines(manifests) == []


def test_a_sub_path_is_a_file_of_its_volume() -> None:
    manifests = copy.deepcopy(OBJECTS)
    mount = find("Deployment", "cache", manifests)["spec"]["template"]["spec"]["containers"][0]["volumeMounts"][0]
    mount |= {"mountPath": "/etc/cache/cache.conf", "subPath": "cache.conf"}
    assert lines(manifests) == []
    mount["subPath"] = "caches.conf"
    [line] = lines(manifests)
    assert "volumeMounts[0].subPath: file caches.conf of ConfigMap/cache-files does not exist" in line


def test_a_headless_service_is_reached_at_the_ports_of_its_pods() -> None:
    manifests = copy.deepcopy(OBJECTS)
    service = find("Service", "cache", manifests)["spec"]
    service["ports"] = [{"port": 16379, "targetPort": 6379}]
    assert any("port 6379 of Service/cache does not exist" in line for line in lines(manifests))
    service["clusterIP"] = "None"
    assert lines(manifests) == []


def test_ports_of_one_name_are_ambiguous() -> None:
    manifests = copy.deepcopy(OBJECTS)
    ports = find("Service", "api", manifests)["spec"]["ports"]
    ports.append({"name": "web", "port": 8080, "targetPort": "http"})
    [line] = lines(manifests)
    assert "Service/api spec.ports[1].name: port web is ambiguous: spec.ports[0].name has the same" in line


def test_a_service_of_another_api_group_is_no_service() -> None:
    manifests = copy.deepcopy(OBJECTS)
    find("Service", "db", manifests)["apiVersion"] = "serving.example.org/v1"
    assert any(
        line.startswith("StatefulSet/db spec.serviceName: Service/db does not exist") for line in lines(manifests)
    )


def test_annotations_take_places_out_on_purpose() -> None:
    manifests = copy.deepcopy(OBJECTS)
    settings = find("ConfigMap", "settings", manifests)
    settings["data"] |= {"image": "redis:7", "smtp.host": "mail"}
    account = find("Deployment", "api", manifests)
    account["spec"]["template"]["spec"]["serviceAccountName"] = "shared"
    assert len(lines(manifests)) == 3
    settings["metadata"]["annotations"] = {"cdk8s-backend/unlinked-keys": "image, smtp.host"}
    account["metadata"]["annotations"] = {"cdk8s-backend/provided-elsewhere": "ServiceAccount/shared"}
    assert lines(manifests) == []


@pytest.mark.parametrize(("kind", "name"), [("Service", "api"), ("NetworkPolicy", "api")])
def test_pods_that_an_operator_makes_are_taken_to_exist_where_all_their_labels_are_named(kind: str, name: str) -> None:
    made = copy.deepcopy(find(kind, name, OBJECTS))
    made["metadata"] |= {"name": "made", "annotations": {"cdk8s-backend/provided-elsewhere": "Pod/app=made"}}
    selected = {"app": "made", "part": "first"}
    made["spec"] |= {"selector": selected} if kind == "Service" else {"podSelector": {"matchLabels": selected}}
    [line] = lines([*OBJECTS, made])
    assert "pods with app=made,part=first do not exist" in line
    made["metadata"]["annotations"]["cdk8s-backend/provided-elsewhere"] += ",Pod/part=first"
    assert lines([*OBJECTS, made]) == []


def test_an_object_may_lie_in_a_namespace_that_the_cluster_has() -> None:
    board = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "board", "namespace": "monitoring"},
        "data": {"a": "b"},
    }
    assert any("Namespace/monitoring does not exist" in line for line in lines([*OBJECTS, board]))
    board["metadata"]["annotations"] = {"cdk8s-backend/provided-elsewhere": "Namespace/monitoring"}  # type: ignore[index]
    assert lines([*OBJECTS, board]) == []


def test_an_external_secret_provides_its_keys() -> None:
    manifests = [each for each in copy.deepcopy(OBJECTS) if each["metadata"]["name"] != "login"]
    external = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "login", "namespace": "shop"},
        "spec": {"data": [{"secretKey": "username"}, {"secretKey": "password"}]},
    }
    assert lines([*manifests, external]) == []
    external["spec"]["data"].pop()  # type: ignore[index]
    problem = "key password of Secret/login does not exist in what ExternalSecret/login makes"
    assert any(problem in line for line in lines([*manifests, external]))


def test_a_missing_secret_names_what_makes_one_of_a_close_name() -> None:
    manifests = [each for each in copy.deepcopy(OBJECTS) if each["metadata"]["name"] != "login"]
    external = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "login", "namespace": "shop"},
        "spec": {"target": {"name": "logins"}, "data": [{"secretKey": "username"}, {"secretKey": "password"}]},
    }
    problem = "Secret/login does not exist in namespace shop; did you mean logins of ExternalSecret/login?"
    assert any(line.endswith(problem) for line in lines([*manifests, external]))


@pytest.mark.parametrize(
    ("listener", "host"),
    [
        ("a.example", "a.example"),
        ("*.example", "b.a.example"),
        ("a.example", "*.example"),
        ("*.a.example", "*.example"),
    ],
)
def test_a_host_meets_a_listener_by_its_name_or_a_wildcard(listener: str, host: str) -> None:
    manifests = copy.deepcopy(OBJECTS)
    find("Gateway", "gate", manifests)["spec"]["listeners"][0]["hostname"] = listener
    find("HTTPRoute", "web", manifests)["spec"]["hostnames"] = [host]
    assert lines(manifests) == []


def test_two_routes_that_share_one_of_their_hosts_may_not_match_the_same_requests() -> None:
    manifests = copy.deepcopy(OBJECTS)
    other = copy.deepcopy(find("HTTPRoute", "web", manifests))
    other["metadata"]["name"] = "other"
    other["spec"]["hostnames"] = ["a.example.org", "shop.example.org"]
    other["spec"]["rules"].pop()
    [line] = lines([*manifests, other])
    assert line.startswith("HTTPRoute/other spec.rules[0].matches[0]: requests that match ")
    assert line.endswith(" at shop.example.org are taken by HTTPRoute/web spec.rules[0].matches[0] already")


def test_secret_values_are_never_shown() -> None:
    manifests = copy.deepcopy(OBJECTS)
    find("Secret", "login", manifests)["stringData"]["url"] = "postgresql://me:hunter2@dbs:5432/x"
    [line] = lines(manifests)
    assert "Service/dbs" in line
    assert "hunter2" not in line


def test_a_list_object_is_its_items() -> None:
    assert lines([{"apiVersion": "v1", "kind": "List", "items": OBJECTS}]) == []


def test_the_work_grows_with_the_size_and_not_with_its_square() -> None:
    def calls(copies: int) -> int:
        manifests = [*OBJECTS]
        for number in range(copies):
            text = re.sub(r"\b(api|cache|db)\b(?!\.(?:port|host|listen))", rf"\1-{number}", SYSTEM)
            manifests += [each for each in yaml.safe_load_all(text) if each["kind"] in ("Deployment", "Service")]
        count = 0

        def profile(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(profile)
        try:
            check(manifests)
        finally:
            sys.setprofile(None)
        return count

    assert calls(20) < 2.2 * calls(10)
