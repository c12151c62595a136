"""The rules in the order of the specification, and what it takes to break one."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from charts.rules import configuration, namespace, naming, networking, routing, scripts, storage, workloads
from charts.rules.folder import Check, Finding, Folder

__all__ = ["RULES", "Rule", "Violation", "judge", "quotation"]


@dataclass(frozen=True)
class Violation:
    """A bullet of a rule that a folder breaks, and where.

    Attributes:
        rule: Number of the rule.
        bullet: Position of the bullet in the rule's list, from 1 on.
        text: The bullet, as the specification words it.
        finding: The place and what would be right.
    """

    rule: int
    bullet: int
    text: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.rule}.{self.bullet} {self.text}: {self.finding}"


@dataclass(frozen=True)
class Rule:
    """One of the twelve rules.

    Attributes:
        number: Its number in the specification.
        title: Its heading there.
        bullets: A check for each bullet of its list, in that order; its docstring quotes the bullet.
    """

    number: int
    title: str
    bullets: tuple[Check, ...]

    def __call__(self, folder: Folder) -> Iterator[Violation]:
        """What of the folder breaks this rule."""
        for position, check in enumerate(self.bullets, start=1):
            for finding in check(folder):
                yield Violation(self.number, position, quotation(check), finding)


def quotation(check: Check) -> str:
    """The bullet that a check's docstring quotes."""
    match = re.match("“(.+?)”", inspect.getdoc(check) or "", re.DOTALL)
    return " ".join(match[1].split()) if match else ""


def judge(folder: Folder) -> list[Violation]:
    """All that breaks the rules, in the order of the specification."""
    return [violation for rule in RULES for violation in rule(folder)]


RULES = (
    Rule(
        1,
        "네임스페이스 규칙",
        (
            namespace.the_namespace_is_there,
            namespace.everything_lies_in_the_namespace,
            namespace.the_namespace_tells_the_environment,
        ),
    ),
    Rule(
        2,
        "Deployment 작성 규칙",
        (
            workloads.deployments_lie_in_the_namespace,
            workloads.deployments_bear_their_name_as_label,
            workloads.deployments_limit_their_resources,
            workloads.deployments_are_checked,
            workloads.deployments_read_their_environment,
            workloads.deployments_name_versions_of_images,
        ),
    ),
    Rule(
        3,
        "StatefulSet 작성 규칙",
        (
            workloads.stateful_sets_are_databases,
            workloads.stateful_sets_have_claim_templates,
            workloads.stateful_sets_name_their_service,
            workloads.claims_lie_in_their_folder,
        ),
    ),
    Rule(
        4,
        "Service 작성 규칙",
        (
            networking.services_bear_the_name_of_their_deployment,
            networking.services_are_internal,
            networking.ports_are_unique,
            networking.selectors_are_the_labels_of_the_pods,
        ),
    ),
    Rule(
        5,
        "ConfigMap 작성 규칙",
        (
            configuration.config_maps_hold_nothing_sensitive,
            configuration.keys_are_dotted,
            configuration.values_are_text,
            configuration.config_maps_are_separate,
        ),
    ),
    Rule(
        6,
        "Secret 작성 규칙",
        (
            configuration.secrets_hold_only_what_is_sensitive,
            configuration.secrets_are_plain_text,
            configuration.secrets_can_be_managed_elsewhere,
            configuration.secrets_are_templates,
        ),
    ),
    Rule(
        7,
        "PVC 작성 규칙",
        (
            storage.claims_are_used,
            storage.claims_have_one_writer,
            storage.claims_name_their_class,
            storage.claims_have_a_size,
        ),
    ),
    Rule(
        8,
        "Ingress 작성 규칙",
        (
            routing.routing_is_by_host,
            routing.routing_is_by_path,
            routing.services_have_paths,
            routing.the_controller_is_told,
        ),
    ),
    Rule(
        9,
        "Job 작성 규칙",
        (workloads.jobs_initialize_databases, workloads.jobs_try_again, workloads.jobs_are_kept),
    ),
    Rule(
        10,
        "배포 스크립트 규칙",
        (
            scripts.deploy_keeps_the_order,
            scripts.scripts_stop_at_an_error,
            scripts.deploy_tells_each_step,
            scripts.deploy_has_an_option_for_the_ingress,
            scripts.images_are_built_from_the_root,
            scripts.common_modules_come_first,
            scripts.registry_and_version_can_be_given,
            scripts.each_image_is_told,
        ),
    ),
    Rule(
        11,
        "네이밍 컨벤션",
        (
            naming.files_are_in_kebab_case,
            naming.resources_are_in_kebab_case,
            naming.labels_are_the_names,
            naming.no_other_namespace_is_named,
        ),
    ),
    Rule(
        12,
        "리소스 제한 규칙",
        (
            workloads.services_limit_their_resources,
            workloads.requests_are_those_of_the_guide,
            workloads.limits_are_those_of_the_guide,
            workloads.the_analysis_service_has_more,
        ),
    ),
)
