"""Add a statement to a function body of a file, in place: the smallest edit that people make all day.

Usage: edit_body.py FILE STATEMENT

The statement goes after the last one of the last function that stands at the top of the file, at its indentation.
Functions without `->` that end by returning something are left alone if there is another one: some of their bodies are in
sight of other files.
"""

import ast
import sys


def is_in_sight(function):
    return function.returns is None and isinstance(function.body[-1], ast.Return)


def main(path, statement):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    if not functions:
        sys.exit(f"{path}: no function at the top of the file")
    body = max(functions, key=lambda function: (not is_in_sight(function), function.lineno)).body
    lines = text.splitlines(keepends=True)
    lines.insert(body[-1].end_lineno, " " * body[0].col_offset + statement + "\n")
    text = "".join(lines)
    ast.parse(text)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
