"""Rule 10: the scripts that deploy, remove and build, judged by their text."""

import re
from collections.abc import Iterator

from charts.rules.folder import Finding, Folder
from charts.rules.specification import SERVICES

_DEPLOY = ("deploy.sh", "deploy.ps1")
_UNDEPLOY = ("undeploy.sh", "undeploy.ps1")
_BUILD = ("build-images.sh", "build-images.ps1")

_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_STEPS = (
    ("namespace", re.compile(r"namespace\.yaml")),
    ("ConfigMaps", re.compile(r"[/'\"]configmap/|/configmap[\"']")),
    ("claims", re.compile(r"[/'\"]persistentvolumeclaims/|/persistentvolumeclaims[\"']")),
    ("infrastructure", re.compile(r"[/'\"]statefulsets/|/statefulsets[\"']")),
    ("database initialization", re.compile(r"[/'\"]jobs/|/jobs[\"']")),
    ("services", re.compile(r"[/'\"]deployments/[\w-]+-service\.yaml|/deployments[\"']")),
    ("Ingress", re.compile(r"[/'\"]ingress/|/ingress[\"']")),
)
_STOPS = {
    ".sh": re.compile(r"^set -[a-z]*e", re.MULTILINE),
    ".ps1": re.compile(r"\$ErrorActionPreference\s*=\s*['\"]Stop"),
}
_PHASES = re.compile(r"^\$?phases ?= ?@?\(\n(.*?)^\)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"^\s*'[^']+' '[^']|\bTitleKo'? = '[^']", re.MULTILINE)
_MESSAGE = re.compile(
    r"^\s*(?:echo|printf|say|Write-(?:Host|Output|Information|Warning))\b", re.MULTILINE | re.IGNORECASE
)
_BUILDS = re.compile(
    r"\bdocker\b[^\n]*\bbuild\b[^\n]*\s['\"]?-{1,2}f(?:ile)?\b[^\n]*"
    r"[\s,(]['\"]?\$\{?(?:script:)?\w*root\w*\}?['\"]?(?=[\s,)]|$)",  # the root as a word of its own
    re.IGNORECASE | re.MULTILINE,
)
_TOLD = re.compile(
    r"\b(?:echo|printf|say|Write-\w+)\b[^\n]*\$\{?\w*(?:image|name)\w*[^\n]*\n"
    r"(?:[^\n]*\n){0,4}?[^\n]*\bdocker\b[^\n]*\bbuild\b",
    re.IGNORECASE,
)
_COMMON = re.compile(r"\bcommon/Dockerfile")
_SERVICE = re.compile(rf"\b({'|'.join(SERVICES)})\b")


# Deploying


def deploy_keeps_the_order(folder: Folder) -> Iterator[Finding]:
    """“순차적 배포 순서 준수”: namespace, configuration, claims, infrastructure, initialization, services, Ingress."""
    for file, script in _scripts(folder, _DEPLOY):
        last, previous = -1, ""
        for step, pattern in _STEPS:
            match = pattern.search(script)
            if match is None:
                yield Finding(file=file, field=step, right="a step of the script")
            elif match.start() < last:
                yield Finding(file=file, field=step, value=f"before {previous}", right=f"after {previous}")
            else:
                last, previous = match.start(), step
    yield from _missing(folder, _DEPLOY)


def scripts_stop_at_an_error(folder: Folder) -> Iterator[Finding]:
    """“에러 발생 시 중단 (`set -e`)”: in PowerShell `$ErrorActionPreference = 'Stop'`."""
    for file, script in _scripts(folder, (*_DEPLOY, *_UNDEPLOY, *_BUILD)):
        if not _STOPS[f".{file.rpartition('.')[2]}"].search(script):
            right = "set -e" if file.endswith(".sh") else "$ErrorActionPreference = 'Stop'"
            yield Finding(file=file, field="stopping at an error", right=right)
    yield from _missing(folder, _UNDEPLOY)


def deploy_tells_each_step(folder: Folder) -> Iterator[Finding]:
    """“각 단계별 확인 메시지”: a text for each step."""
    for file, script in _scripts(folder, _DEPLOY):
        found = _number_of_messages(script)
        if found < len(_STEPS):
            yield Finding(file=file, field="messages", value=found, right=f"one for each of the {len(_STEPS)} steps")


def deploy_has_an_option_for_the_ingress(folder: Folder) -> Iterator[Finding]:
    """“옵션으로 Ingress 포함 가능”: `--with-ingress`."""
    for file, script in _scripts(folder, _DEPLOY):
        if "with-ingress" not in script:
            yield Finding(file=file, field="option --with-ingress", right="an option that includes the Ingress")


# Building


def images_are_built_from_the_root(folder: Folder) -> Iterator[Finding]:
    """“루트 디렉토리를 빌드 컨텍스트로 사용”: `docker build` with the Dockerfile named and the root as context."""
    for file, script in _scripts(folder, _BUILD):
        if not _BUILDS.search(script):
            yield Finding(file=file, field="docker build", right="-f <service>/Dockerfile, with the root as context")
    yield from _missing(folder, _BUILD)


def common_modules_come_first(folder: Folder) -> Iterator[Finding]:
    """“공통 모듈 의존성 고려”: what the services share is built before them."""
    for file, script in _scripts(folder, _BUILD):
        common, first = _COMMON.search(script), _SERVICE.search(script)
        if common is None or first is None or common.start() > first.start():
            found = None if common is None else "after the services"
            yield Finding(file=file, field="common modules", value=found, right="a build before that of the services")


def registry_and_version_can_be_given(folder: Folder) -> Iterator[Finding]:
    """“레지스트리 및 버전 지정 가능”: by the variables REGISTRY and VERSION."""
    for file, script in _scripts(folder, _BUILD):
        for name in ("REGISTRY", "VERSION"):
            if not re.search(rf"\$\{{?(env:)?{name}\b", script):
                yield Finding(file=file, field=name, right=f"a variable {name} that the script reads")


def each_image_is_told(folder: Folder) -> Iterator[Finding]:
    """“각 이미지 빌드 로그 출력”: a text for each image before it is built."""
    for file, script in _scripts(folder, _BUILD):
        if not _TOLD.search(script):
            yield Finding(file=file, field="messages", right="a text that names the image which is being built")


def _number_of_messages(script: str) -> int:
    table = _PHASES.search(script)
    return len(_TITLE.findall(table[1]) if table else _MESSAGE.findall(script))


def _scripts(folder: Folder, files: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for file in files:
        if file in folder.texts:
            yield file, _COMMENT.sub("", folder.texts[file])


def _missing(folder: Folder, files: tuple[str, ...]) -> Iterator[Finding]:
    for file in files:
        if file not in folder.texts:
            yield Finding(file=file, right="a script")
