"""Writes the Python code of the exchange format into gateway/wire/gen, or tells whether it is up to date.

protoc writes imports that begin at the proto root, which is no package of ours; they are re-rooted here.
Only the service file has stubs: for the others protoc writes gRPC files that hold nothing.

    python protos/generate.py            write        (`make protos`)
    python protos/generate.py --check    only compare (`make verify`): exit 1 and the names of what differs
"""

import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

SCRIPTS = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent
TARGET = ROOT.parent / "gateway" / "wire" / "gen"
OUR_IMPORT = re.compile(r"^from tongban\.", re.MULTILINE)
PACKAGE = '"""Generated from protos/ by `make protos`; never edited."""\n'


def generated() -> dict[str, str]:
    """Compile every proto file: the text of each Python file, by its path below the target folder."""
    sources = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tongban/**/*.proto"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        arguments = ["protoc", f"-I{ROOT}", f"-I{files('grpc_tools') / '_proto'}"]
        arguments += [f"--{kind}_out={folder}" for kind in ("python", "grpc_python")]
        arguments += [f"--{kind}_out=quiet:{folder}" for kind in ("mypy", "mypy_grpc")]
        arguments += [f"--plugin={SCRIPTS / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
        if protoc.main(arguments + sources):
            raise SystemExit("protoc failed; its message stands above")
        made = {
            str(path.relative_to(folder)): OUR_IMPORT.sub("from gateway.wire.gen.tongban.", path.read_text("utf-8"))
            for path in sorted(folder.rglob("*.py*"))
            if "_pb2_grpc.py" not in path.name or path.name.startswith("exchange_service")
        }
    packages = {parent / "__init__.py" for path in made for parent in Path(path).parents}
    return made | {str(path): PACKAGE for path in packages}


def committed(target: Path) -> dict[str, str]:
    """Read what stands in `target`, in the shape of `generated`."""
    return {
        str(path.relative_to(target)): path.read_text("utf-8")
        for path in target.rglob("*.py*")
        if path.suffix != ".pyc"
    }


def write(made: dict[str, str], target: Path) -> None:
    """Make `target` hold exactly `made`."""
    for path in committed(target).keys() - made.keys():
        (target / path).unlink()
    for path, text in made.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, "utf-8")


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    made = generated()
    if arguments != ["--check"]:
        write(made, TARGET)
        return 0
    there = committed(TARGET)
    differing = sorted(path for path in made.keys() | there.keys() if made.get(path) != there.get(path))
    for path in differing:
        sys.stderr.write(f"gateway/wire/gen/{path}: differs from what protos/ says\n")
    if differing:
        sys.stderr.write("fix: run `make protos` and commit what it writes\n")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
