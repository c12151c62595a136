"""Scripts that deploy, remove and build a system, made from its manifests.

`make_plan` derives from the manifests what the scripts have to know (order, workloads to wait for, Secrets and who
reads them), `render` writes that plan into the shell templates of this package. README.md beside this file is the
contract of the scripts, for both shells.
"""

from cdk8s_backend.scripts.plan import (
    Claim,
    Image,
    Object,
    Phase,
    PhaseFiles,
    Plan,
    PlanError,
    Secret,
    SecretKey,
    Text,
    Workload,
    make_plan,
)
from cdk8s_backend.scripts.render import render

__all__ = [
    "Claim",
    "Image",
    "Object",
    "Phase",
    "PhaseFiles",
    "Plan",
    "PlanError",
    "Secret",
    "SecretKey",
    "Text",
    "Workload",
    "make_plan",
    "render",
]
