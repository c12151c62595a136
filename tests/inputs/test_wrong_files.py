"""Every wrong setting is one line: the file and line, the field, the value, and what would be right."""

from pathlib import Path

import pytest

from tests.support.settings import HOSTS, problems_of_text

TAG = "use an image tag: at most 128 letters, digits, '_', '.' and '-', like 1.0.0"
REGISTRY = "use host[:port][/path], without a scheme, like registry.example.com:5000/count"
NAME = "use a DNS name in lower case, like count-system"
HOST = "use a DNS name in lower case, like count-system.local"
LABEL = "use a DNS label of at most 63 characters in lower case, like ingress-nginx"
BYTES = "use an amount of bytes above zero, like 256Mi or 10Gi"
CPU = "use an amount of CPU above zero, like 500m or 2"
SCHEDULE = "use a schedule of cron: minute, hour, day of the month, month and day of the week, like 0 3 * * *"
VARIABLE = "use at most 128 capital letters, digits and '_', with a letter first, like LOG_LEVEL"
DIGEST = "use the digest of an image: 'sha256:' and 64 of 0-9 and a-f"
DIGITS = "use at most 18 decimal digits, or quotes for text"
PATH = "an Ingress cannot tell a GET from a PUT on one path"

TEXT = "use text without U+0000, U+007F to U+009F, U+FFFE and U+FFFF, which do not arrive in a cluster as they are"
WRONG = {
    # names that no setting has
    "regitsry: x": "regitsry: no such setting; did you mean registry?",
    "image_pull_policy: Never": "image_pull_policy: no such setting; did you mean imagePullPolicy?",
    "environment: local": "environment: no such setting: the file's name says it",
    "storage: {kafka: {sise: 1Gi}}": "storage.kafka.sise: no such setting; did you mean size?",
    "tls: {issuer: x, isuerKind: Issuer}": "tls.isuerKind: no such setting; did you mean issuerKind?",
    "proxyTimeouts: {read: 5}": "proxyTimeouts.read: no such setting; did you mean readSeconds?",
    "storage: {postgres: {size: 1Gi}}": "storage.postgres: no such name; did you mean postgresql?",
    "replicas: {kafka: 2}": "replicas.kafka: no such name; there are: api, feed, back-office, default",
    "digests: {redis: x}": "digests.redis: no such name; there are: api, feed, back-office, postgresql, kafka",
    "variables: {default: {A: b}}": "variables.default: no such name; there are: api, feed, back-office",
    "configMaps: {apy: [a]}": "configMaps.apy: no such name; did you mean api?",
    "resources: {kafak: {requests: 1}}": "resources.kafak: no such name; did you mean kafka?",
    "externalSecrets: {storeName: x, remoteKeys: {db: a}}": (
        "externalSecrets.remoteKeys.db: no such name; did you mean db-secret?"
    ),
    # texts
    "registry: https://r.example": f"registry: 'https://r.example': {REGISTRY}",
    "registry: ../images": f"registry: '../images': {REGISTRY}",
    "registry: -x/-": f"registry: '-x/-': {REGISTRY}",
    "registry: registry:99999": f"registry: 'registry:99999': {REGISTRY}",
    "registry: registry:0": f"registry: 'registry:0': {REGISTRY}",
    "version: a b": f"version: 'a b': {TAG}",
    "version: ''": f"version: '': {TAG}",
    "version: .hidden": f"version: '.hidden': {TAG}",
    "version:": f"version: null: {TAG}",
    "version: [1, 2]": f"version: [1, 2]: {TAG}",
    "version: {major: 1}": f'version: {{"major": 1}}: {TAG}',
    "digests: {api: latest}": f"digests.api: 'latest': {DIGEST}",
    "ingressClass: Nginx": f"ingressClass: 'Nginx': {NAME}",
    "gatewayClass: a..b": f"gatewayClass: 'a..b': {NAME}",
    "ingressControllerNamespace: a.b": f"ingressControllerNamespace: 'a.b': {LABEL}",
    f"ingressControllerNamespace: {'a' * 64}": f"ingressControllerNamespace: '{'a' * 64}': {LABEL}",
    "storage: {kafka: {storageClass: Fast}}": f"storage.kafka.storageClass: 'Fast': {NAME}",
    "tls: {secretName: -x}": f"tls.secretName: '-x': {NAME}",
    "configMaps: {api: [ok, Not]}": f"configMaps.api.1: 'Not': {NAME}",
    "variables: {api: {logLevel: debug}}": f"variables.api.logLevel: 'debug': {VARIABLE}",
    "externalSecrets: {storeName: x, refreshInterval: ''}": (
        "externalSecrets.refreshInterval: '': use a duration, like 30s, 15m or 1h"
    ),
    "externalSecrets: {storeName: x, refreshInterval: 1 hour}": (
        "externalSecrets.refreshInterval: '1 hour': use a duration, like 30s, 15m or 1h"
    ),
    "externalSecrets: {storeName: x, remoteKeys: {db-secret: ' a'}}": (
        "externalSecrets.remoteKeys.db-secret: ' a': "
        "use a key of the store: at most 512 characters in one line, without blanks at its ends"
    ),
    "backups: {}": f"backups.schedule: must be set: {SCHEDULE}",
    "backups: {schedule: daily}": f"backups.schedule: 'daily': {SCHEDULE}",
    "backups: {schedule: 60 3 * * *}": f"backups.schedule: '60 3 * * *': {SCHEDULE}",
    "backups: {schedule: 0 3 * * 7}": f"backups.schedule: '0 3 * * 7': {SCHEDULE}",
    "backups: {schedule: 0 5-3 * * *}": (
        "backups.schedule: '0 5-3 * * *': 5-3 ends before it begins; write it as two ranges"
    ),
    "backups: {schedule: '0 3 31 4,6 *'}": (
        "backups.schedule: '0 3 31 4,6 *': it never comes; use a day up to 30, the last one of these months"
    ),
    "backups: {schedule: '@daily', timeZone: 9}": (
        "backups.timeZone: 9: use a name of the time zone database, like Etc/UTC or Asia/Seoul"
    ),
    "backups: {schedule: '@daily', keep: 0}": "backups.keep: 0: use a whole number from 1 to 1000",
    # what YAML takes for a number, a boolean or null
    "version: 1.0": "version: 1.0: put it in quotes: '1.0'",
    "version: 1e3": "version: 1e3: put it in quotes: '1e3'",
    "version: yes": "version: yes: put it in quotes: 'yes'",
    "version: .inf": f"version: .inf: {TAG}",
    "version: 010": f"version: 010: {DIGITS}",
    "version: 0o17": f"version: 0o17: {DIGITS}",
    "version: 12:30:45": f"version: 12:30:45: {DIGITS}",
    "variables: {api: {PORT: 3000}}": "variables.api.PORT: 3000: put it in quotes: '3000'",
    "variables: {api: {COUNTRY: NO}}": "variables.api.COUNTRY: NO: put it in quotes: 'NO'",
    "variables: {api: {A: null}}": f"variables.api.A: null: {TEXT}",
    "variables: {api: {A: [b]}}": f'variables.api.A: ["b"]: {TEXT}',
    "networkPolicies: 'yes'": "networkPolicies: 'yes': use true or false",
    "allowLatest: 1": "allowLatest: 1: use true or false",
    # numbers
    "replicas: {api: 0}": "replicas.api: 0: use a whole number from 1 to 100",
    "replicas: {api: 101}": "replicas.api: 101: use a whole number from 1 to 100",
    "replicas: {api: two}": "replicas.api: 'two': use a whole number from 1 to 100",
    "replicas: {api: '2'}": "replicas.api: '2': use a whole number from 1 to 100",
    "replicas: {api: 2.0}": "replicas.api: 2.0: use a whole number from 1 to 100",
    "replicas: {api: 1e3}": "replicas.api: 1e3: use a whole number from 1 to 100",
    "replicas: {api: .nan}": "replicas.api: .nan: use a whole number from 1 to 100",
    "replicas: {api: 0x10}": f"replicas.api: 0x10: {DIGITS}",
    "replicas: {api: true}": "replicas.api: true: use a whole number from 1 to 100",
    "replicas: {feed: 2}": "replicas.feed: 2: use at most 1: more pods do not work",
    f"replicas: {{api: {'9' * 10_000}}}": f"replicas.api: {'9' * 77}...: {DIGITS}",
    "autoscaling: {feed: {minReplicas: 1, maxReplicas: 2}}": (
        "autoscaling.feed.maxReplicas: 2: use at most 1: more pods do not work"
    ),
    "autoscaling: {api: {maxReplicas: 101}}": "autoscaling.api.maxReplicas: 101: use a whole number from 1 to 100",
    "autoscaling: {api: {maxReplicas: 3, minReplicas: 0}}": (
        "autoscaling.api.minReplicas: 0: use a whole number from 1 to 100"
    ),
    "autoscaling: {api: {maxReplicas: 3, targetCpuUtilization: 80%}}": (
        "autoscaling.api.targetCpuUtilization: '80%': use a whole number from 1 to 1000"
    ),
    "proxyTimeouts: {readSeconds: 86401}": "proxyTimeouts.readSeconds: 86401: use a whole number from 1 to 86400",
    "jobTtlSeconds: -1": "jobTtlSeconds: -1: use a whole number from 60 to 2147483647",
    # amounts
    "storage: {kafka: {size: 10GB}}": "storage.kafka.size: '10GB': use 10G or 10Gi",
    "storage: {kafka: {size: 10 gib}}": "storage.kafka.size: '10 gib': use 10G or 10Gi",
    "storage: {kafka: {size: 5kb}}": "storage.kafka.size: '5kb': use 5k or 5Ki",
    "storage: {kafka: {size: '0'}}": f"storage.kafka.size: '0': {BYTES}",
    "storage: {kafka: {size: 0.0Gi}}": f"storage.kafka.size: '0.0Gi': {BYTES}",
    "storage: {kafka: {size: -1Gi}}": f"storage.kafka.size: '-1Gi': {BYTES}",
    "storage: {kafka: {size: 10}}": "storage.kafka.size: 10: put it in quotes: '10'",
    "resources: {api: {requests: {cpu: 1, memory: 1Mi}, limits: {cpu: '1', memory: 1Mi}}}": (
        "resources.api.requests.cpu: 1: put it in quotes: '1'"
    ),
    "resources: {api: {requests: {cpu: 1k, memory: 1Mi}, limits: {cpu: '1', memory: 1Mi}}}": (
        f"resources.api.requests.cpu: '1k': {CPU}"
    ),
    "resources: {api: {requests: {cpu: 1m, memory: 500m}, limits: {cpu: '1', memory: 1Mi}}}": (
        "resources.api.requests.memory: '500m': use 500M or 500Mi"
    ),
    "resources: {api: {requests: {cpu: '2', memory: 1Mi}, limits: {cpu: '1', memory: 1Mi}}}": (
        "resources.api.requests.cpu: '2': use at most the limit, 1"
    ),
    "resources: {api: {requests: {cpu: '1', memory: 1Gi}, limits: {cpu: '1', memory: 1000M}}}": (
        "resources.api.requests.memory: '1Gi': use at most the limit, 1000M"
    ),
    "resources: {api: {requests: {cpu: '1', memory: 1Gi}}}": (
        "resources.api.limits: must be set: use a map with cpu, memory"
    ),
    # choices
    "imagePullPolicy: always": ("imagePullPolicy: 'always': use Always, IfNotPresent or Never; did you mean Always?"),
    "imagePullPolicy: Sometimes": "imagePullPolicy: 'Sometimes': use Always, IfNotPresent or Never",
    "routing: gatway": "routing: 'gatway': use ingress or gateway; did you mean gateway?",
    "secrets: vault": "secrets: 'vault': use template or external-secrets",
    "tls: {issuer: x, issuerKind: clusterissuer}": (
        "tls.issuerKind: 'clusterissuer': use ClusterIssuer or Issuer; did you mean ClusterIssuer?"
    ),
    # maps and lists
    "replicas: [1]": "replicas: [1]: use a map with api, feed, back-office, …",
    "autoscaling: {api: 3}": "autoscaling.api: 3: use a map with minReplicas, maxReplicas, targetCpuUtilization",
    "replicas: 3": "replicas: 3: use a map with api, feed, back-office, …",
    "replicas:": "replicas: null: use a map with api, feed, back-office, …",
    "tls: x": "tls: 'x': use a map with secretName, issuer, issuerKind",
    "variables: {api: [A]}": 'variables.api: ["A"]: use a map with names and texts',
    "configMaps: {api: extra}": "configMaps.api: 'extra': use a list, like [first, second]",
    # settings that do not fit together
    "autoscaling: {api: {minReplicas: 3, maxReplicas: 2}}": (
        "autoscaling.api.minReplicas: 3: use at most maxReplicas, 2"
    ),
    "autoscaling: {api: {maxReplicas: 3}}\nreplicas: {api: 2}": (
        'autoscaling.api: {"maxReplicas": 3}: leave it out, or replicas.api: one of them sets the number of pods'
    ),
    "autoscaling: {default: {maxReplicas: 3}}\nreplicas: {default: 2}": (
        'autoscaling.default: {"maxReplicas": 3}: '
        "leave it out, or replicas.default: one of them sets the number of pods"
    ),
    "autoscaling: {api: {minReplicas: 1}}": (
        "autoscaling.api.maxReplicas: must be set: use a whole number from 1 to 100"
    ),
    "tls: {issuerKind: Issuer}": "tls.issuerKind: 'Issuer': name the issuer too, in tls.issuer",
    "tls: {}": "tls: {}: set secretName, the Secret with the certificate, or issuer, which makes it",
    "secrets: external-secrets": (
        "secrets: 'external-secrets': set externalSecrets.storeName too, the store with the values"
    ),
    "externalSecrets: {storeKind: SecretStore}": f"externalSecrets.storeName: must be set: {NAME}",
    # YAML that is more than maps, lists and values
    HOSTS.strip(): "hosts: is there twice; the first is in line 1",
    "version: !!python/object/apply:os.system [ls]": "version: tag !!python/object/apply:os.system: leave it out",
    "version: !secret x": "version: tag !secret: leave it out",
    "version: !!binary eA==": "version: tag !!binary: leave it out",
    "replicas: !!set {api, feed}": "replicas: tag !!set: leave it out",
    "<<: {version: '1'}": "<<: keys are not merged: write them out, or use an alias for the whole map",
    "? [a, b]\n: c": "a map or list as a key: use text",
    "variables: {api: &a {A: *a}}": "variables.api.A: an alias to what it is part of: write the value out",
    "1: x": (
        "1: no such setting; there are: registry, allowLatest, version, digests, imagePullPolicy, "
        "imagePullSeconds, storage, replicas, autoscaling, "
        "resources, routing, hosts, ingressClass, gatewayClass, ingressControllerNamespace, tls, proxyTimeouts, "
        "networkPolicies, externalSecrets, secrets, jobTtlSeconds, backups, variables, configMaps"
    ),
    # what must not break the line, or fill the screen
    '"a\\nb": x': None,
    'version: "a\\nb\\u2028c\\0"': f"version: 'a\\nb\\u2028c\\x00': {TAG}",
    f"version: {'x' * 5000}": f"version: '{'x' * 77}...': {TAG}",
    f"version: [{'x, ' * 500}]": f'version: ["x"{", " + chr(34) + "x" + chr(34)}',
}


