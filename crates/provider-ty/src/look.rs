//! Looking at places, file after file, under supervision.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ruff_db::files::{File, FileRange};
use ruff_db::source::source_text;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;
use staniel_facts::{Cancel, RelPath, Span, World};
use staniel_provider::{AskError, Observer, Place, Sight, Target, TargetFile};

use crate::glimpse::{Glimpse, descriptions, glimpses};
use crate::memory;
use crate::options::Limits;
use crate::replica::Replica;
use crate::sweep::{STACK, TICK, abandon};

/// How looking ended.
pub(crate) enum Looked {
    /// What stands at each place, and the database again.
    Seen(Box<Replica>, Vec<Option<Sight>>),
    /// This file is too much for ty, in words. The database is left behind with it.
    Endless(RelPath, String),
}

/// Looks at all of `places`. A place that makes ty panic has no answer.
pub(crate) fn look_at_all(
    replica: Replica,
    world: &World,
    places: &[Place],
    limits: Limits,
    observer: &dyn Observer,
    cancel: &Cancel,
) -> Result<Looked, AskError> {
    let eyes = Eyes::open(&replica)
        .map_err(|error| AskError::Broken(format!("no thread can be started to look: {error}")))?;
    let looking = Looking { replica: &replica, world, eyes: &eyes, limits, observer, cancel };
    match looking.run(places) {
        Ok(sights) => {
            // Its handle on the database must be gone before anybody writes.
            eyes.close();
            Ok(Looked::Seen(Box::new(replica), sights))
        }
        Err(blind) => {
            abandon(replica);
            match blind {
                Blind::Cancelled => Err(AskError::Cancelled),
                Blind::Endless(Ok(path), words) => Ok(Looked::Endless(path, words)),
                Blind::Endless(Err(name), words) => Err(AskError::Broken(format!("`{name}` {words}"))),
                Blind::Ended => Err(AskError::Broken("the thread that looks has ended".to_owned())),
            }
        }
    }
}

/// Why nothing is seen.
enum Blind {
    Cancelled,
    /// Because of this file of the project, or of this one elsewhere; in words.
    Endless(Result<RelPath, String>, String),
    /// Something panicked outside of ty.
    Ended,
}

/// One file, and what is to be seen in it.
enum Task {
    Look(RelPath, Vec<u32>),
    Describe(File, Vec<TextRange>),
}

/// What became of one place.
enum Said {
    Seen(Option<Glimpse>),
    Described(Option<String>),
}

/// The thread on which ty runs.
struct Eyes {
    tasks: Sender<Task>,
    said: Receiver<Said>,
    thread: JoinHandle<()>,
}

impl Eyes {
    fn open(replica: &Replica) -> std::io::Result<Self> {
        let (tasks, inbox) = crossbeam_channel::unbounded();
        let (outbox, said) = crossbeam_channel::unbounded();
        let replica = replica.clone();
        let thread = std::thread::Builder::new().name("ty-look".to_owned()).stack_size(STACK);
        let thread = thread.spawn(move || work(&replica, &inbox, &outbox))?;
        Ok(Self { tasks, said, thread })
    }

    fn close(self) {
        drop(self.tasks);
        if self.thread.join().is_err() {
            tracing::error!("a thread panicked outside of ty");
        }
    }
}

/// Says one thing for each place of each task.
fn work(replica: &Replica, inbox: &Receiver<Task>, outbox: &Sender<Said>) {
    for task in inbox {
        let mut told = 0;
        // Who has stopped listening does not want to know.
        let mut say = |said| {
            told += 1;
            _ = outbox.send(said);
        };
        match &task {
            Task::Look(path, offsets) => {
                glimpses(replica, path, offsets, |glimpse| say(Said::Seen(glimpse)));
                (told..offsets.len()).for_each(|_| _ = outbox.send(Said::Seen(None)));
            }
            Task::Describe(file, names) => {
                descriptions(replica, *file, names, |text| say(Said::Described(text)));
                (told..names.len()).for_each(|_| _ = outbox.send(Said::Described(None)));
            }
        }
    }
}

/// One batch of places.
struct Looking<'a> {
    replica: &'a Replica,
    world: &'a World,
    eyes: &'a Eyes,
    limits: Limits,
    observer: &'a dyn Observer,
    cancel: &'a Cancel,
}

