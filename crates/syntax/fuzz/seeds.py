"""Write seeds for the fuzzer into a directory, and `python.dict` with the pieces of Python it may put together."""

import ast
import pathlib
import sys
import sysconfig

HERE = pathlib.Path(__file__).parent


def main():
    target = pathlib.Path(sys.argv[1])
    lines = (HERE.parent / "tests" / "pieces.txt").read_text("utf-8").splitlines()
    pieces = [line.replace("␤", "\n") for line in lines]
    with open(HERE / "python.dict", "w") as dictionary:
        for piece in pieces + ["    ", "\n", "\r\n", "\r", "\t", "\f", "'''", '"""']:
            dictionary.write('"' + "".join(f"\\x{byte:02x}" for byte in piece.encode()) + '"\n')
    for number, piece in enumerate(pieces):
        (target / f"piece{number}").write_text(piece, "utf-8")
    for path in pathlib.Path(sysconfig.get_path("stdlib")).glob("test/test_*.py"):
        try:
            source = path.read_text("utf-8")
            statements = [ast.get_source_segment(source, node) for node in ast.parse(source).body]
        except (SyntaxError, ValueError):
            continue
        for number, statement in enumerate(statements):
            if statement and len(statement) < 400 and number % 10 == 0:
                (target / f"{path.stem}{number}").write_text(statement, "utf-8")


if __name__ == "__main__":
    main()
