//! The names of the standard library's top-level modules, by version.
//!
//! From CPython's `sys.stdlib_module_names` and typeshed's `stdlib/VERSIONS` (the versions in which modules
//! came and went). Below the top level nothing is known: `import os.nothing` is the library's affair.

use staniel_facts::PythonVersion;

/// Whether `top` is a top-level module of the standard library of `python`.
///
/// Modules of other platforms are in it too: `import winreg` is no mistake on Linux. So is `_typeshed`, which only
/// type checkers have: code imports it for them.
pub fn is_stdlib(top: &str, python: PythonVersion) -> bool {
    if top == "_typeshed" || EVERY.binary_search(&top).is_ok() {
        return true;
    }
    SOME.binary_search_by_key(&top, |(name, _, _)| name).is_ok_and(|index| {
        let (_, first, last) = SOME[index];
        python.major == 3 && (first..=last).contains(&python.minor)
    })
}

/// Whether no file can take the place of `top`: compiled into the interpreter, or loaded before the search
/// path is looked at.
pub(crate) fn is_builtin(top: &str) -> bool {
    BUILTIN.binary_search(&top).is_ok()
}

/// Whether typeshed itself imports `top` by that name, so that a first-party module of the same name could
/// reach the types of everything. `test` is a part of the library that no stub mentions, and a name that
/// half of all projects use.
pub(crate) fn is_known_to_stubs(top: &str, python: PythonVersion) -> bool {
    matches!(top, "__builtins__" | "ty_extensions" | "typing_extensions")
        || (top != "test" && is_stdlib(top, python))
}

#[rustfmt::skip]
const BUILTIN: &[&str] = &[
    "__future__", "__main__", "_abc", "_ast", "_codecs", "_collections", "_frozen_importlib",
    "_frozen_importlib_external", "_functools", "_imp", "_io", "_locale", "_operator", "_signal", "_sre",
    "_stat", "_string", "_symtable", "_thread", "_tokenize", "_tracemalloc", "_typing", "_warnings",
    "_weakref", "atexit", "builtins", "errno", "faulthandler", "gc", "itertools", "marshal", "sys", "time",
    "zipimport",
];

/// In each version from 3.8 on.
#[rustfmt::skip]
const EVERY: &[&str] = &[
    "__future__", "__main__", "_abc", "_aix_support", "_ast", "_asyncio", "_bisect", "_blake2", "_bz2",
    "_codecs", "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw",
    "_collections", "_collections_abc", "_compat_pickle", "_contextvars", "_csv", "_ctypes", "_curses",
    "_curses_panel", "_datetime", "_dbm", "_decimal", "_elementtree", "_frozen_importlib",
    "_frozen_importlib_external", "_functools", "_gdbm", "_hashlib", "_heapq", "_imp", "_io", "_json",
    "_locale", "_lsprof", "_lzma", "_markupbase", "_md5", "_multibytecodec", "_multiprocessing", "_opcode",
    "_operator", "_osx_support", "_overlapped", "_pickle", "_posixshmem", "_posixsubprocess", "_py_abc",
    "_pydecimal", "_pyio", "_queue", "_random", "_scproxy", "_sha1", "_sha3", "_signal", "_sitebuiltins",
    "_socket", "_sqlite3", "_sre", "_ssl", "_stat", "_statistics", "_string", "_strptime", "_struct",
    "_symtable", "_thread", "_threading_local", "_tkinter", "_tokenize", "_tracemalloc", "_typing", "_uuid",
    "_warnings", "_weakref", "_weakrefset", "_winapi", "abc", "antigravity", "argparse", "array", "ast",
    "asyncio", "atexit", "base64", "bdb", "binascii", "bisect", "builtins", "bz2", "cProfile", "calendar",
    "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys", "compileall", "concurrent",
    "configparser", "contextlib", "contextvars", "copy", "copyreg", "csv", "ctypes", "curses",
    "dataclasses", "datetime", "dbm", "decimal", "difflib", "dis", "doctest", "email", "encodings",
    "ensurepip", "enum", "errno", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "fractions",
    "ftplib", "functools", "gc", "genericpath", "getopt", "getpass", "gettext", "glob", "grp", "gzip",
    "hashlib", "heapq", "hmac", "html", "http", "idlelib", "imaplib", "importlib", "inspect", "io",
    "ipaddress", "itertools", "json", "keyword", "linecache", "locale", "logging", "lzma", "mailbox",
    "marshal", "math", "mimetypes", "mmap", "modulefinder", "msvcrt", "multiprocessing", "netrc", "nt",
    "ntpath", "nturl2path", "numbers", "opcode", "operator", "optparse", "os", "pathlib", "pdb", "pickle",
    "pickletools", "pkgutil", "platform", "plistlib", "poplib", "posix", "posixpath", "pprint", "profile",
    "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc", "pydoc_data", "pyexpat", "queue", "quopri",
    "random", "re", "readline", "reprlib", "resource", "rlcompleter", "runpy", "sched", "secrets", "select",
    "selectors", "shelve", "shlex", "shutil", "signal", "site", "smtplib", "socket", "socketserver",
    "sqlite3", "ssl", "stat", "statistics", "string", "stringprep", "struct", "subprocess", "symtable",
    "sys", "sysconfig", "syslog", "tabnanny", "tarfile", "tempfile", "termios", "test", "textwrap", "this",
    "threading", "time", "timeit", "tkinter", "token", "tokenize", "trace", "traceback", "tracemalloc",
    "tty", "turtle", "turtledemo", "types", "typing", "unicodedata", "unittest", "urllib", "uuid", "venv",
    "warnings", "wave", "weakref", "webbrowser", "winreg", "winsound", "wsgiref", "xml", "xmlrpc",
    "xxlimited", "xxsubtype", "zipapp", "zipfile", "zipimport", "zlib",
];

