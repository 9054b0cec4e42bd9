//! What an event means: less than it says.

use std::path::PathBuf;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, Event, EventKind};

use crate::settle::Reason;

/// What one event leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// The bytes or the attributes of something may have changed.
    Touched(PathBuf),
    /// A name appeared, vanished or now means something else. What it is now, only the disk can tell: events
    /// of renames come doubled, and late.
    Renamed(PathBuf),
    /// Events are missing.
    Lost(Reason),
    /// No more directories can be watched.
    Limit,
}

/// Whether an event says that something was read, not changed. Reading a tree gives one for each file: they
/// are dropped before anything else. The closing of a file that was open for writing is kept, for writes
/// through a memory map give no other event.
pub(crate) fn is_noise(event: &notify::Result<Event>) -> bool {
    matches!(event, Ok(event) if !event.need_rescan()
        && matches!(event.kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write)))
}

/// The hints in an event.
pub(crate) fn hints(event: notify::Result<Event>) -> Vec<Hint> {
    let event = match event {
        Ok(event) => event,
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => return vec![Hint::Limit],
        Err(error) => {
            tracing::debug!("watching: {error}");
            return vec![Hint::Lost(Reason::Failed)];
        }
    };
    if event.need_rescan() {
        return vec![Hint::Lost(Reason::Overflow)];
    }
    if event.paths.is_empty() {
        return vec![Hint::Lost(Reason::Pathless)];
    }
    let hint = match event.kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => {
            Hint::Touched
        }
        _ => Hint::Renamed,
    };
    event.paths.into_iter().map(hint).collect()
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, MetadataKind, RemoveKind, RenameMode};

    use super::*;

    fn event(kind: EventKind, paths: &[&str]) -> notify::Result<Event> {
        let mut event = Event::new(kind);
        event.paths.extend(paths.iter().map(PathBuf::from));
        Ok(event)
    }

    #[test]
    fn reading_is_noise_and_writing_is_not() {
        let access = |kind| is_noise(&event(EventKind::Access(kind), &["/a"]));
        assert!(access(AccessKind::Open(AccessMode::Any)));
        assert!(access(AccessKind::Close(AccessMode::Read)));
        assert!(!access(AccessKind::Close(AccessMode::Write)));
        assert!(!is_noise(&event(EventKind::Create(CreateKind::File), &["/a"])));
        assert!(!is_noise(&Err(notify::Error::generic("x"))));
    }

    #[test]
    fn kinds_that_name_things_are_told_from_kinds_that_do_not() {
        let touched = [
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        ];
        for kind in touched {
            assert_eq!(hints(event(kind, &["/a"])), [Hint::Touched("/a".into())]);
        }
        let renamed = [
            EventKind::Create(CreateKind::Folder),
            EventKind::Remove(RemoveKind::Other),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
            EventKind::Modify(ModifyKind::Any),
            EventKind::Any,
        ];
        for kind in renamed {
            assert_eq!(hints(event(kind, &["/a"])), [Hint::Renamed("/a".into())]);
        }
        let both = event(EventKind::Modify(ModifyKind::Name(RenameMode::Both)), &["/a", "/b"]);
        assert_eq!(hints(both), [Hint::Renamed("/a".into()), Hint::Renamed("/b".into())]);
    }

    #[test]
    fn whatever_does_not_say_where_is_a_loss() {
        let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(hints(Ok(overflow)), [Hint::Lost(Reason::Overflow)]);
        assert_eq!(hints(event(EventKind::Any, &[])), [Hint::Lost(Reason::Pathless)]);
        assert_eq!(hints(Err(notify::Error::generic("x"))), [Hint::Lost(Reason::Failed)]);
        assert_eq!(hints(Err(notify::Error::new(ErrorKind::MaxFilesWatch))), [Hint::Limit]);
    }
}
