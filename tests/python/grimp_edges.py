"""The import map of a project as grimp sees it, in the form of `ruff analyze graph`: by file, the files it imports.

Usage: grimp_edges.py ROOT...

The roots are directories that imports are looked up in, relative to the current directory, which is the project's.
grimp is asked about all packages in them at once; it takes no lone modules.

grimp ends at the first file it cannot parse. Such a file is emptied, so that others still import it, and grimp is asked
again. Nothing of the project is imported or run: grimp only looks for the packages, and a hook ends the program if
anything of the project is about to be run all the same.
"""

import importlib.util
import json
import os
import sys

PROJECT = os.path.realpath(".")


def guard(event, arguments):
    if event == "exec" and is_inside(arguments[0].co_filename):
        sys.exit(f"{arguments[0].co_filename} is being run")


def is_inside(path, directory=PROJECT):
    return path == directory or path.startswith(directory + os.sep)


def has_modules(directory):
    return any(name.endswith(".py") for _, _, names in os.walk(directory) for name in names)


def packages(roots):
    """The names of what is importable in `roots`, with `__init__.py` or without."""
    for root in roots:
        for name in sorted(os.listdir(root)):
            directory = os.path.join(root, name)
            if not name.isidentifier() or any(is_inside(other, directory) for other in roots):
                continue
            if os.path.isdir(directory) and has_modules(directory):
                found = importlib.util.find_spec(name).submodule_search_locations
                if directory not in found:
                    sys.exit(f"{name} is found in {list(found)} instead of {root}")
                yield name


def build(names):
    # Only now, with the hook in place.
    import grimp

    while True:
        try:
            return grimp.build_graph(*names, cache_dir=None)
        except grimp.exceptions.SourceSyntaxError as error:
            print(f"emptied: {error}", file=sys.stderr)
            with open(error.filename, "w", encoding="utf-8"):
                pass


def file_of(module, roots):
    path = module.replace(".", os.sep)
    for root in roots:
        for file in (os.path.join(root, path, "__init__.py"), os.path.join(root, path + ".py")):
            if os.path.isfile(file):
                return os.path.relpath(file, PROJECT)
    return None  # a package without `__init__.py`


def main(roots):
    sys.addaudithook(guard)
    roots = [os.path.normpath(os.path.join(PROJECT, root)) for root in roots]
    sys.path[:0] = roots
    graph = build(list(packages(roots)))
    files = {module: file_of(module, roots) for module in graph.modules}
    edges = {}
    for module, file in files.items():
        if file is not None:
            imported = map(files.get, graph.find_modules_directly_imported_by(module))
            edges[file] = sorted(target for target in imported if target is not None)
    json.dump(edges, sys.stdout, indent=2, sort_keys=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
