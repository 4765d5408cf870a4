"""Each patch of `make test-breaks`, which takes long, still fits what it breaks, and its tests are there."""

import os
import shutil

import pytest

from tests.faults.breaks import PATCHES, ROOT, apply, reds

patches = pytest.mark.parametrize("patch", sorted(ROOT.glob(PATCHES)), ids=lambda patch: patch.stem)


@patches
@pytest.mark.skipif(not shutil.which("git") and "CI" not in os.environ, reason="git is missing")
def test_each_break_still_fits(patch):
    assert apply(patch, "--check", to=ROOT) == ""


@patches
def test_each_break_names_tests_that_are_there(patch):
    assert reds(patch) != []
    assert [red.test for red in reds(patch) if not red.is_there] == []
