//! What names on the command line stand for in an import map.

use std::collections::BTreeSet;

use camino::Utf8Path;
use staniel_check::{KnownModules, nearest};
use staniel_engine::{Damaged, FileNumber, ImportMap, Link};
use staniel_facts::{Contexts, Edge, Environment, ModuleName, RelPath, TargetClass};

use crate::args::Kinds;
use crate::error::UserError;
use crate::root;

/// The modules of an import map, by file number; those of files that are only led to come last.
pub(crate) struct Modules<'m> {
    pub(crate) map: &'m ImportMap,
    names: Vec<ModuleName>,
}

/// A way to find files.
type Search<'a> = &'a dyn Fn() -> Result<Vec<FileNumber>, Damaged>;

/// A name as it was typed, and the path that it may be, seen from the present directory.
pub(crate) struct Typed<'a> {
    pub(crate) text: &'a str,
    from_here: Option<RelPath>,
}

impl<'a> Typed<'a> {
    /// `text` as it was typed by somebody who asks about the project at `root`.
    pub(crate) fn new(text: &'a str, root: &Utf8Path) -> Self {
        Self { text, from_here: root::relative(root, Utf8Path::new(text)).ok() }
    }

    /// Whether it looks like a path, though a module can be called `py`.
    pub(crate) fn may_be_path(&self) -> bool {
        self.text.contains('/') || [".py", ".pyi", ".ipynb"].iter().any(|end| self.text.ends_with(end))
    }
}

impl<'m> Modules<'m> {
    /// Cost: a name for each file.
    pub(crate) fn new(map: &'m ImportMap) -> Result<Self, Damaged> {
        let files = 0..map.files()? as FileNumber;
        let names = files.map(|file| Ok(map.module(map.path(file)?))).collect::<Result<_, _>>()?;
        Ok(Self { map, names })
    }

    /// What the module in a file is called.
    pub(crate) fn name(&self, file: FileNumber) -> &ModuleName {
        &self.names[file as usize]
    }

    /// The files that a path means: itself, or all that lie in it. Paths can be typed as seen from the project or
    /// from the present directory.
    pub(crate) fn at_path(&self, typed: &Typed<'_>) -> Result<Vec<FileNumber>, Damaged> {
        let from_root = RelPath::new(typed.text.trim_end_matches('/')).ok();
        for path in [&from_root, &typed.from_here].into_iter().flatten().filter(|path| !path.is_root()) {
            if let Some(file) = self.map.number(path.as_str())? {
                return Ok(vec![file]);
            }
            let paths = self.map.paths();
            let inside = format!("{path}/");
            let start = paths.partition_point(|known| known.as_str() < inside.as_str());
            let below = paths[start..].iter().take_while(|known| known.as_str().starts_with(&inside)).count();
            if below > 0 {
                return Ok((start as FileNumber..).take(below).collect());
            }
        }
        Ok(Vec::new())
    }

    /// The files of the module of this name: stub and source, in any root.
    pub(crate) fn module(&self, name: &ModuleName) -> Vec<FileNumber> {
        self.matching(|known| known == name)
    }

    /// The files of the module or package of this name with all that is in it.
    pub(crate) fn package(&self, name: &ModuleName) -> Vec<FileNumber> {
        let inside = name.child("");
        self.matching(|known| known == name || known.as_str().starts_with(inside.as_str()))
    }

    /// The files that a name or a path means, whole packages with all that is in them.
    pub(crate) fn find(&self, typed: &Typed<'_>) -> Result<Vec<FileNumber>, Damaged> {
        let at_path = || self.at_path(typed);
        let in_package = || Ok(self.package(&ModuleName::new(typed.text)));
        let (first, second): (Search<'_>, Search<'_>) = match typed.may_be_path() {
            true => (&at_path, &in_package),
            false => (&in_package, &at_path),
        };
        let files = first()?;
        if files.is_empty() { second() } else { Ok(files) }
    }

    /// As [`Self::find`]; for a symbol, the files that bind it.
    pub(crate) fn find_or_binding(&self, typed: &Typed<'_>) -> Result<Vec<FileNumber>, Damaged> {
        let files = self.find(typed)?;
        if files.is_empty() { self.binding(&ModuleName::new(typed.text)) } else { Ok(files) }
    }

