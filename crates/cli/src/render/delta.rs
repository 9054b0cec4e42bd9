//! Deltas as JSON and as text.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use staniel_check::{Colours, escape_line};
use staniel_facts::{
    Coverage, DefinitionId, Delta, EdgeContent, FileDelta, Flags, Hover, HoverChange, Namespace, RelPath,
};

use crate::render::names::Names;
use crate::render::numbers::counted;

/// A delta for JSON: lists by what happened, each sorted by path and identity.
#[derive(Serialize)]
pub(crate) struct DeltaRows<'a> {
    files: Files<'a>,
    hovers: Hovers<'a>,
    edges: Edges<'a>,
}

#[derive(Serialize, Default)]
struct Files<'a> {
    added: Vec<&'a str>,
    removed: Vec<&'a str>,
    changed: Vec<&'a str>,
}

#[derive(Serialize, Default)]
struct Hovers<'a> {
    added: Vec<HoverRow<'a>>,
    removed: Vec<HoverRow<'a>>,
    modified: Vec<ModifiedRow<'a>>,
}

#[derive(Serialize, Default)]
struct Edges<'a> {
    added: Vec<EdgeRow<'a>>,
    removed: Vec<EdgeRow<'a>>,
}

/// Who a definition is: its symbol may repeat, all four together do not.
#[derive(Serialize)]
struct Identity<'a> {
    path: &'a str,
    symbol: String,
    namespace: staniel_facts::Namespace,
    ordinal: u32,
}

#[derive(Serialize)]
struct HoverRow<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    #[serde(flatten)]
    hover: HoverContent<'a>,
}

#[derive(Serialize)]
struct ModifiedRow<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    old: HoverContent<'a>,
    new: HoverContent<'a>,
}

#[derive(Serialize)]
struct HoverContent<'a> {
    kind: &'static str,
    signature: &'a str,
    decorators: &'a [Arc<str>],
    normal: Option<&'a str>,
    doc: Option<&'a str>,
    flags: Vec<&'static str>,
}

#[derive(Serialize)]
struct EdgeRow<'a> {
    path: &'a str,
    module: &'a str,
    symbol: Option<&'a str>,
    resolved: Option<&'a str>,
    class: &'static str,
    kind: &'static str,
    contexts: Vec<&'static str>,
    defined_in: Option<&'a str>,
    implicit: bool,
}

impl<'a> DeltaRows<'a> {
    pub(crate) fn new(delta: &'a Delta, names: &Names) -> Self {
        let (mut files, mut hovers, mut edges) = (Files::default(), Hovers::default(), Edges::default());
        for (path, file) in delta.files() {
            match file_change(file) {
                FileChange::Added => files.added.push(path.as_str()),
                FileChange::Removed => files.removed.push(path.as_str()),
                FileChange::Changed => files.changed.push(path.as_str()),
                FileChange::Same => {}
            }
            let module = names.module(path);
            for (id, change) in file.hovers() {
                let identity = Identity {
                    path: path.as_str(),
                    symbol: Names::symbol(&module, id),
                    namespace: id.namespace,
                    ordinal: id.ordinal,
                };
                match change {
                    HoverChange::Added(hover) => {
                        hovers.added.push(HoverRow { identity, hover: content(&hover) });
                    }
                    HoverChange::Removed(hover) => {
                        hovers.removed.push(HoverRow { identity, hover: content(&hover) });
                    }
                    HoverChange::Modified(old, new) => {
                        hovers.modified.push(ModifiedRow {
                            identity,
                            old: content(&old),
                            new: content(&new),
                        });
                    }
                }
            }
            let (added, removed) = file.edges();
            edges.added.extend(added.into_iter().map(|edge| edge_row(path, edge)));
            edges.removed.extend(removed.into_iter().map(|edge| edge_row(path, edge)));
        }
        Self { files, hovers, edges }
    }
}

fn content<'a>(hover: &Hover<'a>) -> HoverContent<'a> {
    HoverContent {
        kind: hover.kind.as_str(),
        signature: hover.signature,
        decorators: hover.decorators,
        normal: hover.normal,
        doc: hover.doc,
        flags: hover.flags.words(),
    }
}

fn edge_row<'a>(path: &'a RelPath, edge: &'a EdgeContent) -> EdgeRow<'a> {
    EdgeRow {
        path: path.as_str(),
        module: edge.module.as_str(),
        symbol: edge.symbol.as_deref(),
        resolved: edge.resolved.as_ref().map(RelPath::as_str),
        class: edge.class.as_str(),
        kind: edge.contexts.kind().as_str(),
        contexts: edge.contexts.words(),
        defined_in: edge.origin.as_ref().map(|origin| origin.path.as_str()),
        implicit: edge.implicit,
    }
}

/// What became of a file's text.
enum FileChange {
    Added,
    Removed,
    Changed,
    /// Only answers or resolutions differ: another file is the cause.
    Same,
}

