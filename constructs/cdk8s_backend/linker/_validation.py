"""The linker inside a cdk8s app."""

from cdk8s_backend.errors import LinkError
from cdk8s_backend.linker._problem import Problem  # noqa: TC002  # jsii reads the annotations
from cdk8s_backend.linker._rules import check
from cdk8s_backend.manifest import Manifest

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
        self._manifests: dict[str, list[Manifest]] = {}
        self._is_reading = False

    def validate(self) -> list[str]:
        """Checks the app's manifests; called by the synthesis.

        Returns:
            One line for each problem.
        """
        if self._is_reading:  # reading a chart validates the whole app again
            return []
        self._is_reading = True
        self.problems = []
        try:
            self._manifests = _read(self._app)
        except RuntimeError:
            return []  # the synthesis fails on the same, and tells it better
        finally:
            self._is_reading = False
        self.problems = check(manifest for chart in self._manifests.values() for manifest in chart)
        return [str(problem) for problem in self.problems]

    def synth(self) -> dict[str, list[Manifest]]:
        """Synthesizes the app: as `app.synth()`, with an error that a program can show as it is.

        Returns:
            The manifests of each chart, by the path of the chart in the app, dependencies first.

        Raises:
            LinkError: One line for each problem.
        """
        try:
            self._app.synth()
        except RuntimeError:
            if not self.problems:
                raise
        if self.problems:
            raise LinkError("\n".join(str(problem) for problem in self.problems))
        return self._manifests


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
    """Reads the manifests of all charts of an app, dependencies first.

    Args:
        app: The app.

    Returns:
        The manifests as plain data.
    """
    return [manifest for chart in _read(app).values() for manifest in chart]


def _read(app: App) -> dict[str, list[Manifest]]:
    return {chart.node.path: chart.to_json() for chart in app.charts}