@pytest.mark.parametrize(("text", "problem"), WRONG.items(), ids=[text[:60] for text in WRONG])
def test_a_mistake_is_one_line_with_file_line_field_value_and_what_is_right(
    tmp_path: Path, text: str, problem: str | None
) -> None:
    (line,) = problems_of_text(tmp_path, f"{HOSTS}{text}\n")
    assert line.isprintable()
    assert line.startswith(f"production.yaml:2: {problem or ''}")
    assert problem is None or line.endswith(problem) or "..." in line


@pytest.mark.parametrize(
    ("hosts", "problem"),
    [
        ("hosts: {main: A_B, read: b.example}", f"1: hosts.main: 'A_B': {HOST}"),
        ("hosts: {main: 10.0.0.1, read: b.example}", f"1: hosts.main: '10.0.0.1': {HOST}"),
        (f"hosts: {{main: {'a' * 64}.example, read: b}}", f"1: hosts.main: '{'a' * 64}.example': {HOST}"),
        ("hosts: {main: a, read: a}", f"1: hosts.read: 'a': use another host than hosts.main: {PATH}"),
        ("hosts:\n  main: a\n  read: a", f"3: hosts.read: 'a': use another host than hosts.main: {PATH}"),
        (
            "hosts: {main: a}",
            "1: hosts.read: must be set with routing 'ingress', where the read service has a host of its own: " + PATH,
        ),
        ("hosts: {read: a}", f"1: hosts.main: must be set: {HOST}"),
        ("version: 1.0.0", "1: hosts: must be set: use a map with main, read"),
    ],
)
def test_wrong_hosts(tmp_path: Path, hosts: str, problem: str) -> None:
    assert problems_of_text(tmp_path, f"{hosts}\n") == [f"production.yaml:{problem}"]


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = f"""{HOSTS}
regitsry: x
version: 1.0
replicas: {{api: 0, feed: 3, aip: 1}}
version: 2.0
ingressClass: !x y
routing: [ingress]
"""
    assert [line.split(": ")[:2] for line in problems_of_text(tmp_path, text)] == [
        ["production.yaml:3", "regitsry"],
        ["production.yaml:4", "version"],
        ["production.yaml:5", "replicas.feed"],
        ["production.yaml:5", "replicas.api"],
        ["production.yaml:5", "replicas.aip"],
        ["production.yaml:6", "version"],
        ["production.yaml:7", "ingressClass"],
        ["production.yaml:8", "routing"],
    ]


def test_what_is_below_an_unknown_name_is_not_judged(tmp_path: Path) -> None:
    text = f"{HOSTS}resources: {{nobody: {{requests: 1, x: y}}}}\n"
    (line,) = problems_of_text(tmp_path, text)
    assert line.startswith("production.yaml:2: resources.nobody: no such name")


def test_a_mistake_in_an_alias_is_named_where_it_is_written(tmp_path: Path) -> None:
    text = f"{HOSTS}storage:\n  kafka: &disk\n    size: 1GB\n  postgresql: *disk\n"
    assert problems_of_text(tmp_path, text) == [
        "production.yaml:4: storage.kafka.size: '1GB': use 1G or 1Gi",
        "production.yaml:4: storage.postgresql.size: '1GB': use 1G or 1Gi",
    ]
