//! The few things done to the file system with more care than `std` takes by itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};

use camino::Utf8Path;

/// Options that never follow a symbolic link at the end of the path: whoever can write into the cache must
/// not be able to aim our writes at another file.
pub(crate) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options
}

/// Creates `dir` and what is missing above it, closed to other users: rows hold text of the analysed code.
pub(crate) fn create_private_dir(dir: &Utf8Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.recursive(true).create(dir)
}

/// Fills `bytes` with those at `offset`. Does not move the file's cursor where the system can do without.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
    }
    #[cfg(not(unix))]
    {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }
}

/// Waits until the file's bytes are on the medium. A file that has vanished meanwhile needs none.
pub(crate) fn sync_file(path: &Utf8Path) -> io::Result<()> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Waits until the directory's entries (names created, renamed, removed) are on the medium. Where
/// directories cannot be opened (Windows) there is nothing to do.
pub(crate) fn sync_dir(dir: &Utf8Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Syncs all regular files directly in `dir`, then `dir` itself.
pub(crate) fn sync_files_in(dir: &Utf8Path) -> io::Result<()> {
    for entry in dir.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            sync_file(entry.path())?;
        }
    }
    sync_dir(dir)
}

/// Removes a file or a directory tree, never following a symbolic link; fine if there is none.
pub(crate) fn remove(path: &Utf8Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The bytes that the files at and below `path` have, as their lengths say; 0 where there is nothing.
pub(crate) fn size(path: &Utf8Path) -> u64 {
    let mut bytes = 0;
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                left.extend(
                    path.read_dir_utf8().into_iter().flatten().flatten().map(|entry| entry.into_path()),
                );
            }
            Ok(metadata) => bytes += metadata.len(),
            Err(_) => {}
        }
    }
    bytes
}
