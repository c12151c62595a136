"""Links the objects of a system: every name, key, port, selector, claim and backend must meet its other end.

`check` judges manifests, wherever they come from. `install` makes it part of the synthesis of a cdk8s app.

Only what lies among the manifests can be linked. Left alone are external hosts (IP addresses, names with dots), text
with placeholders (`${NAME}`), files (values of several lines), and objects that the cluster brings: storage classes,
ingress classes, priority classes, certificates that an issuer makes. Two annotations take a place out on purpose, both
lists divided by commas:

- `cdk8s-backend/unlinked-keys: "smtp.host,image"` on a ConfigMap, Secret or workload: keys, or variables of its
  containers, whose value looks like an endpoint of the system and is none.
- `cdk8s-backend/provided-elsewhere: "Secret/wildcard-tls"` on an object: what it names and the cluster has already,
  like its namespace (`Namespace/monitoring`), or pods that an operator makes (`Pod/app=made`, one for each label).
"""

from cdk8s_backend.linker._index import ELSEWHERE_ANNOTATION
from cdk8s_backend.linker._problem import Problem
from cdk8s_backend.linker._rules import check
from cdk8s_backend.linker._validation import LinkValidation, install, manifests_of

__all__ = ["ELSEWHERE_ANNOTATION", "LinkValidation", "Problem", "check", "install", "manifests_of"]
