import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_import_contract_and_type_check_see_every_room():
    """A room that the contract does not know could import what it likes."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}

    assert set(tools["importlinter"]["root_packages"]) == rooms
    assert set(tools["mypy"]["files"]) == rooms
