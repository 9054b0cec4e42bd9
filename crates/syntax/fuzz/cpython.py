"""Hold the scanner against CPython on made-up texts, until stopped.

    cargo build --release -p staniel-syntax --example answer
    python3 crates/syntax/fuzz/cpython.py target/release/examples/answer [SECONDS [SEED]]

Takes some lines of the standard library, or pieces from `tests/pieces.txt`, cuts and mixes them, and keeps what CPython
accepts. Run it with several versions of CPython: each accepts other things. Prints each text that differs, shortened.
"""

import ast
import json
import pathlib
import random
import subprocess
import sys
import sysconfig
import time
import warnings

TESTS = pathlib.Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
import cpython_imports

warnings.simplefilter("ignore")

PIECES = [piece.replace("␤", "\n") for piece in (TESTS / "pieces.txt").read_text("utf-8").splitlines()]
CHARACTERS = list(" \t\n\\'\"#()[]{}:;,=.*fxr\r\f") + ["\r\n", "\\\n", "\\\r\n", "'''", '"""', "    ", "\n    ", ":=", "\ufeff", "é"]


def library():
    for path in pathlib.Path(sysconfig.get_path("stdlib")).rglob("*.py"):
        if "site-packages" not in path.parts:
            try:
                lines = path.read_text("utf-8").splitlines(keepends=True)
            except UnicodeDecodeError:
                continue
            if lines:
                yield lines


def made_up(choose, lines):
    """A text of pieces, or of some lines that somebody wrote, with some changes."""
    kind = choose.random()
    if kind < 0.4:
        start = choose.randrange(len(lines))
        text = "".join(lines[start : start + choose.choice([1, 2, 3, 5, 8, 20])])
        cut = len(text) - len(text.lstrip(" "))
        text = "".join(line[cut:] if line[:cut].isspace() else line for line in text.splitlines(keepends=True))
    else:
        parts, depth = [], 0
        for _ in range(choose.randrange(1, 9)):
            piece = choose.choice(PIECES)
            parts.append("    " * depth + piece)
            if piece.endswith(":") and choose.random() < 0.7:
                if choose.random() < 0.6:
                    parts.append("\n")
                    depth += 1
                    if choose.random() < 0.5:
                        parts.append("    " * depth + choose.choice(PIECES) + "\n")
                else:
                    parts.append(choose.choice([" ", ""]) + choose.choice(PIECES) + "\n")
            else:
                parts.append(choose.choice(["\n", "\n", "\n", " ", ";", "; ", "\\\n", "\r\n", "\r"]))
                depth = max(0, depth - choose.choice([0, 0, 1, 1, 2]))
        text = "".join(parts)
    for _ in range(choose.choice([0, 0, 1, 1, 2, 4])):
        at = choose.randrange(len(text) + 1)
        change = choose.random()
        if change < 0.3:
            text = text[:at] + text[at + choose.randrange(1, 4) :]
        elif change < 0.6:
            text = text[:at] + choose.choice(CHARACTERS) + text[at:]
        elif change < 0.8:
            text = text[:at] + choose.choice(PIECES) + text[at:]
        else:
            other = choose.randrange(len(text) + 1)
            text = text[: min(at, other)] + text[max(at, other) :]
    return text


def expected(text):
    """What CPython says; None if it refuses the text."""
    try:
        source = text.encode()
        tree = ast.parse(source)
        return {"imports": cpython_imports.imports(tree), "names": names(tree, source)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def names(tree, source):
    """The names that symtable knows of; None if it refuses the text."""
    try:
        return cpython_imports.names(source)
    except SyntaxError:
        return None


def not_bound(text):
    """The names that symtable counts though nothing binds them: those that are deleted, and those that the module's own
    scope calls global."""
    names = set()
    pending = [ast.parse(text.encode())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.Global):
            names.update(node.names)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return names


def main():
    program = sys.argv[1]
    end = time.monotonic() + float(sys.argv[2] if len(sys.argv) > 2 else "inf")
    choose = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else None)
    files = list(library())
    answers = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def differs(text):
        right = expected(text)
        if right is None:
            return None
        answers.stdin.write(json.dumps(text) + "\n")
        answers.stdin.flush()
        found = json.loads(answers.stdout.readline())
        if found["imports"] != right["imports"]:
            return ("imports", found["imports"], right["imports"])
        if right["names"] is not None and (set(found["names"]) ^ set(right["names"])) - not_bound(text):
            return ("names", found["names"], right["names"])
        return ()

    tried = accepted = wrong = 0
    seen = set()
    while time.monotonic() < end:
        tried += 1
        text = made_up(choose, choose.choice(files))
        difference = differs(text)
        if difference is None:
            continue
        accepted += 1
        if difference:
            shorter = True
            while shorter:
                shorter = False
                for length in (40, 10, 4, 1):
                    for at in range(0, len(text), max(1, length // 2)):
                        less = text[:at] + text[at + length :]
                        if len(less) < len(text) and (found := differs(less)):
                            text, difference, shorter = less, found, True
                            break
            if text not in seen:
                seen.add(text)
                wrong += 1
                print(repr(text), *difference, sep="\n    ", flush=True)
    print(f"{tried} tried, {accepted} accepted, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
