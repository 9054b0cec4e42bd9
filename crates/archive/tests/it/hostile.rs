//! Files that are not what was written, and files that somebody made up: each is refused, in words.

use std::io::Write;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use staniel_archive::{ReadError, read};

use crate::made_up::*;

fn sample() -> Vec<u8> {
    written(&archive(true, &[(1, present(3, Some(0))), (2, present(4, None))].into()))
}

/// Puts a checksum behind `content`, as whoever makes a file on purpose would.
fn sealed(content: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("staniel archive: all that comes before the checksum");
    [content, hasher.update(content).finalize().as_bytes()].concat()
}

/// The two lines before the frame, and what the frame unfolds to.
fn opened(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let newlines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let start = newlines.map(|(at, _)| at + 1).nth(1).expect("two lines");
    let frame = &bytes[start..bytes.len() - 32];
    (bytes[..start].to_vec(), zstd::decode_all(frame).expect("a sound frame"))
}

fn folded(content: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 9).expect("there is such a level");
    content(&mut encoder);
    encoder.finish().expect("memory takes everything")
}

#[track_caller]
fn check(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&reread(bytes).expect_err("it is refused").to_string());
}

/// What comes of a frame that unfolds to `content`, behind the lines of a sound file.
#[track_caller]
fn check_content(content: impl FnOnce(&mut dyn Write), expected: &Expect) {
    let (lines, _) = opened(&sample());
    check(&sealed(&[lines, folded(content)].concat()), expected);
}

#[test]
fn the_helpers_make_what_the_writer_makes() {
    let (lines, content) = opened(&sample());
    let again = sealed(&[lines, folded(|out| out.write_all(&content).unwrap())].concat());
    assert_eq!(reread(&again).unwrap(), reread(&sample()).unwrap());
}

proptest! {
    #[test]
    fn any_flipped_bit_is_found_out(at: prop::sample::Index, bit in 0..8_u8) {
        let mut bytes = sample();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(reread(&bytes).is_err());
    }

    /// Whatever is in it, with a checksum that fits: an error or a snapshot, and never a panic.
    #[test]
    fn hostile_content_does_no_harm(at: prop::sample::Index, to: u8, cut in 0..4_usize) {
        let (lines, mut content) = opened(&sample());
        let at = at.index(content.len());
        content[at] = to;
        content.truncate(content.len() - cut);
        let bytes = sealed(&[lines, folded(|out| out.write_all(&content).unwrap())].concat());
        if let Ok(archive) = reread(&bytes) {
            prop_assert!(archive.snapshot.records().all(|(_, record)| record.hovers().len() < 10));
        }
    }

    #[test]
    fn hostile_headers_do_no_harm(at: prop::sample::Index, to: u8) {
        let (mut lines, content) = opened(&sample());
        let at = at.index(lines.len());
        lines[at] = to;
        let bytes = sealed(&[lines, folded(|out| out.write_all(&content).unwrap())].concat());
        _ = reread(&bytes);
    }
}

