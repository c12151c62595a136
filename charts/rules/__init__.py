"""The twelve rules of the specification as checks that can judge any folder.

    violations = judge(Folder.read(Path("dist")))

`python -m charts.rules FOLDER` prints them.
"""

from charts.rules.folder import Finding, Folder
from charts.rules.table import RULES, Rule, Violation, judge, quotation

__all__ = ["RULES", "Finding", "Folder", "Rule", "Violation", "judge", "quotation"]
