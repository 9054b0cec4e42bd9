//! What a server reads of its own configuration, as a digest: part of the environment that its answers come from.

use std::fs;
use std::io::Read;

use camino::Utf8Path;

use crate::servers::Server;

/// Files larger than this are no configuration.
const LARGEST: u64 = 1 << 20;

/// Of the files that configure `server` in `root` and above it, and of stubs that it finds without an import leading
/// there (pyright's `typings`). Of a `pyproject.toml` only what the server looks at counts. Servers that nobody knows
/// are given all that is known of the others. Cost: some lookups; reading what is there.
pub fn configuration_digest(server: Server, root: &Utf8Path) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("staniel 2026 configuration of a language server");
    let mut say = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    for (above, directory) in root.ancestors().enumerate() {
        for &name in server.configuration() {
            let Some(bytes) = small_file(&directory.join(name)) else { continue };
            let bytes = if name == "pyproject.toml" { relevant(server, bytes) } else { bytes };
            if !bytes.is_empty() {
                say(&(above as u64).to_le_bytes());
                say(name.as_bytes());
                say(&bytes);
            }
        }
    }
    if matches!(server, Server::Pyright | Server::Basedpyright | Server::Other) {
        let typings = root.join("typings");
        for path in stubs(&typings) {
            say(path.strip_prefix(&typings).unwrap_or(&path).as_str().as_bytes());
            say(&small_file(&path).unwrap_or_default());
        }
    }
    *hasher.finalize().as_bytes()
}

/// The tables of a `pyproject.toml` that a server reads, in one spelling; empty if there are none; all of a file that
/// is no TOML.
fn relevant(server: Server, bytes: Vec<u8>) -> Vec<u8> {
    let Some(mut document) =
        std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<toml::Table>().ok())
    else {
        return bytes;
    };
    let mut found = toml::Table::new();
    if let Some(toml::Value::Table(mut tool)) = document.remove("tool") {
        for &name in server.tables() {
            found.extend(tool.remove_entry(name));
        }
    }
    toml::to_string(&found).map_or(bytes, String::into_bytes)
}

fn stubs(directory: &Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push(entry.into_path()),
                Ok(_) if matches!(entry.path().extension(), Some("py" | "pyi")) => {
                    found.push(entry.into_path());
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn small_file(path: &Utf8Path) -> Option<Vec<u8>> {
    // Opening a FIFO would wait for a writer.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