fn file_change(file: &FileDelta) -> FileChange {
    match (&file.old, &file.new) {
        (Coverage::Absent | Coverage::NotAsked, _) => FileChange::Added,
        (_, Coverage::Absent | Coverage::NotAsked) => FileChange::Removed,
        (Coverage::Present(old), Coverage::Present(new)) if old.hash() == new.hash() => FileChange::Same,
        _ => FileChange::Changed,
    }
}

/// How much of a delta people want to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Lines below one file.
    pub(crate) per_file: usize,
    /// Files.
    pub(crate) files: usize,
    /// Characters of a signature or a type.
    pub(crate) text: usize,
}

impl Bounds {
    /// A screenful.
    pub(crate) const SCREEN: Self = Self { per_file: 12, files: 12, text: 80 };
    /// Everything.
    pub(crate) const ALL: Self = Self { per_file: usize::MAX, files: usize::MAX, text: usize::MAX };
}

/// For people: each file and below it what happened in it. Says how much it leaves out.
pub(crate) fn text(
    delta: &Delta,
    names: &Names,
    bounds: Bounds,
    colours: Colours,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut shown, mut left_out) = (0, 0_u64);
    for (path, file) in delta.files() {
        let lines = lines_of(path, file, names, bounds);
        let mark = match file_change(file) {
            FileChange::Added => Mark::Added,
            FileChange::Removed => Mark::Removed,
            FileChange::Changed | FileChange::Same => Mark::Modified,
        };
        if lines.is_empty() && matches!(file_change(file), FileChange::Same) {
            continue;
        }
        if shown == bounds.files {
            left_out += 1;
            continue;
        }
        shown += 1;
        let remark = remark(file, lines.is_empty());
        writeln!(out, "{} {}{remark}", mark.paint(colours), escape_line(path.as_str()))?;
        for (mark, line) in lines.iter().take(bounds.per_file) {
            writeln!(out, "    {} {line}", mark.paint(colours))?;
        }
        if lines.len() > bounds.per_file {
            writeln!(out, "    … and {} more", lines.len() - bounds.per_file)?;
        }
    }
    if left_out > 0 {
        writeln!(out, "… and {}", counted(left_out, "more file", "more files"))?;
    }
    Ok(())
}

fn remark(file: &FileDelta, nothing_inside: bool) -> String {
    match (&file.old, &file.new) {
        (_, Coverage::Skipped(reason)) => format!("  not analysed: {}", escape_line(&reason.to_string())),
        (Coverage::Skipped(_), Coverage::Present(_)) => "  analysed again".to_owned(),
        (Coverage::Present(_), Coverage::Present(_)) if nothing_inside => "  layout only".to_owned(),
        _ => String::new(),
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Added,
    Removed,
    Modified,
}

impl Mark {
    fn paint(self, colours: Colours) -> String {
        let (sign, colour) = match self {
            Self::Added => ("+", AnsiColor::Green),
            Self::Removed => ("-", AnsiColor::Red),
            Self::Modified => ("~", AnsiColor::Yellow),
        };
        let style = match colours {
            Colours::On => Style::new().fg_color(Some(colour.into())),
            Colours::Off => Style::new(),
        };
        format!("{style}{sign}{style:#}")
    }
}

fn lines_of(path: &RelPath, file: &FileDelta, names: &Names, bounds: Bounds) -> Vec<(Mark, String)> {
    let module = names.module(path);
    let symbol = |id: &DefinitionId| escape_line(&Names::symbol(&module, id)).into_owned();
    let changes = file.hovers();
    let inside = Inside::of(&changes);
    let mut lines = Vec::new();
    for (id, change) in &changes {
        let line = |hover: &Hover<'_>, inside: &BTreeMap<&str, usize>| {
            let more = match inside.get(&*id.qualified_name) {
                Some(&count) if count > 0 && id.namespace == Namespace::Binding => {
                    format!("  (and {count} inside)")
                }
                _ => String::new(),
            };
            format!("{}  {}{more}", symbol(id), summary(hover, bounds))
        };
        match change {
            HoverChange::Added(_) if outermost(id, &inside.added).is_some() => {}
            HoverChange::Removed(_) if outermost(id, &inside.removed).is_some() => {}
            HoverChange::Added(hover) => lines.push((Mark::Added, line(hover, &inside.added))),
            HoverChange::Removed(hover) => lines.push((Mark::Removed, line(hover, &inside.removed))),
            HoverChange::Modified(old, new) => {
                let differences = differences(old, new, bounds).join("; ");
                lines.push((Mark::Modified, format!("{}  {differences}", symbol(id))));
            }
        }
    }
    let (added, removed) = file.edges();
    let edges = |mark: Mark, edges: Vec<&EdgeContent>| {
        let written = edges.into_iter().filter(|edge| !edge.implicit);
        written.map(|edge| (mark, edge_line(edge))).collect::<Vec<_>>()
    };
    lines.extend(edges(Mark::Added, added));
    lines.extend(edges(Mark::Removed, removed));
    lines
}

