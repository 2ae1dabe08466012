"""Every setting is documented: the docs and the code cannot drift apart."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'(?:env_\w+|environ(?:\.get)?)[(\[]\s*"([A-Z_]+)"')


def test_every_environment_variable_is_documented_and_every_documented_one_is_read() -> None:
    sources = [ROOT / "agentops" / name for name in ("settings.py", "supervisor.py")]
    read = {name for path in sources for name in READ.findall(path.read_text())}
    text = (ROOT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert documented == read
