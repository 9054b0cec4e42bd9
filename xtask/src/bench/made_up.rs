//! A made-up project of any size, the same each time: packages in packages, of fifty modules each, which import what
//! lies beside them, what lies above them, and now and then something far away.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Files in a package, its `__init__.py` included.
const MODULES: usize = 50;
/// Packages right below a package.
const PACKAGES: usize = 10;
/// Modules whose class a package's `__init__.py` offers too: the first ones.
const OFFERED: usize = 8;

/// Writes so many files.
pub(super) fn write(tree: &Path, files: usize) -> anyhow::Result<()> {
    for number in 0..files {
        let path = tree.join(path(number));
        if is_package(number) {
            let directory = path.parent().context("a module lies in a package")?;
            fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
        }
        fs::write(&path, text(number, files)).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// Where the file with this number lies.
pub(super) fn path(number: usize) -> String {
    let directory = package(number / MODULES).replace('.', "/");
    match number % MODULES {
        0 => format!("{directory}/__init__.py"),
        module => format!("{directory}/module_{module}.py"),
    }
}

fn is_package(number: usize) -> bool {
    number.is_multiple_of(MODULES)
}

/// The dotted name of the package with this number.
fn package(number: usize) -> String {
    match number {
        0 => "made_up".to_owned(),
        _ => format!("{}.part_{number}", package((number - 1) / PACKAGES)),
    }
}

/// The module with this number, as an import statement names it.
fn module(number: usize) -> String {
    match number % MODULES {
        0 => package(number / MODULES),
        module => format!("{}.module_{module}", package(number / MODULES)),
    }
}

/// What the file with this number says, in a project of so many files.
fn text(number: usize, files: usize) -> String {
    if is_package(number) { package_text(number, files) } else { module_text(number) }
}

fn package_text(number: usize, files: usize) -> String {
    let mut text = format!("\"\"\"Package {}.\"\"\"\n\n", number / MODULES);
    let offered = (1..=OFFERED).take_while(|module| number + module < files);
    for module in offered.clone() {
        _ = writeln!(text, "from .module_{module} import Thing{module} as Thing{module}");
    }
    let names: Vec<String> = offered.map(|module| format!("\"Thing{module}\"")).collect();
    _ = writeln!(text, "\n__all__ = [{}]", names.join(", "));
    text
}

fn module_text(number: usize) -> String {
    let own = number % MODULES;
    let first = number - own;
    // Modules before this one only, so that the project can be imported: any of its package, and one of any package.
    let beside = |turn| 1 + mixed(number, turn) % own.saturating_sub(1).max(1);
    let far = |turn| {
        let package = mixed(number, turn) % (number / MODULES).max(1);
        package * MODULES + 1 + mixed(number, turn + 1) % (MODULES - 1)
    };
    let mut text = format!(
        "\"\"\"Module {number}.\"\"\"\n\nfrom __future__ import annotations\n\nimport os.path\nfrom typing import TYPE_CHECKING, Any\n\n"
    );
    if own > 1 {
        let [a, b] = [beside(0), beside(1)];
        _ = writeln!(text, "from .module_{a} import Thing{a} as Beside, function_{a}");
        _ = writeln!(text, "from . import module_{b}");
    } else {
        text.push_str("Beside = function_0 = module_0 = object\n");
    }
    if first > 0 {
        let (offered, [a, b, c]) = (1 + mixed(number, 2) % OFFERED, [far(3), far(5), far(7)]);
        let parent = package((first / MODULES - 1) / PACKAGES);
        _ = writeln!(text, "from {parent} import Thing{offered}");
        _ = writeln!(text, "from {} import Thing{} as Far", module(a), a % MODULES);
        _ = writeln!(text, "import {}", module(b));
        _ = writeln!(
            text,
            "\nif TYPE_CHECKING:\n    from {} import Thing{} as Named",
            module(c),
            c % MODULES
        );
    }
    _ = write!(
        text,
        r#"

class Thing{own}:
    """What it is for, in a sentence or two, since people write some of that."""

    field: int = {number}
    names: dict[str, list[int]] = {{}}

    def __init__(self, text: str = "", *, limit: int | None = None) -> None:
        self.text = text
        self.limit = limit

    @property
    def value(self) -> str | None:
        """What it is worth."""
        return self.text or None

    def method(self, first: int, *rest: str, option: dict[str, Any] | None = None) -> bool:
        # A comment, of the kind that says what the next line does.
        for item in rest:
            if item and first > {own}:
                self.text = item.strip()
            elif self.limit is not None and len(item) > self.limit:
                raise ValueError(f"{{item!r}} is longer than {{self.limit}}")
        return bool(option)


def function_{own}(values: list[int], limit: int = 10) -> str:
    total = sum(value for value in values if value < limit)
    parts = {{"total": total, "limit": limit, "module": {number}}}
    for name, part in sorted(parts.items()):
        if part > limit:
            parts[name] = part % limit
    return os.path.join("a", str(total), *map(str, parts.values()))


def later_{own}():
    import json

    return json.dumps([Thing{own}.field, Thing{own}.names])
"#
    );
    text
}

/// A number without a pattern that anybody would see, for each number and turn.
fn mixed(number: usize, turn: usize) -> usize {
    // The finaliser of splitmix64.
    let mut mixed = (number as u64) << 8 | turn as u64;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize >> 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect;

    use super::*;

    #[test]
    fn packages_lie_in_packages() {
        let paths = [0, 1, 49, 50, 550, 5_001, 99_999].map(path).join("\n");
        expect![[r#"
            made_up/__init__.py
            made_up/module_1.py
            made_up/module_49.py
            made_up/part_1/__init__.py
            made_up/part_1/part_11/__init__.py
            made_up/part_9/part_100/module_1.py
            made_up/part_1/part_19/part_199/part_1999/module_49.py
        "#]]
        .assert_eq(&(paths + "\n"));
    }

    #[test]
    fn a_module_imports_what_is_there() {
        const FILES: usize = 1_000;
        let modules: BTreeSet<String> = (0..FILES).map(module).collect();
        assert_eq!(modules.len(), FILES);
        for number in 0..FILES {
            for line in text(number, FILES).lines() {
                let named = line.trim_start().strip_prefix("import ").or_else(|| {
                    line.trim_start().strip_prefix("from ")?.split_once(" import ").map(|(module, _)| module)
                });
                if let Some(name) = named.filter(|name| name.starts_with("made_up")) {
                    assert!(modules.contains(name), "{}: {line}", path(number));
                }
            }
        }
    }

    #[test]
    fn a_module_looks_like_one() {
        let text = text(777, 1_000);
        let begin: Vec<&str> = text.lines().take_while(|line| !line.starts_with("class")).collect();
        expect![[r#"
            17 of 55 lines:
            """Module 777."""

            from __future__ import annotations

            import os.path
            from typing import TYPE_CHECKING, Any

            from .module_8 import Thing8 as Beside, function_8
            from . import module_5
            from made_up.part_1 import Thing6
            from made_up.part_2.module_22 import Thing22 as Far
            import made_up.part_6.module_29

            if TYPE_CHECKING:
                from made_up.part_1.module_11 import Thing11 as Named


        "#]]
        .assert_eq(&format!("{} of {} lines:\n{}\n", begin.len(), text.lines().count(), begin.join("\n")));
    }
}
