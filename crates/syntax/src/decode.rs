//! From bytes to text, as CPython reads source files: byte order mark, then the cookie of PEP 263, else UTF-8.
//!
//! Where CPython refuses a file, this decodes what it can and says so: broken bytes become U+FFFD.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use encoding_rs::Encoding;
use staniel_facts::{Diagnostic, DiagnosticCode, Span};

/// A file's text, and what was wrong with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// UTF-8, without a byte order mark. All spans count its bytes.
    pub text: Arc<str>,
    /// What CPython would have refused.
    pub diagnostics: Vec<Diagnostic>,
}

/// Decodes the bytes of a source file. Linear; never fails: what an encoding does not allow becomes U+FFFD, an encoding
/// that nobody here knows is taken for UTF-8, and UTF-16, which CPython does not read, has no text at all. Each of these
/// has a diagnostic.
pub fn decode(bytes: &[u8]) -> Decoded {
    let (text, diagnostics) = text(bytes);
    Decoded { text: text.into(), diagnostics }
}

/// As [`decode`], without a copy of what is UTF-8 already.
pub(crate) fn text(bytes: &[u8]) -> (Cow<'_, str>, Vec<Diagnostic>) {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let complaint = undecodable("UTF-16, which Python does not accept for source files", Span::default());
        return (Cow::Borrowed(""), vec![complaint]);
    }
    let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut diagnostics = Vec::new();
    let mut codec = Codec::Utf8;
    if let Some(cookie) = cookie(bytes) {
        let name = String::from_utf8_lossy(&bytes[cookie.clone()]);
        let span = Span::new(cookie.start, cookie.end);
        match Codec::of(&name) {
            Some(found) if marked && !matches!(found, Codec::Utf8) => {
                let message = format!("encoding problem: {name} with a UTF-8 byte order mark");
                diagnostics.push(undecodable(message, span));
            }
            Some(found) => codec = found,
            None => diagnostics.push(undecodable(format!("unknown encoding: {name}"), span)),
        }
    }
    let (text, replaced) = codec.decode(bytes);
    if let Some(first) = replaced {
        let message = format!("bytes that are not valid {}; they are read as U+FFFD", codec.name());
        diagnostics.push(undecodable(message, Span::new(first, first + '\u{fffd}'.len_utf8())));
    }
    if let Some(at) = memchr::memchr(b'\0', text.as_bytes()) {
        diagnostics.push(undecodable("source code cannot contain null bytes", Span::new(at, at + 1)));
    }
    (text, diagnostics)
}

fn undecodable(message: impl Into<Arc<str>>, span: Span) -> Diagnostic {
    Diagnostic { code: DiagnosticCode::Undecodable, message: message.into(), span }
}

/// Where the name of the encoding stands: in a comment that is alone on the first line, or on the second if the first
/// holds nothing else than a comment.
fn cookie(bytes: &[u8]) -> Option<Range<usize>> {
    let mut start = 0;
    for _ in 0..2 {
        let rest = &bytes[start..];
        let line = &rest[..rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())];
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        match line.get(blanks) {
            Some(b'#') => {
                if let Some(found) = coding(&line[blanks..]) {
                    return Some(start + blanks + found.start..start + blanks + found.end);
                }
            }
            Some(_) => return None,
            None => {}
        }
        start += line.len();
        start += if bytes[start..].starts_with(b"\r\n") { 2 } else { 1 };
        if start >= bytes.len() {
            return None;
        }
    }
    None
}

