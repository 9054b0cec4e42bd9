//! Which modules there are, and which of them somebody may have meant.

use std::collections::{BTreeMap, BTreeSet};

use staniel_facts::{Environment, ModuleName, RelPath, Snapshot, TargetClass};

/// The module that `path` is: below the deepest of the search paths under which an import statement can
/// spell it (a search path's own `__init__.py` is no module of it). `None` for files that no import reaches.
pub fn module_of(path: &RelPath, roots: &[RelPath]) -> Option<ModuleName> {
    roots
        .iter()
        .filter_map(|root| Some((root.as_str().len(), ModuleName::of_path(path, root)?)))
        .filter(|(_, module)| module.as_str() != "__init__")
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, module)| module)
}

/// The name among `known` that is nearest to `written`, if one is so near that it may have been meant: at
/// most a third of its characters differ, or one continues the other by up to three. Of equally near ones
/// the first.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CONTINUATION: usize = 3;
    let length = written.chars().count();
    // One or two letters are near to every other name that short.
    let allowed = if length < 3 { 0 } else { length / 3 };
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        // The distance is never below the difference of the lengths; most names need no closer look.
        let difference = name.chars().count().abs_diff(length);
        if difference > allowed.max(CONTINUATION) || name == written || name.is_empty() {
            continue;
        }
        let continued = length >= CONTINUATION && (name.starts_with(written) || written.starts_with(name));
        let distance = if continued { difference } else { strsim::damerau_levenshtein(written, name) };
        let near = distance <= if continued { CONTINUATION } else { allowed };
        if near && best.is_none_or(|(least, first)| (distance, name) < (least, first)) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// All modules that an import could name: the project's, and the top of each distribution and standard
/// library module that is known of. Kept as a tree, so that a suggestion compares with neighbours only and
/// a project full of unresolved imports costs no more than its size.
#[derive(Clone, Debug, Default)]
pub struct KnownModules {
    /// Each package's (`""`: the top level's) direct children.
    children: BTreeMap<String, BTreeSet<String>>,
    /// First-party modules by their last part.
    by_last: BTreeMap<String, Vec<ModuleName>>,
}

impl KnownModules {
    /// Collects what `snapshot` and `environment` know of.
    pub fn new(snapshot: &Snapshot, environment: &Environment) -> Self {
        let edges = snapshot.records().flat_map(|(_, record)| record.edges().iter());
        let stdlib = edges
            .filter(|edge| edge.content.class == TargetClass::Stdlib)
            .map(|edge| edge.content.module.clone())
            .collect();
        Self::of(snapshot.records().map(|(path, _)| path), &stdlib, environment)
    }

    /// The modules of the files at `paths`, those of the standard library in `stdlib`, and what `environment` knows of.
    pub fn of<'a>(
        paths: impl IntoIterator<Item = &'a RelPath>,
        stdlib: &BTreeSet<ModuleName>,
        environment: &Environment,
    ) -> Self {
        let mut known = Self::default();
        for path in paths {
            if let Some(module) = module_of(path, &environment.roots) {
                known.add(&module);
                let last = module.parts().next_back().unwrap_or("").to_owned();
                known.by_last.entry(last).or_default().push(module);
            }
        }
        for module in stdlib {
            known.add(module);
        }
        for top in &environment.third_party {
            known.add(&ModuleName::new(top.as_str()));
        }
        known
    }

    fn add(&mut self, module: &ModuleName) {
        let mut parent = String::new();
        for part in module.parts() {
            let child = if parent.is_empty() { part.to_owned() } else { format!("{parent}.{part}") };
            // What is known already has known parents, but the walk is as long as the name: a few steps.
            self.children.entry(parent).or_default().insert(part.to_owned());
            parent = child;
        }
    }

    /// Whether `module` is known, as a module or as a package on the way to one.
    pub fn contains(&self, module: &ModuleName) -> bool {
        let (parent, last) = match module.as_str().rsplit_once('.') {
            Some((parent, last)) => (parent, last),
            None => ("", module.as_str()),
        };
        self.children.get(parent).is_some_and(|children| children.contains(last))
    }

    /// The module that may have been meant by the unknown `module`: the nearest neighbour where its name
    /// stops being known, or the one first-party module that ends with it.
    pub fn suggest(&self, module: &ModuleName) -> Option<String> {
        let mut parent = String::new();
        let mut parts = module.parts();
        for part in parts.by_ref() {
            let children = self.children.get(&parent)?;
            let join =
                |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            if children.contains(part) {
                parent = join(part);
                continue;
            }
            if let Some(meant) = nearest(part, children.iter().map(String::as_str)) {
                let meant = join(meant);
                let whole = parts.fold(meant.clone(), |name, part| format!("{name}.{part}"));
                let known = self.contains(&ModuleName::new(whole.as_str()));
                return Some(if known { whole } else { meant });
            }
            break;
        }
        let suffix = format!(".{module}");
        let last = module.parts().next_back()?;
        let mut longer = self.by_last.get(last)?.iter().filter(|known| known.as_str().ends_with(&suffix));
        let found = longer.next()?;
        longer.next().is_none().then(|| found.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(modules: &[&str]) -> KnownModules {
        let mut known = KnownModules::default();
        for module in modules.iter().map(|module| ModuleName::new(*module)) {
            known.add(&module);
            let last = module.parts().next_back().unwrap().to_owned();
            known.by_last.entry(last).or_default().push(module);
        }
        known
    }

    #[test]
    fn suggestions() {
        let known = known(&["billing.taxes.vat", "shop.cart", "libs.shared.text"]);
        let suggest = |module: &str| known.suggest(&ModuleName::new(module));
        assert_eq!(suggest("billing.taxs").as_deref(), Some("billing.taxes"));
        assert_eq!(suggest("biling.taxes.vat").as_deref(), Some("billing.taxes.vat"));
        assert_eq!(suggest("biling.nothing").as_deref(), Some("billing"));
        assert_eq!(suggest("shared.text").as_deref(), Some("libs.shared.text"));
        assert_eq!(suggest("billing.tax").as_deref(), Some("billing.taxes"));
        assert_eq!(suggest("numpy"), None);
        assert_eq!(suggest(""), None);
    }

    #[test]
    fn the_deepest_root_names_the_module() {
        let roots = ["", "src"].map(|root| RelPath::new(root).unwrap());
        let module = |path: &str| module_of(&RelPath::new(path).unwrap(), &roots).map(|m| m.to_string());
        assert_eq!(module("src/a/b.py").as_deref(), Some("a.b"));
        assert_eq!(module("tests/b.py").as_deref(), Some("tests.b"));
        assert_eq!(module("my-scripts/b.py"), None);
        assert_eq!(module("src/__init__.py").as_deref(), Some("src"));
        assert_eq!(module("__init__.py"), None);
    }
}
