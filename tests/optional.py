"""Packages that only some tests need."""

import importlib
import os
from types import ModuleType

import pytest


def optional(name: str) -> ModuleType:
    """Import a package; without it skip the test, but fail where CI is set, which installs it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the package {name} is not installed")
