"""A run of the suite: deploys the environment, runs parts on it, and removes it."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from charts.topology import NAMESPACE, Topology
from e2e.check import Part
from e2e.environment import Environment, generate, generate_gateway
from e2e.errors import CheckFailedError, NotRunError, RefusedError
from e2e.facts import facts
from e2e.results import GroupResults, PartResults, Report, Result, Status
from e2e.running import judge, line_of, part_results, run_part
from e2e.scripts import run_script
from e2e.soundness import crashed
from e2e.system import System, WayIn
from e2e.timeline import timeline_of
from tests.support.cluster import Cluster

__all__ = ["Suite"]


class Suite:
    """A run on a disposable cluster.

    Args:
        cluster: The cluster.
        build: Where the environment's folders are written.
        tool: The program that breaks the node; None where there is none.
        say: Gets a line for each step as it happens.
        all_required: Whether a check that is not run counts as a failure.

    Attributes:
        report: What became of everything so far.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        build: Path,
        tool: Path | None,
        say: Callable[[str], object],
        all_required: bool = False,
    ) -> None:
        self.report = Report(began=datetime.now(UTC), all_required=all_required)
        self._cluster = cluster
        self._build = build
        self._tool = tool
        self._say = say
        self._steps: list[Result] = []

    def run(self, parts: Sequence[Part], *, keep: bool) -> None:
        """Runs parts, one after another, on one deployment.

        Args:
            parts: The parts.
            keep: Whether the environment stays when all is done.

        Raises:
            RefusedError: The cluster has the system's namespace already, or a setting is wrong; nothing was touched.
            KeyboardInterrupt: It is interrupted before the deployment, or while it removes the environment. In between,
                it ends early, and the report says so.
        """
        self._refuse_if_taken()
        environment = generate(self._build, Topology())
        began = time.monotonic()
        self.report.facts |= facts(self._cluster, environment)
        try:
            system = self._deploy(environment)
            for part in parts:
                self._run(part, system)
        except KeyboardInterrupt:
            self.report.interrupted = True
        finally:
            if not keep:
                self._step("undeploy.sh removes everything", "Nothing is left.", partial(self._remove, environment))
            self.report.seconds = time.monotonic() - began
            self.report.parts.insert(0, self._steps_as_part())

    def _run(self, part: Part, system: System | None) -> None:
        """Runs a part, and reports what there is of it also when it is interrupted."""
        self._say(part.title)
        began, missing = time.monotonic(), "the system is not deployed"
        results: dict[str, Result] = {}
        try:
            if system:
                missing = "interrupted"
                run_part(part, system, results, self._say)
        finally:
            seconds = time.monotonic() - began
            self.report.parts.append(part_results(part, results, seconds, missing=missing))

    def _namespace_is_there(self) -> bool:
        found = self._cluster.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output=name")
        return bool(found.stdout.strip())

    def _refuse_if_taken(self) -> None:
        """Makes sure that nothing of anyone's is lost."""
        if self._namespace_is_there():
            raise RefusedError(
                f"context {self._cluster.context} has a namespace {NAMESPACE} already, whose data may be needed. If "
                f"it is not: kubectl --context {self._cluster.context} delete namespace {NAMESPACE}"
            )

    def _step(self, name: str, promise: str, run: Callable[[], str | None]) -> bool:
        """Takes a step of the environment's life; returns whether it went well."""
        self._say(name)
        result = judge(name, promise, run)
        self._steps.append(result)
        self._say(line_of(result))
        return result.status is Status.PASSED

    def _steps_as_part(self) -> PartResults:
        seconds = sum(result.seconds for result in self._steps)
        group = GroupResults(title="Deployment and removal", results=tuple(self._steps))
        return PartResults(title="The environment", seconds=seconds, groups=(group,))

    def _deploy(self, environment: Environment) -> System | None:
        """The running system; None where it does not become ready."""
        settings, address = environment.settings, self._cluster.node_address
        promise = "One command brings the whole system to ready."
        if not self._step("deploy.sh deploys the system", promise, partial(self._deploy_all, environment)):
            return None
        promise = "What needs others waits for them, and does not crash until they are there."
        self._step("no container was restarted", promise, self._count_restarts)
        read = settings.hosts.read or settings.hosts.main
        ways = {"Ingress": WayIn(address=address, main=settings.hosts.main, read=read)}
        gateway = generate_gateway(self._build, environment)
        promise = "The routes of a Gateway are served beside those of the Ingress."
        if self._step("deploy.sh deploys the Gateway", promise, partial(self._deploy_gateway, gateway)):
            host = gateway.settings.hosts.main
            ways["Gateway"] = WayIn(address=address, main=host, read=host)
        return System(
            cluster=self._cluster,
            topology=environment.topology,
            settings=settings,
            folder=environment.folder,
            ways_in=ways,
            tool=self._tool,
        )

    def _deploy_all(self, environment: Environment) -> str:
        run = run_script(self._cluster, environment.folder / "deploy.sh", "--with-ingress", say=self._say)
        self.report.timeline = timeline_of(run.events, self._pods(), environment.phases)
        return ", ".join(f"{each.title} {each.ended - each.began:.0f} s" for each in self.report.timeline.phases)

    def _deploy_gateway(self, gateway: Environment) -> None:
        name = gateway.settings.gateway_class
        kinds = self._cluster.kubectl("api-resources", "--api-group=gateway.networking.k8s.io", "--output=name").stdout
        is_known = "gatewayclasses." in kinds
        get = ("get", "gatewayclass", name, "--ignore-not-found", "--output=name")
        if not is_known or not self._cluster.kubectl(*get).stdout.strip():
            raise NotRunError(f"the cluster has no GatewayClass {name}")
        options = ("--only", "ingress", "--with-ingress")
        run_script(self._cluster, gateway.folder / "deploy.sh", *options, say=self._say)

    def _count_restarts(self) -> None:
        if names := crashed(self._pods()):
            raise CheckFailedError(f"restarted: {', '.join(names)}")

    def _remove(self, environment: Environment) -> None:
        options = ("--delete-data", "--delete-namespace", "--confirm", NAMESPACE, "--force-unlock")
        run_script(self._cluster, environment.folder / "undeploy.sh", *options, say=self._say)
        if self._namespace_is_there():
            raise CheckFailedError(f"the namespace {NAMESPACE} is still there")

    def _pods(self) -> list[dict[str, Any]]:
        found = self._cluster.kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=json").stdout
        items: list[dict[str, Any]] = json.loads(found)["items"]
        return items
