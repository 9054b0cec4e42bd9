"""Print what names of a package stand for in CPython.

Standard input: a line of JSON with the texts of the modules that every package `p` has, by their full names; then one line of
JSON for each `p/__init__.py`, its text. For each of these a line of JSON: null if `import p` fails, else an object with
"x": whether `from p import x` is the submodule `p.x`, or null if it fails;
"z": whether the attribute `z` is the submodule `p.x`, or null if there is none.

Nothing is written and nothing is imported but the standard library and what the input says.
"""

import importlib.abc
import importlib.util
import json
import sys
import types


class Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def __init__(self, texts):
        self.texts = texts

    def find_spec(self, name, path=None, target=None):
        if name in self.texts:
            return importlib.util.spec_from_loader(name, self, is_package=self.is_package(name))
        return None

    def is_package(self, name):
        return any(other.startswith(name + ".") for other in self.texts)

    def get_source(self, name):
        return self.texts[name]


def is_submodule(value):
    return isinstance(value, types.ModuleType) and value.__name__ == "p.x"


def ask(finder, text):
    finder.texts["p"] = text
    for name in [name for name in sys.modules if name.partition(".")[0] == "p"]:
        del sys.modules[name]
    try:
        import p
    except Exception:
        return None
    z = is_submodule(p.z) if hasattr(p, "z") else None
    try:
        from p import x
    except ImportError:
        return {"x": None, "z": z}
    return {"x": is_submodule(x), "z": z}


finder = Finder(json.loads(sys.stdin.readline()))
sys.meta_path.insert(0, finder)
for line in sys.stdin:
    print(json.dumps(ask(finder, json.loads(line))))
