//! Packages from before PEP 420 that say themselves that they lie in several places.

/// Whether a module adds to its `__path__` the directories of the same name on other search paths: it calls
/// `pkgutil.extend_path(__path__, …)` or `pkg_resources.declare_namespace(__name__)`, however it got hold of
/// the function.
///
/// Looks at lines and not at a tree: the calls are boilerplate that everybody copies, and a line of a docstring
/// that shows one does no harm. Two searches for a text that is hardly ever there.
pub(crate) fn extends_path(text: &str) -> bool {
    calls(text, "extend_path", "__path__") || calls(text, "declare_namespace", "__name__")
}

/// How far back from a call the beginning of its line is looked for: on lines made to be long, not to the beginning.
const LOOK_BACK: usize = 400;

/// Whether some line calls `function` with `argument` first, outside a comment.
fn calls(text: &str, function: &str, argument: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, function).any(|at| {
        let before = &bytes[at.saturating_sub(LOOK_BACK)..at];
        let line = memchr::memrchr2(b'\n', b'\r', before).map_or(before, |end| &before[end..]);
        let rest = text[at + function.len()..].trim_start();
        !line.contains(&b'#')
            && rest.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(argument))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings() {
        for text in [
            "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
            "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
            "import pkgutil\r__path__ = pkgutil.extend_path (\n    __path__, __name__)\n",
            "__import__('pkg_resources').declare_namespace(__name__)",
            "try:\n    import pkg_resources\n    pkg_resources.declare_namespace(__name__)\nexcept ImportError:\n    pass\n",
        ] {
            assert!(extends_path(text), "{text}");
        }
        for text in [
            "",
            "from pkgutil import extend_path\n",
            "# __path__ = extend_path(__path__, __name__)\n",
            "def extend_path(path): ...\n",
            "declare_namespace('x')\n",
        ] {
            assert!(!extends_path(text), "{text}");
        }
    }
}