#[test]
fn any_end_that_is_missing_is_found_out() {
    let bytes = sample();
    for end in 0..bytes.len() {
        assert!(reread(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert_eq!(reread(&[&*bytes, b"\n"].concat()), Err(ReadError::Damaged));
}

#[test]
fn what_is_something_else() {
    check(b"PK\x03\x04", &expect!["it is not a staniel snapshot: `staniel snapshots export` makes those"]);
    check(b"", &expect!["it is not a staniel snapshot: `staniel snapshots export` makes those"]);
    check(
        b"staniel snapshot 2\n{}\n",
        &expect!["it is of format 2, and this version of staniel reads format 1 only"],
    );
    check(
        b"staniel snapshot 1\n{}\n",
        &expect!["it is damaged or cut short: get it again, or export it again"],
    );
    expect![
        "it was written by another version of staniel (schema 1, facts 7; this one reads schema 1, facts 8): export it again with this one"
    ]
    .assert_eq(&read(&sample(), FACTS + 1).unwrap_err().to_string());
}

/// The header is in plain text: `head -2` shows who made a file.
#[test]
fn what_a_person_sees() {
    let lines = String::from_utf8(opened(&sample()).0).unwrap();
    let (magic, header) = lines.split_once('\n').unwrap();
    assert_eq!(magic, "staniel snapshot 1");
    let header: serde_json::Value = serde_json::from_str(header).unwrap();
    assert_eq!((&header["provider"], &header["paths"]), (&"declared".into(), &2.into()));
}

#[test]
fn headers_that_say_what_is_not_so() {
    let (lines, content) = opened(&sample());
    let lines = String::from_utf8(lines).unwrap();
    let with = |from: &str, to: &str| {
        assert!(lines.contains(from), "{lines}");
        let lines = lines.replacen(from, to, 1).into_bytes();
        sealed(&[lines, folded(|out| out.write_all(&content).unwrap())].concat())
    };
    check(
        &with("\"paths\":2", "\"paths\":18446744073709551615"),
        &expect!["it was not made by staniel, or by a faulty one: it does not have as many paths as it says"],
    );
    check(
        &with("\"complete\":true", "\"complete\":false"),
        &expect![
            "it was not made by staniel, or by a faulty one: what is in it does not add up to its digest"
        ],
    );
    check(
        &with("\"declared\"", "\"\\u001b[2J\""),
        &expect!["it was not made by staniel, or by a faulty one: its header does not say who made it"],
    );
    check(
        &with("{", "[[[["),
        &expect!["it was not made by staniel, or by a faulty one: its header cannot be understood"],
    );
    check(
        &with("\"part_of\":null", &format!("\"part_of\":\"{}\"", "0".repeat(64))),
        &expect!["it was not made by staniel, or by a faulty one: it is a whole and a part"],
    );
}

#[test]
fn frames_that_unfold_without_end() {
    let zeros = vec![0xff; 1 << 20];
    check_content(
        |out| {
            // One path that claims the most that one may take, in a file of a few kilobytes.
            out.write_all(&(200_u32 << 20).to_le_bytes()).unwrap();
            for _ in 0..200 {
                out.write_all(&zeros).unwrap();
            }
        },
        &expect!["it was not made by staniel, or by a faulty one: it unfolds to far more than its size"],
    );
    check_content(
        |out| out.write_all(&u32::MAX.to_le_bytes()).unwrap(),
        &expect!["it was not made by staniel, or by a faulty one: what it says of one path is too large"],
    );
    // A length that nothing follows: no memory is set aside for it.
    check_content(
        |out| out.write_all(&(200_u32 << 20).to_le_bytes()).unwrap(),
        &expect!["it was not made by staniel, or by a faulty one: what is in it does not unfold"],
    );
}

#[test]
fn windows_that_nobody_has_room_for() {
    let (lines, content) = opened(&sample());
    let mut encoder = zstd::Encoder::new(Vec::new(), 9).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&content).unwrap();
    check(
        &sealed(&[lines, encoder.finish().unwrap()].concat()),
        &expect!["it was not made by staniel, or by a faulty one: what is in it does not unfold"],
    );
}

/// A row of the length that it says, of these bytes.
fn row(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("it is short").to_le_bytes(), bytes].concat()
}

#[test]
fn rows_that_are_nonsense() {
    const NOT_UNDERSTOOD: &str =
        "it was not made by staniel, or by a faulty one: what it says of a path cannot be understood";
    // Counts beyond all reason, and numbers that do not end.
    let hash = [0; 32];
    let absurd = [&b"\x04a.py\x00"[..], &hash, &[0xff; 9], &[0x01]].concat();
    for bytes in
        [&absurd[..], &[0xff; 4096], b"\x05../..\x01", b"\x02/a\x01", b"\x04a.py\x09", b"\x04a.py\x01\x00"]
    {
        let (lines, _) = opened(&sample());
        let file = sealed(&[lines, folded(|out| out.write_all(&row(bytes)).unwrap())].concat());
        assert_eq!(reread(&file).unwrap_err().to_string(), NOT_UNDERSTOOD, "{bytes:?}");
    }
    check_content(
        |out| out.write_all(&[row(b"\x04b.py\x01"), row(b"\x04a.py\x01")].concat()).unwrap(),
        &expect!["it was not made by staniel, or by a faulty one: its paths are not in order"],
    );
    let (_, content) = opened(&sample());
    check_content(
        |out| out.write_all(&[&*content, b"more"].concat()).unwrap(),
        &expect!["it was not made by staniel, or by a faulty one: there is more in it than a snapshot"],
    );
    let (lines, content) = opened(&sample());
    let twice = folded(|out| out.write_all(&content).unwrap()).repeat(2);
    check(
        &sealed(&[lines, twice].concat()),
        &expect!["it was not made by staniel, or by a faulty one: there is more in it than a snapshot"],
    );
}
