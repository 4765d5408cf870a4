import hypothesis
import pytest

# The same examples in every run, and no example judged by how long it took.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _files_of_this_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.INSTANCE_FILE = str(tmp_path / "instance")
    settings.FILES_LOCK = tmp_path / "public-files.lock"
