//! Finds, reads and hashes the Python files of a directory, and nothing more: what no import map can be faster than.
//! `cargo xtask bench imports` runs it beside the program, whose allocator it has.

use std::error::Error;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args().nth(1).ok_or("which directory?")?;
    // The end of the process frees it, faster than its owner would.
    std::mem::forget(staniel_vfs::load(root.as_str().into())?);
    Ok(())
}