/// How many definitions appeared, or went, inside of others that did: a function comes with its parameters.
#[derive(Default)]
struct Inside<'a> {
    added: BTreeMap<&'a str, usize>,
    removed: BTreeMap<&'a str, usize>,
}

impl<'a> Inside<'a> {
    fn of(changes: &[(&'a DefinitionId, HoverChange<'_>)]) -> Self {
        let mut inside = Self::default();
        for (id, change) in changes.iter().filter(|(id, _)| id.namespace == Namespace::Binding) {
            match change {
                HoverChange::Added(_) => inside.added.insert(&id.qualified_name, 0),
                HoverChange::Removed(_) => inside.removed.insert(&id.qualified_name, 0),
                HoverChange::Modified(..) => None,
            };
        }
        for (id, change) in changes {
            let names = match change {
                HoverChange::Added(_) => &mut inside.added,
                HoverChange::Removed(_) => &mut inside.removed,
                HoverChange::Modified(..) => continue,
            };
            if let Some(outer) = outermost(id, names)
                && let Some(count) = names.get_mut(outer)
            {
                *count += 1;
            }
        }
        inside
    }
}

/// The outermost definition among `names` that `id` is inside of.
fn outermost<'n>(id: &'n DefinitionId, names: &BTreeMap<&str, usize>) -> Option<&'n str> {
    let dots = id.qualified_name.match_indices('.').map(|(at, _)| &id.qualified_name[..at]);
    let mut outer = dots.filter(|name| names.contains_key(name));
    outer.next()
}

fn summary(hover: &Hover<'_>, bounds: Bounds) -> String {
    let signature = clipped(hover.signature, bounds);
    // What is annotated says its type itself, and so does a class.
    let head = hover.signature.split('=').next().unwrap_or_default();
    let shows_type = head.contains([':', '(']) || head.starts_with("class ");
    match hover.normal {
        Some(normal) if !shows_type && !hover.flags.contains(Flags::UNKNOWN) => {
            format!("{signature}  : {}", clipped(normal, bounds))
        }
        _ => signature,
    }
}

/// Text for people, of bounded length.
fn clipped(text: &str, bounds: Bounds) -> String {
    match text.char_indices().nth(bounds.text) {
        Some((end, _)) => format!("{}…", escape_line(&text[..end])),
        None => escape_line(text).into_owned(),
    }
}

/// What differs, aspect by aspect.
fn differences(old: &Hover<'_>, new: &Hover<'_>, bounds: Bounds) -> Vec<String> {
    let arrow = |old: &str, new: &str| {
        // Where both begin alike for long, the difference is what counts.
        let common: usize =
            old.chars().zip(new.chars()).take_while(|(old, new)| old == new).map(|(c, _)| c.len_utf8()).sum();
        let skipped = if old.len().max(new.len()) > bounds.text {
            old[..common].char_indices().nth_back(19).map_or(0, |(at, _)| at)
        } else {
            0
        };
        let dots = if skipped > 0 { "…" } else { "" };
        format!("{dots}{} → {dots}{}", clipped(&old[skipped..], bounds), clipped(&new[skipped..], bounds))
    };
    let mut differences = Vec::new();
    if old.kind != new.kind {
        differences.push(arrow(old.kind.as_str(), new.kind.as_str()));
    }
    if old.signature != new.signature {
        differences.push(arrow(old.signature, new.signature));
    }
    if old.decorators != new.decorators {
        let list = |decorators: &[Arc<str>]| match decorators {
            [] => "none".to_owned(),
            some => some.iter().map(|decorator| format!("@{decorator}")).collect::<Vec<_>>().join(" "),
        };
        differences.push(format!("decorators: {}", arrow(&list(old.decorators), &list(new.decorators))));
    }
    // A function's type repeats its signature.
    let told = old.signature != new.signature && new.signature.contains("def ");
    if old.normal != new.normal && !told {
        differences.push(format!(
            "type: {}",
            arrow(old.normal.unwrap_or("unknown"), new.normal.unwrap_or("unknown"))
        ));
    }
    if old.doc != new.doc {
        differences.push("docstring".to_owned());
    }
    if old.flags != new.flags {
        let list = |flags: Flags| if flags.is_empty() { "none".to_owned() } else { flags.words().join(", ") };
        differences.push(format!("flags: {}", arrow(&list(old.flags), &list(new.flags))));
    }
    differences
}

fn edge_line(edge: &EdgeContent) -> String {
    let name = match &edge.symbol {
        Some(symbol) => edge.module.child(symbol),
        None => edge.module.clone(),
    };
    let target = match &edge.resolved {
        Some(path) => format!("→ {}", escape_line(path.as_str())),
        None => format!("({})", edge.class.as_str()),
    };
    format!("import {}  {target}", escape_line(name.as_str()))
}
