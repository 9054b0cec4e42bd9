"""The import map of a project, the classic way: `ast` over all files in a `ProcessPoolExecutor`.

Usage: ast_pool.py ROOT

Prints, as JSON, the first-party files that each file imports: what `ruff analyze graph` prints. This is what a
careful Python programmer writes: files go to the workers in chunks, only names come back, and resolution is a
dictionary look-up. Nothing of the project is imported or run.
"""

import ast
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor

SKIPPED = {".git", ".venv", "venv", "__pycache__", "node_modules", "build", "dist"}


def python_files(root):
    for directory, directories, files in os.walk(root):
        directories[:] = sorted(name for name in directories if name not in SKIPPED)
        for name in sorted(files):
            if name.endswith((".py", ".pyi")):
                yield os.path.relpath(os.path.join(directory, name), root)


def module_name(path, prefix):
    """`src/a/b/__init__.py` is `a.b` below the prefix `src/`."""
    parts = path[len(prefix) :].rsplit(".", 1)[0].split(os.sep)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def imports(job):
    """The dotted names a file asks for, made absolute: `(names, names that may be a module or a symbol)`."""
    root, path, package = job
    try:
        with open(os.path.join(root, path), "rb") as file:
            tree = ast.parse(file.read(), path)
    except (SyntaxError, ValueError, RecursionError):
        return path, []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".") if package else []
                parents = parents[: len(parents) - (node.level - 1)]
                base = ".".join([*parents, base] if base else parents)
            found.update((base, alias.name) for alias in node.names)
    return path, sorted(found, key=str)


def main(root):
    paths = list(python_files(root))
    prefix = "src" + os.sep if os.path.isdir(os.path.join(root, "src")) else ""
    names = {path: module_name(path, prefix if path.startswith(prefix) else "") for path in paths}
    files = {name: path for path, name in names.items()}
    jobs = []
    for path, name in names.items():
        is_package = os.path.basename(path).startswith("__init__.")
        jobs.append((root, path, name if is_package else name.rpartition(".")[0]))
    graph = {}
    with ProcessPoolExecutor() as pool:
        for path, wanted in pool.map(imports, jobs, chunksize=32):
            targets = set()
            for base, symbol in wanted:
                target = files.get(f"{base}.{symbol}" if symbol else base) or files.get(base)
                if target is not None and target != path:
                    targets.add(target)
            graph[path] = sorted(targets)
    json.dump(graph, sys.stdout, indent=2, sort_keys=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
