//! JSON-RPC messages over a byte stream, each behind a header that says its length.
//!
//! Hand-written because the other end is not trusted: the crates that read this format allocate whatever a
//! header claims, and wait for a header that never ends.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// No answer to a hover comes near this; a header that claims more is nonsense.
const MOST_BYTES: u64 = 64 << 20;

/// The same for one line of a header.
const LONGEST_LINE: u64 = 4 << 10;

/// What is wrong with a stream.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("its output is not the language server protocol: {0}")]
    Nonsense(String),
}

/// The next message; `None` where the stream ends between two.
pub(crate) fn read(stream: &mut impl BufRead) -> Result<Option<Value>, WireError> {
    let mut length = None;
    let mut first = true;
    loop {
        let mut line = Vec::new();
        stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() && first {
            return Ok(None);
        }
        first = false;
        if line.last() != Some(&b'\n') {
            return Err(nonsense("a header that does not end", &line));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else {
            return Err(nonsense("this is no header", &line));
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>().map_err(|_| nonsense("no length", &line))?);
        }
    }
    let length = length.ok_or_else(|| nonsense("a header without a length", b""))?;
    if length > MOST_BYTES {
        return Err(nonsense("a message of an impossible length", length.to_string().as_bytes()));
    }
    // Grows with what arrives, not with what was promised.
    let mut body = Vec::new();
    stream.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Err(nonsense("a message that breaks off", &body));
    }
    serde_json::from_slice(&body).map(Some).map_err(|_| nonsense("this is no JSON", &body))
}

/// Writes one message.
pub(crate) fn write(stream: &mut impl Write, message: &Value) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    write!(stream, "Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(&body)?;
    stream.flush()
}

fn nonsense(what: &str, found: &[u8]) -> WireError {
    let found = String::from_utf8_lossy(&found[..found.len().min(80)]);
    WireError::Nonsense(format!("{what}: {found:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut stream = bytes;
        let mut said = Vec::new();
        loop {
            match read(&mut stream) {
                Ok(Some(message)) => said.push(message.to_string()),
                Ok(None) => return said,
                Err(error) => {
                    said.push(error.to_string());
                    return said;
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, &serde_json::json!({"id": 1})).unwrap();
        write(&mut bytes, &serde_json::json!("ä")).unwrap();
        assert_eq!(all(&bytes), [r#"{"id":1}"#, r#""ä""#]);
    }

    #[test]
    fn headers_are_read_loosely_and_lengths_strictly() {
        let nonsense = |bytes: &[u8], words: &str| {
            let said = all(bytes);
            assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
        };
        assert_eq!(all(b"content-LENGTH:2\nContent-Type: x\n\n{}"), ["{}"]);
        nonsense(b"hello\n", "no header: \"hello");
        nonsense(b"Content-Length: 99999999999999\r\n\r\n{}", "impossible length");
        nonsense(b"Content-Length: 99999999999999999999999\r\n\r\n{}", "no length");
        nonsense(b"Content-Length: 5\r\n\r\n{}", "breaks off");
        nonsense(b"Content-Length: 2\r\n\r\n{]", "no JSON");
        nonsense(b"X: y\r\n\r\n{}", "without a length");
        nonsense(&b"x".repeat(1 << 20), "does not end");
    }
}
