"""Puts the scripts together: parts that they share, and the plan as data, each at its mark in a template."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from cdk8s_backend.scripts import bash, powershell
from cdk8s_backend.scripts.bash import Table
from cdk8s_backend.scripts.plan import Plan

import yaml

__all__ = ["MESSAGE_ARGUMENT", "catalog", "render"]

Data: TypeAlias = dict[str, str | Table]
"""What a script is given, by names in snake_case."""

MARK = re.compile(r"^# (plan|part: ([a-z-]+))\n", re.MULTILINE)
"""A line of a template that stands for the plan, or for a part of the shell's folder."""

BUILT_IN_GROUPS = frozenset(
    {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"}
)
"""API groups that every cluster has; a cluster may lack a kind of any other."""

OUTAGE_SIGNS = (
    "connection refused",
    "was refused",
    "connection reset",
    "i/o timeout",
    "TLS handshake timeout",
    "no route to host",
    "network is unreachable",
    "no such host",
    "http2: client connection lost",
    "server sent GOAWAY",
    "unexpected EOF",
    ": EOF",
    "connectex: ",
    "wsarecv: ",
    "wsasend: ",
    "currently unable to handle the request",
    "etcdserver: ",
    "ServiceUnavailable",
    "context deadline exceeded",
    "Client.Timeout exceeded",
)
"""Signs that the API server does not answer. What follows `connectex: ` on Windows may be in any language."""

LANGUAGES = ("ko", "en")

_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MESSAGE_ARGUMENT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, kw_only=True)
class Shell:
    """How one shell writes data.

    Attributes:
        folder: Its folder of templates.
        suffix: Ending of its scripts' names.
        byte_order_mark: What its files begin with.
        data_block: Writes data as source.
        message: Turns a text of the catalog into a format of the shell.
    """

    folder: str
    suffix: str
    byte_order_mark: bytes
    data_block: Callable[[Data], str]
    message: Callable[[str], str]


def render(plan: Plan) -> dict[str, bytes]:
    """Writes the scripts of a plan.

    Args:
        plan: What `make_plan` returns.

    Returns:
        File name to content: `deploy`, `undeploy` and `build-images`, each as `.sh` and as `.ps1`. The latter begin
        with a byte order mark, without which Windows PowerShell 5.1 misreads Korean text.

    Raises:
        InvalidValueError: A text of the plan holds a NUL or half a character, which a script cannot.
    """
    return {
        f"{script}{shell.suffix}": _rendered(plan, script, shell)
        for script in SCRIPT_DATA
        for shell in (BASH, POWERSHELL)
    }


def _rendered(plan: Plan, script: str, shell: Shell) -> bytes:
    data = {**_title_data(plan), **SCRIPT_DATA[script](plan), **_catalog_data(plan, script, shell)}

    def text_of(mark: re.Match[str]) -> str:
        return _template(shell, mark[2]) if mark[2] else shell.data_block(data)

    return shell.byte_order_mark + MARK.sub(text_of, _template(shell, script)).encode()


def _template(shell: Shell, name: str) -> str:
    return _package_text(f"templates/{shell.folder}/{name}{shell.suffix}")


def _title_data(plan: Plan) -> Data:
    return {"title_ko": plan.title.ko, "title_en": plan.title.en}


def _cluster_data(plan: Plan) -> Data:
    return {
        "namespace": plan.namespace,
        "environment": plan.environment,
        "part_of": plan.part_of,
        "phases": Table(
            columns=("name", "title_ko", "title_en", "option"),
            rows=[(phase.name, phase.title.ko, phase.title.en, phase.option or "") for phase in plan.phases],
        ),
        "outage_signs": Table(columns=("sign",), rows=[(sign,) for sign in OUTAGE_SIGNS]),
    }


def _deploy_data(plan: Plan) -> Data:
    secrets = [(phase, secret) for phase in plan.phases for secret in phase.secrets]
    return {
        **_cluster_data(plan),
        "version": plan.version,
        "files": Table(
            columns=("phase", "resource", "name", "file", "namespaced"),
            rows=[
                (phase.name, item.resource, item.name, item.file, "yes" if item.namespaced else "")
                for phase in plan.phases
                for item in phase.applied
            ],
        ),
        "objects": _object_table(plan),
        "workloads": Table(
            columns=("phase", "kind", "name", "ready_within"),
            rows=[
                (phase.name, item.kind, item.name, str(item.ready_within or 0))
                for phase in plan.phases
                for item in phase.workloads
            ],
        ),
        "job_claims": Table(
            columns=("job", "claim"),
            rows=[(item.name, claim) for phase in plan.phases for item in phase.objects for claim in item.job_claims],
        ),
        "secrets": Table(
            columns=("phase", "name", "object"),
            rows=[(phase.name, secret.name, _json(secret.manifest)) for phase, secret in secrets],
        ),
        "secret_keys": Table(
            columns=("secret", "key", "variable", "default"),
            rows=[
                (secret.name, key.name, key.variable, key.default or "") for _, secret in secrets for key in secret.keys
            ],
        ),
        "secret_readers": Table(
            columns=("secret", "kind", "name"),
            rows=[(secret.name, reader.kind, reader.name) for _, secret in secrets for reader in secret.readers],
        ),
        "secret_claims": Table(
            columns=("secret", "claim"),
            rows=[(secret.name, claim) for _, secret in secrets for claim in secret.claims],
        ),
        "addresses": Table(
            columns=("phase", "address"),
            rows=[(phase.name, address) for phase in plan.phases for address in phase.addresses],
        ),
        **_kubectl_templates("place", "objects", "status", "changes", "external_secrets", "secrets", "events"),
    }