impl Looking<'_> {
    fn run(&self, places: &[Place]) -> Result<Vec<Option<Sight>>, Blind> {
        let mut files: BTreeMap<&RelPath, Vec<usize>> = BTreeMap::new();
        for (index, place) in places.iter().enumerate() {
            files.entry(&place.path).or_default().push(index);
        }
        let mut seen: Vec<Option<Glimpse>> = places.iter().map(|_| None).collect();
        for (path, indexes) in files {
            let offsets = indexes.iter().map(|&index| places[index].offset).collect();
            let said = self.told(&Ok(path), Task::Look(path.clone(), offsets), indexes.len())?;
            for (index, said) in indexes.into_iter().zip(said) {
                if let Said::Seen(glimpse) = said {
                    seen[index] = glimpse;
                }
            }
        }
        let described = self.describe(&seen)?;
        let mut texts = FxHashMap::default();
        let mut sight = |glimpse: Glimpse| {
            let Glimpse { token, text, place, asks_definition } = glimpse;
            let better = place.filter(|_| asks_definition).and_then(|place| described.get(&place));
            let target = place.map(|place| self.target(place, &mut texts));
            Sight { token: span(token), text: better.cloned().or(text), target }
        };
        Ok(seen.into_iter().map(|glimpse| glimpse.map(&mut sight)).collect())
    }

    /// What the definitions are said to be that are to be asked.
    fn describe(&self, seen: &[Option<Glimpse>]) -> Result<FxHashMap<FileRange, String>, Blind> {
        let asking = seen.iter().flatten().filter(|glimpse| glimpse.asks_definition);
        let mut names: BTreeMap<File, Vec<TextRange>> = BTreeMap::new();
        for place in asking.filter_map(|glimpse| glimpse.place) {
            names.entry(place.file()).or_default().push(place.range());
        }
        let mut described = FxHashMap::default();
        for (file, mut names) in names {
            names.sort_unstable_by_key(|name| (name.start(), name.end()));
            names.dedup();
            let path = self.replica.path_in_world(file);
            let blamed = path.as_ref().ok_or_else(|| file.path(self.replica).to_string());
            let said = self.told(&blamed, Task::Describe(file, names.clone()), names.len())?;
            for (name, said) in names.into_iter().zip(said) {
                if let Said::Described(Some(text)) = said {
                    described.insert(FileRange::new(file, name), text);
                }
            }
        }
        Ok(described)
    }

    /// All that is said of a task, which is as much as there are places in it; `file` is the one that ty looks into.
    fn told(&self, file: &Result<&RelPath, String>, task: Task, places: usize) -> Result<Vec<Said>, Blind> {
        if let Ok(path) = file
            && let Some(hash) = self.world.state(path.as_str()).hash()
        {
            self.observer.started(path, hash);
        }
        let is_counted = matches!(task, Task::Look(..));
        let given = self.eyes.tasks.send(task).map_err(|_| Blind::Ended);
        let said = given.and_then(|()| (0..places).map(|_| self.hear(file)).collect());
        match file {
            Ok(path) if said.is_ok() && is_counted => self.observer.done(path),
            Ok(path) => self.observer.put_off(path),
            Err(_) => {}
        }
        said
    }

    /// The next thing that is said, unless it takes too long or too much: then because of this file.
    fn hear(&self, file: &Result<&RelPath, String>) -> Result<Said, Blind> {
        let since = Instant::now();
        let mut before = None;
        loop {
            match self.eyes.said.recv_timeout(TICK) {
                Ok(said) => return Ok(said),
                Err(RecvTimeoutError::Disconnected) => return Err(Blind::Ended),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.cancel.is_cancelled() {
                return Err(Blind::Cancelled);
            }
            let resident = memory::resident().unwrap_or(0);
            let before = *before.get_or_insert(resident);
            if let Some(words) = self.limits.excess(since, before, resident) {
                return Err(Blind::Endless(file.clone().cloned(), words));
            }
        }
    }

    fn target(&self, place: FileRange, texts: &mut FxHashMap<File, Arc<str>>) -> Target {
        let (db, file) = (self.replica, place.file());
        let name = span(place.range());
        if let Some(path) = self.replica.path_in_world(file) {
            return Target { file: TargetFile::Project(path), name };
        }
        let text = texts.entry(file).or_insert_with(|| source_text(db, file).as_str().into());
        let file = TargetFile::Elsewhere { name: file.path(db).as_str().to_owned(), text: Arc::clone(text) };
        Target { file, name }
    }
}

fn span(range: TextRange) -> Span {
    Span::new(range.start().into(), range.end().into())
}
