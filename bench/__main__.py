"""`./run bench [name] [arguments]`: runs a script of this folder, or says which there are."""

import ast
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def scripts() -> dict[str, str]:
    """The name of each script, and the first line of what it says about itself."""
    return {
        file.stem: (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]
        for file in sorted(FOLDER.glob("[!_]*.py"))
    }


def main(arguments: list[str]) -> int:
    """Run the named script as if it were called by itself; answers with an exit code."""
    if arguments and arguments[0] in scripts():
        sys.argv = arguments
        runpy.run_module(f"bench.{arguments[0]}", run_name="__main__")
        return 0
    for name, described in scripts().items():
        print(f"{name:<20} {described}")
    return 2 if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
