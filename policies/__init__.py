"""Policy checks: kube-score and checkov judge the generated folders, and docs/policies.md lists the exemptions."""
