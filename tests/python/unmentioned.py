"""Erases the definitions at the top of files that count for no other file, by the rule as the design states it.

Written apart from the program, on CPython's own syntax tree, so that a mistake in one shows against the other.
Reads paths on standard input, a line each, relative to the directory given as argument, rewrites these files, and prints
for each how many definitions are gone. Who mentions what is found out from all files below that directory. Lines stay
where they are. Files that CPython does not parse stay as they are, and mention every word in them.
"""

import ast
import os
import re
import sys
from collections import Counter

WORD = re.compile(r"[^\W\d]\w*")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What no definition that stands apart may run when the module runs.
EFFECTS = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
# The statements that may stand in the body of such a class, beside definitions.
QUIET = (ast.Pass, ast.Assign, ast.AnnAssign)


def docstring(node):
    """The constant that is a docstring, if the node has one."""
    body = getattr(node, "body", None)
    if isinstance(node, (ast.Module, *DEFINITIONS)) and body and is_string(body[0]):
        return body[0].value
    return None


def is_string(statement):
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def words(tree):
    """All names that a tree says, and the words of its strings."""
    said = set()
    doc = {id(docstring(node)) for node in ast.walk(tree)}
    for node in ast.walk(tree):
        if id(node) in doc:
            continue
        for _, value in ast.iter_fields(node):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, bytes):
                    item = item.decode("latin-1")
                if isinstance(item, str):
                    said.update(WORD.findall(item))
    return said


def names_only(target):
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(map(names_only, target.elts))
    if isinstance(target, ast.Starred):
        return names_only(target.value)
    return isinstance(target, ast.Name)


def is_quiet(expression):
    return expression is None or not any(isinstance(node, EFFECTS) for node in ast.walk(expression))


def inline(node):
    """What of a function or class runs with the module, but for the body."""
    yield from node.decorator_list
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
        return
    arguments = node.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            yield argument.annotation
    yield from arguments.defaults
    yield from arguments.kw_defaults
    yield node.returns


def first_parameter(function):
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[0].arg if arguments else None


def is_discreet(function, receivers, in_class):
    """Whether nothing that the body does can be seen outside."""
    receivers = receivers | ({first_parameter(function)} if in_class else set())
    pending = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Global):
            return False
        if isinstance(node, ast.Import) and any("." in alias.name for alias in node.names):
            return False
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if isinstance(node.value, ast.Name) and node.value.id not in receivers:
                return False
        if isinstance(node, FUNCTIONS):
            if not is_discreet(node, receivers, in_class):
                return False
            pending.extend(filter(None, inline(node)))
        else:
            pending.extend(ast.iter_child_nodes(node))
    return True


def is_definition(node, in_class=False):
    """Whether a function or class does nothing but be there."""
    if not all(map(is_quiet, inline(node))):
        return False
    if isinstance(node, FUNCTIONS):
        return is_discreet(node, set(), in_class)
    for statement in node.body:
        if isinstance(statement, DEFINITIONS):
            if not is_definition(statement, True):
                return False
        elif isinstance(statement, ast.Expr):
            if not isinstance(statement.value, ast.Constant):
                return False
        elif not isinstance(statement, QUIET) or not is_quiet(statement):
            return False
        else:
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            if not all(names_only(target) for target in targets if target is not None):
                return False
    return True


def defined(statement):
    """The name that a statement of a module defines, if that is all that it does."""
    if isinstance(statement, DEFINITIONS):
        return statement.name if is_definition(statement) else None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.value, (ast.Constant, type(None))):
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) and is_quiet(statement) else None


def parts(tree, source):
    """The statements that stand apart, by name, and what each says."""
    if re.search(rb"#\s*type:\s*(?!ignore)", source):
        return {}  # Somebody may take a comment for an annotation.
    found, said = {}, []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            found = {name: None for name in found}
        name = defined(statement)
        said.append((statement, name, words(ast.Module([statement], []))))
        if name is not None and name.isascii() and "__" not in name:
            found[name] = None if name in found else statement
    doc = tree.body[0] if tree.body and docstring(tree) else None
    standing = {name: statement for name, statement in found.items() if statement is not None}
    # Whom anything mentions that does not stand apart does not either.
    changed = True
    while changed:
        changed = False
        for statement, name, saying in said:
            if statement is doc or standing.get(name) is statement:
                continue
            for other in saying & standing.keys():
                del standing[other]
                changed = True
    return {name: (statement, saying) for statement, name, saying in said if standing.get(name) is statement}


def always_mentioned():
    """The members of protocols, from the program's own table."""
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../crates/engine/src/mentions.rs")
    with open(table, encoding="utf-8") as file:
        text = file.read()
    return set(re.findall(r'"(\w+)"', text[text.index("const TYPESHED_PROTOCOL_MEMBERS") :].partition("];")[0]))


def erase(source, tree, mentioned):
    standing = parts(tree, source)
    pending = [name for name in standing if mentioned(name)]
    counting = set(pending)
    while pending:
        for name in standing[pending.pop()][1] & standing.keys() - counting:
            counting.add(name)
            pending.append(name)
    lines = source.split(b"\n")
    count = 0
    for name, (statement, _) in standing.items():
        first = min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", []))])
        block = lines[first - 1 : statement.end_lineno]
        at = tree.body.index(statement)
        beside = tree.body[max(at - 1, 0) : at + 2]
        shares = any(
            other is not statement and other.end_lineno >= first and other.lineno <= statement.end_lineno
            for other in beside
        )
        makes_doc = at == 0 and len(tree.body) > 1 and is_string(tree.body[1])
        if name in counting or shares or makes_doc or b";" in block[-1]:
            continue
        lines[first - 1 : statement.end_lineno] = [b""] * len(block)
        count += 1
    return b"\n".join(lines), count


def main():
    paths = sys.stdin.read().splitlines()
    os.chdir(sys.argv[1])
    always = always_mentioned()
    trees, said, counts = {}, {}, Counter()
    for directory, _, names in os.walk("."):
        for name in names:
            if not name.endswith((".py", ".pyi")):
                continue
            path = os.path.relpath(os.path.join(directory, name), ".")
            with open(path, "rb") as file:
                source = file.read()
            try:
                trees[path] = (source, ast.parse(source))
                said[path] = words(trees[path][1])
            except (SyntaxError, ValueError):
                said[path] = set(WORD.findall(source.decode("latin-1")))
            counts.update(said[path])
    for path in paths:
        count = 0
        if path in trees:
            source, tree = trees[path]
            others = lambda name, own=said[path]: name in always or counts[name] > (name in own)
            erased, count = erase(source, tree, others)
            ast.parse(erased)
            with open(path, "wb") as file:
                file.write(erased)
        print(count)


main()
