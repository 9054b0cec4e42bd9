"""Add a statement to a function body of a file, in place: the smallest edit that people make all day.

Usage: edit_body.py FILE STATEMENT

The statement goes after the last one of the last function that stands at the top of the file, at its indentation.
"""

import ast
import sys


def main(path, statement):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    if not functions:
        sys.exit(f"{path}: no function at the top of the file")
    last = functions[-1].body[-1]
    lines = text.splitlines(keepends=True)
    lines.insert(last.end_lineno, " " * functions[-1].body[0].col_offset + statement + "\n")
    text = "".join(lines)
    ast.parse(text)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