/// `coding[:=][ \t]*([-\w.]+)` in a comment.
fn coding(comment: &[u8]) -> Option<Range<usize>> {
    const WORD: &[u8] = b"coding";
    let mut from = 0;
    while let Some(found) = comment[from..].windows(WORD.len()).position(|window| window == WORD) {
        from += found + WORD.len();
        if !matches!(comment.get(from), Some(b':' | b'=')) {
            continue;
        }
        let blanks = comment[from + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let start = from + 1 + blanks;
        let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = comment[start..].iter().take_while(name).count();
        if length > 0 {
            return Some(start..start + length);
        }
    }
    None
}

enum Codec {
    Utf8,
    Ascii,
    /// The real ISO-8859-1, byte for character, not the windows-1252 that the web means by the name.
    Latin1,
    Other(&'static Encoding),
}

impl Codec {
    /// By a name that Python's codec registry knows.
    fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        let is = |names: &[&str]| names.contains(&name.as_str());
        if name.starts_with("utf-8-")
            || is(&["utf-8", "utf8", "u8", "utf", "utf8-ucs2", "utf8-ucs4", "cp65001"])
        {
            return Some(Self::Utf8);
        }
        if ["latin-1-", "iso-8859-1-", "iso-latin-1-"].iter().any(|prefix| name.starts_with(prefix))
            || is(&[
                "latin-1",
                "latin1",
                "latin",
                "l1",
                "iso-8859-1",
                "iso8859-1",
                "iso8859",
                "iso-latin-1",
                "8859",
            ])
            || is(&["iso-ir-100", "cp819", "ibm819", "csisolatin1"])
        {
            return Some(Self::Latin1);
        }
        if is(&[
            "ascii",
            "us-ascii",
            "646",
            "us",
            "ansi-x3.4-1968",
            "iso646-us",
            "cp367",
            "ibm367",
            "csascii",
        ]) {
            return Some(Self::Ascii);
        }
        let label = match name.as_str() {
            "cp932" | "ms932" | "mskanji" | "shiftjis" | "s-jis" => "shift_jis",
            "cp936" | "ms936" | "euc-cn" | "euccn" => "gbk",
            "cp949" | "ms949" | "uhc" | "euckr" => "euc-kr",
            "cp950" | "ms950" | "big5-tw" | "big5-hkscs" => "big5",
            "eucjp" | "ujis" | "u-jis" => "euc-jp",
            "iso2022-jp" => "iso-2022-jp",
            "latin2" | "latin-2" => "iso-8859-2",
            "latin9" | "latin-9" => "iso-8859-15",
            "cyrillic" => "iso-8859-5",
            "mac-roman" | "macroman" => "macintosh",
            "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            other => other,
        };
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())
            .or_else(|| Encoding::for_label_no_replacement(label.replace('-', "_").as_bytes()))?;
        let not_for_source = [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE, encoding_rs::X_USER_DEFINED];
        (!not_for_source.contains(&encoding)).then_some(Self::Other(encoding))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::Other(encoding) => encoding.name(),
        }
    }

    /// The text, and where the first replacement for bytes that are not allowed stands in it.
    fn decode<'b>(&self, bytes: &'b [u8]) -> (Cow<'b, str>, Option<usize>) {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), None),
                Err(error) => (String::from_utf8_lossy(bytes), Some(error.valid_up_to())),
            },
            Self::Ascii => {
                let replace = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' };
                match bytes.iter().position(|byte| !byte.is_ascii()) {
                    None => (String::from_utf8_lossy(bytes), None),
                    first => (bytes.iter().map(replace).collect(), first),
                }
            }
            Self::Latin1 => (encoding_rs::mem::decode_latin1(bytes), None),
            Self::Other(encoding) => {
                let (text, broken) = encoding.decode_without_bom_handling(bytes);
                let first = broken.then(|| text.find('\u{fffd}').unwrap_or(0));
                (text, first)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, Vec<String>) {
        let Decoded { text, diagnostics } = decode(bytes);
        let complaint = |one: &Diagnostic| format!("{}..{} {}", one.span.start, one.span.end, one.message);
        (text.to_string(), diagnostics.iter().map(complaint).collect())
    }

    fn clean(bytes: &[u8]) -> String {
        let (text, complaints) = decoded(bytes);
        assert_eq!(complaints, Vec::<String>::new());
        text
    }

    #[test]
    fn utf8_is_the_default_and_loses_its_mark() {
        assert_eq!(clean("x = 'é'".as_bytes()), "x = 'é'");
        assert_eq!(clean(b"\xef\xbb\xbfx"), "x");
        assert_eq!(clean(b"\xef\xbb\xbf# coding: utf-8\n"), "# coding: utf-8\n");
    }

    #[test]
    fn cookies_stand_in_a_comment_on_the_first_two_lines() {
        let end =
            |head: &str| clean(&[head.as_bytes(), b"'\xe9\xa4'"].concat()).chars().rev().nth(2).unwrap();
        assert_eq!(end("# -*- coding: latin-1 -*-\n"), 'é');
        assert_eq!(end("#!/usr/bin/python\n# vim: set fileencoding=iso8859_15 :\n"), 'é');
        assert_eq!(end("\n  # coding=cp1252\n"), 'é');
        assert_eq!(end("# coding: koi8-r\r"), 'И');
        assert_eq!(decode(b"x = 1\n# coding: latin-1\n'\xe9'").diagnostics.len(), 1);
        assert_eq!(decode(b"\n\n# coding: latin-1\n'\xe9'").diagnostics.len(), 1);
    }

    #[test]
    fn latin1_is_not_windows_1252() {
        assert_eq!(clean(b"# coding: latin-1\n\x80"), "# coding: latin-1\n\u{80}");
        assert_eq!(clean(b"# coding: cp1252\n\x80"), "# coding: cp1252\n€");
    }

    #[test]
    fn many_byte_encodings() {
        assert_eq!(clean(b"# coding: euc_jp\n\xa4\xa2"), "# coding: euc_jp\nあ");
        assert_eq!(clean(b"# coding: shift_jis\n\x82\xa0"), "# coding: shift_jis\nあ");
        assert_eq!(clean(b"# coding: gb2312\n\xc4\xe3"), "# coding: gb2312\n你");
        assert_eq!(clean(b"# coding: big5\n\xa7\x41"), "# coding: big5\n你");
    }

    #[test]
    fn what_cpython_refuses_has_a_diagnostic() {
        let complaint = |bytes: &[u8]| decoded(bytes).1.join("; ");
        assert_eq!(decoded(b"a\xff\xfeb").0, "a\u{fffd}\u{fffd}b");
        assert_eq!(complaint(b"a\xff\xfeb"), "1..4 bytes that are not valid UTF-8; they are read as U+FFFD");
        assert_eq!(complaint(b"# coding: rot13\n"), "10..15 unknown encoding: rot13");
        assert_eq!(complaint(b"# coding: utf-16\n"), "10..16 unknown encoding: utf-16");
        assert_eq!(
            complaint(b"\xef\xbb\xbf# coding: latin-1\n"),
            "10..17 encoding problem: latin-1 with a UTF-8 byte order mark"
        );
        assert_eq!(
            complaint(b"# coding: ascii\n\xe9"),
            "16..19 bytes that are not valid ASCII; they are read as U+FFFD"
        );
        assert_eq!(complaint(b"x\0y"), "1..2 source code cannot contain null bytes");
        assert_eq!(
            decoded(b"\xff\xfex\0"),
            (String::new(), vec!["0..0 UTF-16, which Python does not accept for source files".to_owned()])
        );
    }
}