/// With the first and the last minor version that has the module; 0 for "since before 3.8".
const SOME: &[(&str, u8, u8)] = &[
    ("_android_support", 13, u8::MAX),
    ("_apple_support", 13, u8::MAX),
    ("_ast_unparse", 14, u8::MAX),
    ("_bootlocale", 0, 9),
    ("_bootsubprocess", 0, 11),
    ("_colorize", 13, u8::MAX),
    ("_compression", 0, 13),
    ("_crypt", 0, 12),
    ("_dummy_thread", 0, 8),
    ("_hmac", 14, u8::MAX),
    ("_interpchannels", 13, u8::MAX),
    ("_interpqueues", 13, u8::MAX),
    ("_interpreters", 13, u8::MAX),
    ("_ios_support", 13, u8::MAX),
    ("_msi", 0, 12),
    ("_opcode_metadata", 13, u8::MAX),
    ("_peg_parser", 9, 9),
    ("_py_warnings", 14, u8::MAX),
    ("_pydatetime", 12, u8::MAX),
    ("_pylong", 12, u8::MAX),
    ("_pyrepl", 13, u8::MAX),
    ("_remote_debugging", 14, u8::MAX),
    ("_sha2", 12, u8::MAX),
    ("_sha256", 0, 11),
    ("_sha512", 0, 11),
    ("_suggestions", 13, u8::MAX),
    ("_sysconfig", 13, u8::MAX),
    ("_types", 14, u8::MAX),
    ("_wmi", 12, u8::MAX),
    ("_xxsubinterpreters", 8, 12),
    ("_zoneinfo", 9, u8::MAX),
    ("_zstd", 14, u8::MAX),
    ("aifc", 0, 12),
    ("annotationlib", 14, u8::MAX),
    ("asynchat", 0, 11),
    ("asyncore", 0, 11),
    ("audioop", 0, 12),
    ("binhex", 0, 10),
    ("cgi", 0, 12),
    ("cgitb", 0, 12),
    ("chunk", 0, 12),
    ("compression", 14, u8::MAX),
    ("crypt", 0, 12),
    ("distutils", 0, 11),
    ("dummy_threading", 0, 8),
    ("formatter", 0, 9),
    ("graphlib", 9, u8::MAX),
    ("imghdr", 0, 12),
    ("imp", 0, 11),
    ("lib2to3", 0, 12),
    ("macpath", 0, 7),
    ("mailcap", 0, 12),
    ("msilib", 0, 12),
    ("nis", 0, 12),
    ("nntplib", 0, 12),
    ("ossaudiodev", 0, 12),
    ("parser", 0, 9),
    ("pipes", 0, 12),
    ("profiling", 15, u8::MAX),
    ("smtpd", 0, 11),
    ("sndhdr", 0, 12),
    ("spwd", 0, 12),
    ("sre_compile", 0, 14),
    ("sre_constants", 0, 14),
    ("sre_parse", 0, 14),
    ("sunau", 0, 12),
    ("symbol", 0, 9),
    ("telnetlib", 0, 12),
    ("tomllib", 11, u8::MAX),
    ("uu", 0, 12),
    ("xdrlib", 0, 12),
    ("zoneinfo", 9, u8::MAX),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_binary_search() {
        assert!(BUILTIN.is_sorted());
        assert!(EVERY.is_sorted());
        assert!(SOME.is_sorted());
        assert!(SOME.iter().all(|(name, _, _)| EVERY.binary_search(name).is_err()));
    }

    #[test]
    fn modules_come_and_go() {
        let at = |top, minor| is_stdlib(top, PythonVersion { major: 3, minor });
        assert_eq!([at("tomllib", 10), at("tomllib", 11)], [false, true]);
        assert_eq!([at("distutils", 11), at("distutils", 12)], [true, false]);
        assert_eq!([at("annotationlib", 13), at("annotationlib", 14)], [false, true]);
        assert_eq!([at("os", 8), at("os", 15), at("numpy", 13)], [true, true, false]);
    }

    /// The interpreter at hand, if there is one, is the oracle for its own version. The other versions were
    /// compared by hand with the tables of `ruff_python_stdlib` 0.0.10 and of typeshed.
    #[test]
    fn agrees_with_the_interpreter() {
        let script = "import sys; print(sys.version_info[1]); print(*sys.stdlib_module_names)";
        let Ok(output) = std::process::Command::new("python3").args(["-I", "-c", script]).output() else {
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let Some((minor, names)) = text.split_once('\n') else { return };
        let python = PythonVersion { major: 3, minor: minor.parse().unwrap() };
        let names: Vec<&str> = names.split_whitespace().collect();
        let missing: Vec<&str> = names.iter().copied().filter(|name| !is_stdlib(name, python)).collect();
        assert_eq!(missing, Vec::<&str>::new());

        let ours = EVERY.iter().copied().chain(SOME.iter().map(|(name, _, _)| *name));
        let public = ours.filter(|name| !name.starts_with('_') && is_stdlib(name, python));
        let invented: Vec<&str> = public.filter(|name| !names.contains(name)).collect();
        // The test suite and two examples of C modules, which CPython leaves out of its list.
        assert_eq!(invented, ["test", "xxlimited", "xxsubtype"]);
    }
}
