"""Print what CPython's own parser says about the imports of the files named on standard input, one a line; or, given
`--texts`, of texts, each a JSON string on its line.

One line of JSON for each: null where CPython refuses it, else an object with
"imports": a list of [level, module, name, alias, line, column] in source order, with null for what is absent;
"names": what the module binds, sorted, names declared `global` in a function or class included.
"""

import ast
import gc
import json
import symtable
import sys
import warnings

warnings.simplefilter("ignore")


def facts(source):
    try:
        return {"imports": imports(ast.parse(source)), "names": names(source)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read(path):
    with open(path, "rb") as file:
        return file.read()


def imports(tree):
    found = []
    # Statements stand in blocks alone: to walk expressions too takes four times as long.
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            rows = [[0, alias.name, None, alias.asname] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            rows = [[node.level, node.module or "", alias.name, alias.asname] for alias in node.names]
        else:
            for block in ("body", "orelse", "handlers", "finalbody", "cases"):
                inner = getattr(node, block, ())
                # The body of a lambda is an expression.
                pending.extend(inner if isinstance(inner, list) else ())
            continue
        found.append((node.lineno, node.col_offset, rows))
    found.sort(key=lambda statement: statement[:2])
    return [[*row, line, column] for line, column, rows in found for row in rows]


def names(source):
    tables = [symtable.symtable(source, "module", "exec")]
    found = {name.get_name() for name in tables[0].get_symbols() if is_bound(name)}
    # Only these two bind outside of the scope they stand in.
    while tables and (b"global" in source or b":=" in source):
        table = tables.pop()
        tables.extend(table.get_children())
        found.update(name.get_name() for name in table.get_symbols() if name.is_declared_global())
    return sorted(found)


def is_bound(name):
    # Since 3.12 the variables of comprehensions that are compiled in place (PEP 709) are listed too, and nothing public
    # tells them apart.
    is_iteration = name._Symbol__flags & 2 << 8
    return (name.is_assigned() or name.is_imported()) and not is_iteration


if __name__ == "__main__":
    # There is much to allocate and nothing to collect: trees have no cycles.
    gc.disable()
    texts = sys.argv[1:] == ["--texts"]
    for line in sys.stdin:
        source = json.loads(line).encode() if texts else read(line.rstrip("\n"))
        print(json.dumps(facts(source)), flush=texts)
