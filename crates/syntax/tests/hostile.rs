//! Texts that mean no good. Each must have an answer, on a small stack, and were any part of the work not linear in the
//! text, it would take hours.

use staniel_facts::{Contexts, ImportFacts, SourceKind};
use staniel_syntax::import_facts;

/// The facts of a text, found on a stack that no recursion of its depth would fit on.
fn answer(text: impl Into<Vec<u8>>) -> ImportFacts {
    let bytes = text.into();
    let work = move || import_facts(&bytes, SourceKind::Python);
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(work)
        .expect("a thread can be started")
        .join()
        .expect("it does not panic")
}

fn imports(text: impl Into<Vec<u8>>) -> usize {
    answer(text).imports.len()
}

fn exported(text: impl Into<Vec<u8>>) -> usize {
    answer(text).bindings.all.map_or(0, |all| all.names.len())
}

#[test]
fn long_displays() {
    let many = 1_000_000;
    let names = |count: usize| (0..count).map(|number| format!("'n{number}',")).collect::<String>();
    assert_eq!(exported(format!("__all__ = [{}]\n", names(many))), many);
    let many = 200_000;
    assert_eq!(exported(format!("__all__ = {}['a']\n", "['b'] + ".repeat(many))), 2);
    assert_eq!(exported(format!("{}['a', 'b']\n", "__all__ = ".repeat(many))), 2);
    assert_eq!(exported(format!("__all__ = {}['a']{}\n", "(['b'] + ".repeat(many), ")".repeat(many))), 2);
    assert_eq!(answer(format!("{}= 1\n", "x, ".repeat(many))).bindings.names.len(), 1);
    assert_eq!(answer(format!("{}1\n", "x.y = z = ".repeat(many))).bindings.names.len(), 1);
}

#[test]
fn deep_nesting() {
    let deep = 100_000;
    for (open, close) in
        [("(", ")"), ("[", "]"), ("f(x, ", ")"), ("f'{", "}'"), ("lambda: ", ""), ("not ", "")]
    {
        let nested = |inner: &str| format!("{}{inner}{}", open.repeat(deep), close.repeat(deep));
        assert_eq!(imports(format!("x = {}\nimport a\n", nested("1"))), 1, "{open}");
        assert_eq!(imports(format!("if {}: import a\n", nested("TYPE_CHECKING"))), 1, "{open}");
        assert_eq!(imports(format!("with {}: import a\n", nested("suppress(E)"))), 1, "{open}");
        assert_eq!(imports(format!("__import__({})\n", nested("__import__('a')"))), 1, "{open}");
        assert_eq!(exported(format!("__all__ = ['a']\n__all__ += {}\n", nested("1"))), 1, "{open}");
        // Never closed.
        assert_eq!(imports(format!("x = {}\nimport a\n", open.repeat(deep))), 1, "{open}");
    }
    assert_eq!(exported(format!("__all__ = {}'a'{}\n", "[*".repeat(deep), "]".repeat(deep))), 0);
    assert_eq!(imports(format!("import a{}\n", ".b".repeat(deep))), 1);
    assert_eq!(imports(format!("from {} import a\n", ".".repeat(deep))), 1);
    assert_eq!(imports(format!("x{}\nimport a\n", ".y()".repeat(deep))), 1);
}

#[test]
fn deep_blocks() {
    let deep = 10_000;
    let indent = |level: usize| "\t".repeat(level / 8) + &" ".repeat(level % 8);
    let nested = |header: &str| (0..deep).map(|level| indent(level) + header + ":\n").collect::<String>();
    assert_eq!(imports(format!("{}{}import a\nimport b\n", nested("if x"), indent(deep))), 2);
    assert_eq!(imports(format!("{}{}import a\nimport b\n", nested("def f()"), indent(deep))), 2);
    let handlers: String = (0..deep).rev().map(|level| indent(level) + "except: pass\n").collect();
    let many = "import a;".repeat(200_000);
    let found = answer(format!("{}{}{many}\n{handlers}", nested("try"), indent(deep)));
    assert_eq!(found.imports.len(), 200_000);
    assert!(found.imports.iter().all(|import| import.contexts == Contexts::OPTIONAL));
    assert_eq!(imports(format!("if x: pass\n{}", "elif TYPE_CHECKING: import a\n".repeat(deep))), deep);
    assert_eq!(imports(format!("try: pass\n{}", "except E: import a\n".repeat(deep))), deep);
    assert_eq!(imports("if x: ".repeat(deep) + "import a\n"), 1);
}

#[test]
fn long_lines() {
    let many = 300_000;
    assert_eq!(imports("import a;".repeat(many)), many);
    assert_eq!(imports("__import__('a');".repeat(many)), many);
    assert_eq!(imports("import 1;".repeat(many)), 0);
    assert_eq!(imports(format!("from m import ({})\n", "x,".repeat(many))), many);
    assert_eq!(imports(format!("'{}'\nimport a\n", "x".repeat(10 << 20))), 1);
    assert_eq!(imports(format!("'{}\nimport a\n", "\\'".repeat(5 << 20))), 1);
    assert_eq!(imports(format!("#{}\nimport a\n", "'".repeat(10 << 20))), 1);
    assert_eq!(imports(format!("with {}a as b: import a\n", "a as ".repeat(many))), 1);
    assert_eq!(imports(format!("if {}x: import a\n", "lambda: ".repeat(many))), 1);
}

#[test]
fn what_never_ends() {
    let many = 40_000;
    assert_eq!(imports(format!("x = 1 + {}2\nimport a\n", "\\\n".repeat(many))), 1);
    assert_eq!(imports("import \\\n".repeat(many)), 0);
    assert_eq!(imports(format!("f(\n{}", "from a import b\n".repeat(many))), many);
    assert_eq!(imports("from a import (x, # c\n".repeat(many)), many);
    assert_eq!(imports("f(\nfrom a import (x\n".repeat(many) + "import b\n"), many + 1);
    assert_eq!(imports("x\\'''\n".repeat(many) + "import a\n"), 1);
    assert_eq!(imports("f'''{f\"\"\"{\n".repeat(many) + "import a\n"), 1);
    assert_eq!(imports("f'{x:\n".repeat(many) + "import a\n"), 1);
    assert_eq!(imports("match (\n".repeat(many) + "import a\n"), 1);
}

#[test]
fn strange_bytes() {
    assert_eq!(imports(b"import a\0\nimport b\nx\0y\nimport c\n".as_slice()), 2);
    assert_eq!(imports(b"\0".repeat(1 << 20)), 0);
    assert_eq!(imports(b"import a\n'\xff\xfe\x80'\nimport b\xff\nimport c\n".as_slice()), 2);
    assert_eq!(imports(b"\xff\xfei\0m\0".as_slice()), 0);
    assert_eq!(imports((0..=255).cycle().take(1 << 20).collect::<Vec<u8>>()), 0);
    let found = answer("import größe.名前 as ñ, ﬁ\nДом: int\nx\u{a0}= 1\n𝔘𝔫𝔦 = 2\nimport a\u{feff}\n");
    let modules: Vec<_> = found.imports.iter().map(|import| import.module.as_str()).collect();
    // As CPython compares names: in normal form KC.
    assert_eq!(modules, ["größe.名前", "fi"]);
    let names: Vec<_> = found.bindings.names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Uni", "fi", "ñ", "Дом"]);
}
