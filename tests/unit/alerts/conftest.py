"""An index with saved searches, kept by each engine."""

import pytest

from tests.unit.alerts.desk import Desk


@pytest.fixture(params=["local", "whoosh"])
def desk(tmp_path, request):
    return Desk(tmp_path / "index", request.param)


@pytest.fixture
def local(tmp_path):
    return Desk(tmp_path / "index")
