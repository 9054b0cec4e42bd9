"""Erases the function bodies that other files cannot see into, by the rule as the design states it.

Written apart from the program, on CPython's own syntax tree, so that a mistake in one shows against the other.
Reads paths on standard input, a line each, relative to the directory given as argument, rewrites these files, and prints
for each how many bodies are gone. Files that CPython does not parse stay as they are.
"""

import ast
import os
import sys


COMPOUND = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.If, ast.With,
    ast.AsyncWith, ast.Match, ast.Try, ast.TryStar,
)


def is_docstring(statement):
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def is_telling(node):
    """Whether something in a body says what other files can see."""
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)):
        return True
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, (ast.Store, ast.Del))
        and isinstance(node.value, ast.Name)
    )


def is_void(statement):
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is Ellipsis
    )


def is_factory(function):
    """Whether it is short, goes straight on, and returns what a call makes, or a name. Only at the top of a file it is one."""
    statements = function.body[1:] if is_docstring(function.body[0]) else function.body
    if isinstance(function, ast.AsyncFunctionDef) or function.returns or not 1 <= len(statements) <= 8:
        return False
    if any(isinstance(statement, COMPOUND) for statement in statements):
        return False
    return isinstance(statements[-1], ast.Return) and isinstance(statements[-1].value, (ast.Call, ast.Name))


def is_erasable(function):
    if function.name in ("__exit__", "__aexit__") and function.returns is None:
        return False
    if any(is_telling(node) for statement in function.body for node in ast.walk(statement)):
        return False
    statements = function.body[1:] if is_docstring(function.body[0]) else function.body
    if all(map(is_void, statements)):
        return False
    return not (len(statements) == 1 and isinstance(statements[0], ast.Raise))


def erasable(node):
    """The outermost functions whose bodies can go."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_erasable(child):
            if not (isinstance(node, ast.Module) and is_factory(child)):
                yield child
        else:
            yield from erasable(child)


def replacement(function):
    """Nothing but the import statements, in order: what a file needs is wider than what others see of it."""
    imports = [
        ast.unparse(node)
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    return "; ".join([*imports, "0"])


def erase(source):
    """The source without these bodies, and how many there were."""
    lines = source.splitlines(keepends=True)
    functions = list(erasable(ast.parse(b"".join(lines))))
    for function in reversed(functions):
        first, last = function.body[0], function.body[-1]
        starts = [first, *getattr(first, "decorator_list", [])]
        line = min(start.lineno for start in starts) - 1
        column = min(start.col_offset for start in starts if start.lineno == line + 1)
        if getattr(first, "decorator_list", None):
            column -= 1  # the `@`
        before = lines[line][:column]
        after = lines[last.end_lineno - 1][last.end_col_offset :]
        lines[line : last.end_lineno] = [before + replacement(function).encode() + after]
    return b"".join(lines), len(functions)


def main():
    os.chdir(sys.argv[1])
    for path in sys.stdin.read().splitlines():
        with open(path, "rb") as file:
            source = file.read()
        try:
            erased, count = erase(source)
            ast.parse(erased)
        except (SyntaxError, ValueError):
            count = 0
        else:
            with open(path, "wb") as file:
                file.write(erased)
        print(count)


main()