    /// The files of the module that a symbol of this name would be in, if they bind it.
    pub(crate) fn binding(&self, name: &ModuleName) -> Result<Vec<FileNumber>, Damaged> {
        let (Some(module), Some(symbol)) = (name.parent(), name.parts().next_back()) else {
            return Ok(Vec::new());
        };
        let mut binding = Vec::new();
        for file in self.module(&module).into_iter().filter(|file| self.is_analysed(*file)) {
            if !self.map.file(file)?.facts.bindings.get(symbol).is_empty() {
                binding.push(file);
            }
        }
        Ok(binding)
    }

    /// Whether a file was read: of one that is only led to, nothing more is known.
    pub(crate) fn is_analysed(&self, file: FileNumber) -> bool {
        (file as usize) < self.map.paths().len()
    }

    fn matching(&self, wanted: impl Fn(&ModuleName) -> bool) -> Vec<FileNumber> {
        (0..).zip(&self.names).filter(|(_, name)| wanted(name)).map(|(file, _)| file).collect()
    }

    /// What may have been meant by a name that stands for nothing: a module, a symbol of a module, or a path.
    pub(crate) fn nearest(&self, text: &str, environment: &Environment) -> Result<Vec<String>, Damaged> {
        let mut found = BTreeSet::new();
        let paths = self.map.paths();
        if (Typed { text, from_here: None }).may_be_path() {
            found.extend(nearest(text, paths.iter().map(RelPath::as_str)).map(str::to_owned));
        }
        let name = ModuleName::new(text);
        if let Some(module) = name.parent() {
            let symbol = text.rsplit('.').next().unwrap_or("");
            for file in self.module(&module).into_iter().filter(|file| self.is_analysed(*file)) {
                let bound = &self.map.file(file)?.facts.bindings.names;
                let near = nearest(symbol, bound.iter().map(|(name, _)| name.as_str()));
                found.extend(near.map(|symbol| module.child(symbol).to_string()));
            }
        }
        let mut stdlib = BTreeSet::new();
        for row in self.map.rows() {
            let edges = row?.1.edges.iter();
            stdlib.extend(
                edges
                    .filter(|edge| edge.content.class == TargetClass::Stdlib)
                    .map(|edge| edge.content.module.clone()),
            );
        }
        found.extend(KnownModules::of(paths, &stdlib, environment).suggest(&name));
        Ok(found.into_iter().take(3).collect())
    }
}

/// The error for a name that stands for nothing, with the names that are nearest.
pub(crate) fn unknown(text: &str, nearest: &[String]) -> UserError {
    let error = UserError::new(format!("nothing here is called `{text}`"));
    match nearest {
        [] => error.hint("a target is a module, a module and a symbol in it, or a path"),
        _ => {
            let names: Vec<_> = nearest.iter().map(|name| format!("`{name}`")).collect();
            error.hint(format!("did you mean {}?", names.join(" or ")))
        }
    }
}

/// Which links count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) kinds: Kinds,
    /// Also those that nobody wrote.
    pub(crate) implicit: bool,
}

impl Wanted {
    /// Whether an edge is among them.
    pub(crate) fn counts(self, edge: &Edge) -> bool {
        self.admits(edge.content.implicit, edge.content.contexts)
    }

    /// Whether a link is among them.
    pub(crate) fn counts_link(self, link: &Link) -> bool {
        self.admits(link.implicit, link.contexts)
    }

    fn admits(self, implicit: bool, contexts: Contexts) -> bool {
        (self.implicit || !implicit) && self.kinds.admit(contexts)
    }
}

/// All links that count, as pairs of numbers. Nothing runs a stub beside a source, so none begins there.
pub(crate) fn links(map: &ImportMap, wanted: Wanted) -> Result<Vec<(FileNumber, FileNumber)>, Damaged> {
    let mut pairs = Vec::new();
    for (file, path) in (0..).zip(map.paths()) {
        if is_second_to_source(map, path) {
            continue;
        }
        let counted = map.links(file)?.iter().filter(|link| wanted.counts_link(link));
        pairs.extend(counted.map(|link| (file, link.to)));
    }
    pairs.dedup();
    Ok(pairs)
}

/// Whether this is a stub beside the source that it describes.
pub(crate) fn is_second_to_source(map: &ImportMap, path: &RelPath) -> bool {
    let source = path.as_str().strip_suffix('i').filter(|source| source.ends_with(".py"));
    source.is_some_and(|source| map.paths().binary_search_by(|known| known.as_str().cmp(source)).is_ok())
}
