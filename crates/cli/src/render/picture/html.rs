//! Pictures as one page to look around in.

use std::io::Write;

use super::svg::{draw, escaped};
use super::{Picture, PictureError};

const STYLE: &str = include_str!("html/page.css");
const CONTROLS: &str = include_str!("html/controls.html");
const SCRIPT: &str = include_str!("html/page.js");

/// The Content-Security-Policy: nothing is fetched from anywhere, and no script runs but the one with this digest. So
/// even a label that got past the escapes could do nothing.
const POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; ",
    "script-src 'sha256-WD0SCtB1nYuYl3w71Mqa537E8e+qBXJRG7tS3Ha6JEE='"
);

/// One file that needs no other: the SVG, and a script to search it, to move in it, and to see what one box
/// imports and who imports it. Without scripts it is still the picture.
pub(crate) fn html(picture: &Picture, out: &mut dyn Write) -> Result<(), PictureError> {
    picture.check_size()?;
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>", escaped(&picture.title))?;
    writeln!(out, "{CONTROLS}<main>")?;
    draw(picture, out)?;
    writeln!(out, "</main>\n<aside hidden></aside>\n<script>{SCRIPT}</script>\n</body>\n</html>")?;
    Ok(())
}
