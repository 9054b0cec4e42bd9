//! File names as they lie on disk, and as [`RelPath`](staniel_facts::RelPath) can hold them.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

/// A directory entry's name in a form that can be printed, stored and compared.
///
/// A name that is not UTF-8, or has a control character or a backslash in it, is *bad*: it is written with
/// backslash escapes (`\xff`, `\n` as `\x0a`, `\\`). Because a name with a backslash is always escaped, no
/// good name contains one, and two different names never share a text: an escaped path cannot be taken for
/// a real file's.
pub(crate) struct EntryName<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) bad: bool,
}

impl<'a> EntryName<'a> {
    pub(crate) fn of(name: &'a OsStr) -> Self {
        match name.to_str() {
            Some(text) if !text.contains(|c: char| c == '\\' || c.is_control()) => {
                Self { text: Cow::Borrowed(text), bad: false }
            }
            _ => Self { text: Cow::Owned(escape(name.as_bytes())), bad: true },
        }
    }
}

fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                out.push_str("\\\\");
            } else if c.is_control() {
                // Control characters end at U+009F: two digits are enough, and `\u` keeps U+0080 apart from
                // the bare byte 0x80.
                let letter = if c.is_ascii() { 'x' } else { 'u' };
                write!(out, "\\{letter}{:02x}", u32::from(c)).expect("writing to a string cannot fail");
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("writing to a string cannot fail");
        }
    }
    out
}

/// Python source or a stub, by name: `.py` or `.pyi` after something.
pub(crate) fn is_python(name: &[u8]) -> bool {
    [&b".py"[..], b".pyi"].iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

/// What is looked at: Python files, notebooks, and the `pyproject.toml` files that module resolution probes for.
pub(crate) fn is_tracked(name: &[u8]) -> bool {
    is_python(name) || is_notebook(name) || name == b"pyproject.toml"
}

/// A Jupyter notebook, by name.
fn is_notebook(name: &[u8]) -> bool {
    name.len() > b".ipynb".len() && name.ends_with(b".ipynb")
}

/// Directories that are never entered, whatever git thinks of them: other tools' stores and caches, and
/// installed packages, which are part of the environment and not of the project.
pub(crate) fn is_pruned(name: &[u8]) -> bool {
    matches!(
        name,
        b".git"
            | b".hg"
            | b".svn"
            | b".jj"
            | b"node_modules"
            | b"site-packages"
            | b"__pycache__"
            | b".ipynb_checkpoints"
            | b".mypy_cache"
            | b".ruff_cache"
            | b".pytest_cache"
            | b".tox"
            | b".nox"
            | b".eggs"
            | b".staniel"
    )
}

/// Entries whose presence makes their directory a virtual or conda environment, which is never entered.
pub(crate) const ENVIRONMENT_MARKERS: [&str; 2] = ["pyvenv.cfg", "conda-meta"];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, bool) {
        let name = EntryName::of(OsStr::from_bytes(bytes));
        (name.text.into_owned(), name.bad)
    }

    #[test]
    fn escapes_are_printable_and_keep_names_apart() {
        let names: [&[u8]; 9] = [
            b"a.py",
            b"bad\xff.py",
            br"bad\xff.py",
            b"new\nline.py",
            br"new\x0aline.py",
            "c1\u{80}.py".as_bytes(),
            b"c1\x80.py",
            "snowman\u{2603}.py".as_bytes(),
            b"esc\x1b[0m.py",
        ];
        let texts: Vec<(String, bool)> = names.iter().map(|name| text(name)).collect();
        expect_test::expect![[r#"
            a.py false
            bad\xff.py true
            bad\\xff.py true
            new\x0aline.py true
            new\\x0aline.py true
            c1\u80.py true
            c1\x80.py true
            snowman☃.py false
            esc\x1b[0m.py true
        "#]]
        .assert_eq(&texts.iter().map(|(text, bad)| format!("{text} {bad}\n")).collect::<String>());
    }

    #[test]
    fn hidden_py_is_no_python_file() {
        assert!(is_python(b"a.py") && is_python(b".a.pyi"));
        assert!(!is_python(b".py") && !is_python(b".pyi") && !is_python(b"a.pyc"));
    }
}