def _undeploy_data(plan: Plan) -> Data:
    custom = {item.resource for phase in plan.phases for item in phase.objects if item.group not in BUILT_IN_GROUPS}
    return {
        **_cluster_data(plan),
        "objects": _object_table(plan),
        "custom_resources": Table(columns=("resource",), rows=[(resource,) for resource in sorted(custom)]),
        "claims": Table(
            columns=("name", "labels"),
            rows=[
                (claim.name, " ".join(f"{key}={value}" for key, value in claim.labels.items())) for claim in plan.claims
            ],
        ),
        **_kubectl_templates("place", "labels", "foreign"),
    }


def _object_table(plan: Plan) -> Table:
    return Table(
        columns=("phase", "resource", "name"),
        rows=[(phase.name, item.resource, item.name) for phase in plan.phases for item in phase.objects],
    )


def _kubectl_templates(*names: str) -> Data:
    """What kubectl prints, as Go templates that both shells can pass on (no double quotes)."""
    return {f"{name}_template": _package_text(f"templates/kubectl/{name}.gotemplate") for name in names}


def _build_images_data(plan: Plan) -> Data:
    return {
        "plan_registry": plan.registry,
        "plan_version": plan.version,
        "images": Table(
            columns=("name", "dockerfile", "common"),
            rows=[(image.name, image.dockerfile, _yes_or_no(image.common)) for image in plan.images],
        ),
    }


def _catalog_data(plan: Plan, script: str, shell: Shell) -> Data:
    return {
        "options": Table(
            columns=("name", "value", "choices", "argument_ko", "argument_en", "help_ko", "help_en"),
            rows=list(_option_rows(plan, script)),
        ),
        "messages": Table(
            columns=("key", "arguments", "ko", "en"),
            rows=[
                (
                    key,
                    " ".join(MESSAGE_ARGUMENT.findall(text["en"])),
                    shell.message(text["ko"]),
                    shell.message(text["en"]),
                )
                for key, text in _messages(script)
            ],
        ),
    }


def _option_rows(plan: Plan, script: str) -> Iterator[tuple[str, ...]]:
    """The options of the catalog, and before `help` those that include a phase."""
    for option in catalog()["options"][script]:
        if option["name"] == "help" and script == "deploy":
            yield from _phase_option_rows(plan)
        value = option.get("value", "")
        choices = CHOICES[value](plan) if value in CHOICES else []
        if value in CHOICES and not choices:
            continue
        yield (
            option["name"],
            "choice" if choices else value,
            " ".join(choices),
            *(option.get("argument", {}).get(language, "") for language in LANGUAGES),
            *(option["help"][language] for language in LANGUAGES),
        )


def _phase_option_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row an option, which several phases may share."""
    for option in dict.fromkeys(phase.option for phase in plan.phases if phase.option):
        titles = [phase.title for phase in plan.phases if phase.option == option]
        helps = (
            catalog()["phase_option"][language].format(title="', '".join(getattr(title, language) for title in titles))
            for language in LANGUAGES
        )
        yield (option, "", "", "", "", *helps)


def _messages(script: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for group in catalog()["messages"]:
        if script in group["scripts"]:
            yield from group["texts"].items()


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _bash_message(text: str) -> str:
    """A format of printf: `%s` for each argument, in the order of the text."""
    return MESSAGE_ARGUMENT.sub("%s", text.replace("%", "%%").replace("\\", "\\\\"))


def _powershell_message(text: str) -> str:
    """A format of the -f operator: the arguments numbered in the order of the text."""
    literals = [part.replace("{", "{{").replace("}", "}}") for part in MESSAGE_ARGUMENT.split(text)[::2]]
    return literals[0] + "".join(f"{{{number}}}{literal}" for number, literal in enumerate(literals[1:]))


def _powershell_block(data: Data) -> str:
    return powershell.data_block({_pascal_case(name): _powershell_value(value) for name, value in data.items()})


def _powershell_value(value: str | Table) -> powershell.Data:
    if isinstance(value, str):
        return value
    columns = [_pascal_case(column) for column in value.columns]
    return [dict(zip(columns, row, strict=True)) for row in value.rows]


def _pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def _package_text(path: str) -> str:
    return files(__package__).joinpath(path).read_text(encoding="utf-8-sig")


@cache
def catalog() -> Mapping[str, Any]:
    """What the scripts say, and their options."""
    found: Mapping[str, Any] = yaml.load(_package_text("catalog.yaml"), Loader=_FAST_LOADER)  # noqa: S506 - a safe one
    return found


BASH = Shell(folder="bash", suffix=".sh", byte_order_mark=b"", data_block=bash.data_block, message=_bash_message)
POWERSHELL = Shell(
    folder="powershell",
    suffix=".ps1",
    byte_order_mark=b"\xef\xbb\xbf",
    data_block=_powershell_block,
    message=_powershell_message,
)

CHOICES: Mapping[str, Callable[[Plan], list[str]]] = {
    "language": lambda _: list(LANGUAGES),
    "phase": lambda plan: [phase.name for phase in plan.phases],
    "secret": lambda plan: [secret.name for phase in plan.phases for secret in phase.secrets],
    "image": lambda plan: [image.name for image in plan.images],
    "local cluster": lambda _: ["kind", "minikube"],
}

SCRIPT_DATA: Mapping[str, Callable[[Plan], Data]] = {
    "deploy": _deploy_data,
    "undeploy": _undeploy_data,
    "build-images": _build_images_data,
}
