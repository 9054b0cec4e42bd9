"""Prints what CPython's own parser says a file defines: one JSON object per path read from standard input.

Positions come from `ast`, and from `tokenize` where the tree has none (the name behind `def`); qualified names are
checked against those of the compiled code objects. Nothing is executed. Files that this interpreter rejects are
reported as such.
"""

import ast
import io
import json
import sys
import tokenize
import types
import unicodedata
import warnings

COMPREHENSIONS = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


class Scope:
    def __init__(self, parent, kind, name):
        self.parent, self.kind, self.name = parent, kind, name
        self.globals, self.nonlocals, self.bound = set(), set(), set()
        self.receiver = None


class Reader(ast.NodeVisitor):
    def __init__(self, source):
        self.lines = io.StringIO(source).readlines()
        self.module = self.scope = Scope(None, "module", "")
        self.found = []
        self.code_scopes = []
        self.tokens = {}
        self.index = []
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.NAME, tokenize.OP):
                line, column = token.start
                self.tokens[line, len(self.text(line)[:column].encode())] = len(self.index)
                self.index.append((token.string, line, len(self.text(line)[:column].encode())))

    def text(self, line):
        return self.lines[line - 1] if line <= len(self.lines) else ""

    def after(self, node, word, skip_to_end_of=None):
        """Where the token behind the next `word` stands, looking from the beginning of `node` (or the end of another)."""
        if skip_to_end_of is None:
            at = self.tokens[node.lineno, node.col_offset]
        else:
            end = (skip_to_end_of.end_lineno, skip_to_end_of.end_col_offset)
            at = self.tokens[node.lineno, node.col_offset]
            while self.index[at][1:] < end:
                at += 1
        while self.index[at][0] != word:
            at += 1
        return self.index[at + 1][1:]

    def add(self, name, namespace, kind, position, scope=None, doc=None, receiver=None):
        scope = scope or self.scope
        if namespace != "attribute":
            scope.bound.add(name)
        self.found.append((scope, name, namespace, kind, position, doc, receiver))

    def within(self, scope, nodes):
        outer, self.scope = self.scope, scope
        for node in nodes:
            self.visit(node)
        self.scope = outer

    # Scopes

    def visit_function(self, node):
        is_async = isinstance(node, ast.AsyncFunctionDef)
        method = self.scope.kind == "class"
        kind = ("async-" if is_async else "") + ("method" if method else "function")
        first_line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        self.add(node.name, "binding", kind, self.after(node, "def"), doc=ast.get_docstring(node))
        inner = Scope(self.scope, "function", node.name)
        self.code_scopes.append((inner, first_line))
        for decorator in node.decorator_list:
            self.visit(decorator)
        first = self.arguments(node.args, inner)
        static = any(
            getattr(decorator, "id", getattr(decorator, "attr", "")) in ("staticmethod", "abstractstaticmethod")
            for decorator in node.decorator_list
        )
        if method and not static:
            inner.receiver = first
        if node.returns:
            self.visit(node.returns)
        self.within(inner, node.body)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_function

    def visit_Lambda(self, node):
        inner = Scope(self.scope, "function", "<lambda>")
        self.code_scopes.append((inner, node.lineno))
        self.arguments(node.args, inner)
        self.within(inner, [node.body])

    def arguments(self, arguments, inner):
        positional = [*arguments.posonlyargs, *arguments.args]
        for argument in [*positional, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]:
            if argument:
                self.add(argument.arg, "parameter", "parameter", (argument.lineno, argument.col_offset), inner)
                if argument.annotation:
                    self.visit(argument.annotation)
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default:
                self.visit(default)
        return positional[0].arg if positional else None

    def visit_ClassDef(self, node):
        first_line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        self.add(node.name, "binding", "class", self.after(node, "class"), doc=ast.get_docstring(node))
        for other in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(other)
        inner = Scope(self.scope, "class", node.name)
        self.code_scopes.append((inner, first_line))
        self.within(inner, node.body)

    def visit_comprehension_expression(self, node):
        inner = Scope(self.scope, "comprehension", COMPREHENSIONS[type(node)])
        self.code_scopes.append((inner, node.lineno))
        first, *others = node.generators
        self.visit(first.iter)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.within(inner, [*elements, first.target, *first.ifs, *others])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_expression

    def visit_Global(self, node):
        self.scope.globals.update(node.names)

    def visit_Nonlocal(self, node):
        self.scope.nonlocals.update(node.names)

    # Bindings

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.add(node.id, "binding", self.kind or "variable", (node.lineno, node.col_offset))

    kind = None

    def visit_Attribute(self, node):
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            position = (node.end_lineno, node.end_col_offset - len(node.attr.encode()))
            self.add(node.attr, "attribute", "attribute", position, receiver=node.value.id)
        self.visit(node.value)

    def visit_AnnAssign(self, node):
        annotation = node.annotation
        name = getattr(annotation, "id", getattr(annotation, "attr", ""))
        self.kind = "type-alias" if name == "TypeAlias" and isinstance(node.target, ast.Name) else None
        self.visit(node.target)
        self.kind = None
        self.visit(annotation)
        if node.value:
            self.visit(node.value)

    def visit_NamedExpr(self, node):
        scope = self.scope
        while scope.kind == "comprehension":
            scope = scope.parent
        self.within(scope, [node.target])
        self.visit(node.value)

    def visit_ExceptHandler(self, node):
        if node.name:
            self.add(node.name, "binding", "variable", self.after(node, "as", node.type))
        self.generic_visit(node)

    def visit_imports(self, node):
        for alias in node.names:
            if alias.asname:
                position = (alias.end_lineno, alias.end_col_offset - len(alias.asname.encode()))
                self.add(alias.asname, "binding", "import", position)
            elif alias.name != "*":
                self.add(alias.name.split(".")[0], "binding", "import", (alias.lineno, alias.col_offset))

    visit_Import = visit_ImportFrom = visit_imports

    def visit_capture(self, node):
        if node.name:
            position = (node.end_lineno, node.end_col_offset - len(node.name.encode()))
            self.add(node.name, "binding", "variable", position)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_capture

    def visit_MatchMapping(self, node):
        if node.rest:
            last = node.patterns[-1] if node.patterns else None
            self.add(node.rest, "binding", "variable", self.after(node, "**", last))
        self.generic_visit(node)

    # Names

    def binding_scope(self, scope, name):
        if name in scope.globals:
            return self.module
        if name not in scope.nonlocals:
            return scope
        outer = scope.parent
        while outer.kind != "module":
            if outer.kind == "function" and name in outer.bound and name not in outer.nonlocals:
                return self.module if name in outer.globals else outer
            outer = outer.parent
        return scope

    def receiving_class(self, scope, name):
        if scope.kind == "class":
            return None
        while scope.kind != "module":
            if scope.kind != "class":
                if scope.receiver == name:
                    return scope.parent
                if name in scope.globals or (name in scope.bound and name not in scope.nonlocals):
                    return None
            scope = scope.parent
        return None

    def qualified(self, scope):
        if scope.kind == "module":
            return ""
        name = self.prefix(self.binding_scope(scope.parent, scope.name)) + scope.name
        return name

    def prefix(self, scope):
        if scope.kind == "module":
            return ""
        return self.qualified(scope) + (".<locals>." if scope.kind == "function" else ".")

    def definitions(self):
        for scope, name, namespace, kind, position, doc, receiver in sorted(self.found, key=lambda one: one[4]):
            if namespace == "attribute":
                scope = self.receiving_class(scope, receiver)
                if scope is None:
                    continue
            elif namespace == "binding":
                scope = self.binding_scope(scope, name)
            yield [self.prefix(scope) + name, namespace, kind, *position, doc]


def code_names(code):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant.co_qualname, constant.co_firstlineno
            yield from code_names(constant)


def read(path):
    try:
        with tokenize.open(path) as file:
            source = file.read()
        tree = ast.parse(source)
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, UnicodeError, MemoryError) as error:
        return {"path": path, "rejected": repr(error)}
    reader = Reader(source)
    if any(token[0] != unicodedata.normalize("NFKC", token[0]) for token in reader.index):
        return {"path": path, "rejected": "spells a name otherwise than CPython stores it"}
    reader.visit(tree)
    ours = {(reader.qualified(scope), line) for scope, line in reader.code_scopes}
    unknown = sorted(set(code_names(code)) - ours)
    return {
        "path": path,
        "doc": ast.get_docstring(tree),
        "definitions": list(reader.definitions()),
        "unknown": unknown,
    }


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10_000)
    for line in sys.stdin:
        print(json.dumps(read(line.rstrip("\n"))))


main()
