//! Paths as `file:` addresses, and back.

use camino::{Utf8Path, Utf8PathBuf};

/// The address of an absolute path.
pub(crate) fn of(path: &Utf8Path) -> String {
    let text = path.as_str().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The path that an address leads to, if it is one of a file.
pub(crate) fn path(uri: &str) -> Option<Utf8PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(rest.len());
    let mut at = rest.bytes();
    while let Some(byte) = at.next() {
        if byte == b'%' {
            let digits = [at.next()?, at.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    // On Windows `/c:/x` is `c:/x`.
    let drive = cfg!(windows) && text.as_bytes().get(2) == Some(&b':');
    Some(Utf8PathBuf::from(if drive { &text[1..] } else { &text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["/a/b.py", "/a b/ä#?%.py", "/a+b/[x].py"] {
            assert_eq!(path(&of(Utf8Path::new(text))).unwrap(), text);
        }
        assert_eq!(of(Utf8Path::new("/a b/ä.py")), "file:///a%20b/%C3%A4.py");
        assert_eq!(path("file://host/a%3Ab"), Some("/a:b".into()));
        assert_eq!(path("untitled:x"), None);
        assert_eq!(path("file:///%zz"), None);
    }
}
