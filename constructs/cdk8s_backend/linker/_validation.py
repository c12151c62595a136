"""The linker inside a cdk8s app."""

import json

from cdk8s_backend.errors import LinkError
from cdk8s_backend.linker._problem import Problem  # noqa: TC002 - jsii reads the annotations
from cdk8s_backend.linker._rules import check
from cdk8s_backend.manifest import Manifest, read_charts

import jsii
from cdk8s import App
from constructs import IValidation

__all__ = ["LinkValidation", "install", "manifests_of"]


@jsii.implements(IValidation)
class LinkValidation:
    """Fails the synthesis of an app whose manifests do not link.

    Attributes:
        problems: What the last validation found.
    """

    def __init__(self, app: App) -> None:
        self.problems: list[Problem] = []
        self._app = app
        self._text = ""
        self._charts: dict[str, list[Manifest]] = {}
        self._is_checked = False

    def validate(self) -> list[str]:
        """Checks the app's manifests; called by the synthesis, once for the app and again for each chart.

        Returns:
            One line for each problem.
        """
        if self._is_checked:
            return []
        try:
            self._check()
        except RuntimeError:
            return []  # the synthesis fails on the same, and tells it better
        return [str(problem) for problem in self.problems]

    def synth(self) -> dict[str, list[Manifest]]:
        """Synthesizes the app: as `app.synth()`, with an error that a program can show as it is.

        Returns:
            The manifests of each chart, by the path of the chart in the app, in the order in which they were made.

        Raises:
            LinkError: One line for each problem; nothing is written.
        """
        self._check()
        if self.problems:
            raise LinkError("\n".join(str(problem) for problem in self.problems))
        self._is_checked = True
        try:
            self._app.synth()
        finally:
            self._is_checked = False
        return self._charts

    def _check(self) -> None:
        """Finds the problems; what was checked and has not changed is not checked again."""
        text = read_charts(self._app)
        if text != self._text:
            self._text, self._charts = text, dict(json.loads(text))
            self.problems = check(manifest for chart in self._charts.values() for manifest in chart)


def install(app: App) -> LinkValidation:
    """Makes every synthesis of the app, `cdk8s synth` too, fail on references that do not meet.

    Under plain `app.synth()` the failure is a RuntimeError of jsii whose text holds one line for each problem.

    Args:
        app: The app; its charts may be added before or after.

    Returns:
        The validation, whose `synth()` raises LinkError instead.
    """
    validation = LinkValidation(app)
    app.node.add_validation(validation)
    return validation


def manifests_of(app: App) -> list[Manifest]:
    """Reads the manifests of all charts of an app.

    Args:
        app: The app.

    Returns:
        The manifests as plain data, in the order in which they were made.
    """
    return [manifest for _, chart in json.loads(read_charts(app)) for manifest in chart]
