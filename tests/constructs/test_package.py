"""The library's public face."""

import ast
import subprocess
import sys
from pathlib import Path

import cdk8s_backend

import pytest

import charts.topology


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(cdk8s_backend, name) is not None for name in cdk8s_backend.__all__)
    assert dir(cdk8s_backend) == sorted(cdk8s_backend.__all__)


def test_type_checkers_see_the_names_that_are_there() -> None:
    tree = ast.parse(Path(cdk8s_backend.__file__).read_text(encoding="utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert {name: getattr(cdk8s_backend, name) for name in seen}.keys() == set(cdk8s_backend.__all__)
    assert seen == cdk8s_backend._MODULES


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cdk8s_backend' has no attribute 'ApiServices'"):
        _ = cdk8s_backend.ApiServices  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["cdk8s_backend.values", "charts.topology"])
def test_what_needs_no_cdk8s_does_not_load_it(module: str) -> None:
    code = f"import sys, {module}; sys.exit('cdk8s' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(charts.topology.__file__).parents[1], check=True)
