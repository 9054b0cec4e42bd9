//! What happens to a module's names, one after the other, while it is loaded.
//!
//! A package's `x` is what its `__init__` came to last: something bound to `x`, or the submodule `x`, which becomes an
//! attribute of the package when it is *first* loaded, by whatever statement, and a name again that nobody has bound after
//! `del x`. `from . import x` asks for the attribute before it loads anything. So what a name stands for follows from
//! the order of these events; a statement of `__init__` itself sees those before it, everybody else all of them.
//!
//! Branches, loops and `try` are taken as executed. What other modules do to the package while they are loaded in between
//! is not followed, and what a star import brings not known here.

use std::sync::Arc;

use staniel_facts::{Binding, Contexts, Import, ImportFacts, Name};

use crate::inputs::{Db, File};
use crate::statements::module_of;

/// Where an event stands: before, in, or behind what the import with some index does.
type Place = (u32, u8);

/// The order of events in one module. Does not compare: what others see of it does.
#[derive(Clone, Debug, salsa::SalsaValue)]
pub(crate) struct Events {
    pub(crate) facts: Arc<ImportFacts>,
    /// By name and index; empty for what is no package.
    steps: Box<[Step]>,
}

/// How an import in a package's `__init__`, not in a function, concerns one of its submodules.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
struct Step {
    name: Name,
    index: u32,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, salsa::SalsaValue)]
enum Way {
    /// `from . import x`.
    Ask,
    /// `import pkg.x`.
    Load,
    /// `from .x import …`, `import pkg.x.y`.
    Pass,
}

/// One event.
#[derive(Clone, Copy, Debug)]
enum Event {
    Definition,
    Deletion,
    Import(u32),
    Star(u32),
    Step(Way),
}

/// What a name may stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Candidate {
    /// A definition in the module itself.
    Here,
    /// What this import brings.
    Import(u32),
    /// What this star import brings, if it brings the name.
    Star(u32),
    /// The submodule, if there is one.
    Submodule,
}

/// What a name came to stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The last that leads somewhere is the one.
    pub(crate) candidates: Vec<Candidate>,
    /// Whether one of these binds the name, come what may.
    pub(crate) bound: bool,
    /// Whether the submodule was loaded on the way, if there is one.
    pub(crate) loaded: bool,
    /// What is left where the name is no attribute: for type checkers, or bound by functions when they are called.
    pub(crate) declared: Vec<Candidate>,
}

impl Events {
    pub(crate) fn new(db: &dyn Db, file: File, facts: Arc<ImportFacts>) -> Self {
        let is_package = matches!(file.path(db).file_name(), "__init__.py" | "__init__.pyi");
        let imports = (0..).zip(if is_package { &*facts.imports } else { &[] });
        let executed = imports.filter(|(_, import)| !import.contexts.contains(Contexts::DEFERRED));
        let mut steps: Vec<Step> = executed
            .filter_map(|(index, import)| {
                let below = below_package(db, file, import)?;
                let (name, way) = match (below.split_once('.'), &import.symbol) {
                    (Some((name, _)), _) => (name, Way::Pass),
                    (None, None) => (below, Way::Load),
                    (None, Some(symbol)) if below.is_empty() => (symbol.as_str(), Way::Ask),
                    (None, Some(_)) => (below, Way::Pass),
                };
                (!matches!(name, "" | "*")).then(|| Step { name: name.into(), index, way })
            })
            .collect();
        steps.sort_by(|a, b| (&a.name, a.index).cmp(&(&b.name, b.index)));
        Self { facts, steps: steps.into() }
    }

    /// An index out of bounds can only come from a damaged store: then the import is left out.
    pub(crate) fn import(&self, index: u32) -> Option<&Import> {
        self.facts.imports.get(usize::try_from(index).ok()?)
    }

    /// Where an import takes an attribute of the package from the package itself, while that is loaded: its name, and how
    /// many of the name's events came before. `import pkg.x as y` does too, once the submodule is loaded.
    pub(crate) fn moment(&self, index: u32) -> Option<(&Name, u32)> {
        let import = self.import(index).filter(|import| !import.contexts.contains(Contexts::DYNAMIC))?;
        let (name, way) = match (&import.symbol, &import.alias) {
            (Some(symbol), _) => (symbol.as_str(), Way::Ask),
            (None, Some(_)) => (import.module.parts().next_back()?, Way::Load),
            (None, None) => return None,
        };
        let step = self.step(name, index).filter(|step| step.way == way)?;
        let before = self.events(&step.name).partition_point(|(place, _)| *place < (index, 2));
        Some((&step.name, before as u32))
    }

    /// Whether `name` is defined here, and nothing comes after that. A quick look.
    pub(crate) fn ends_with_definition(&self, name: &str) -> bool {
        let Some(Binding::Definition(before)) = self.facts.bindings.get(name).last() else { return false };
        let is_over = |index: u32| index < *before;
        self.facts.bindings.stars.last().is_none_or(|star| is_over(*star))
            && self.steps_of(name).last().is_none_or(|step| is_over(step.index))
    }

    /// What `name` stands for after the first `moment` of its events; after all of them if that is `None`.
    pub(crate) fn history(&self, name: &Name, moment: Option<u32>) -> History {
        let mut history = History { declared: self.declared(name), ..History::default() };
        let events = self.events(name);
        let count = moment.map_or(events.len(), |moment| moment as usize);
        let mut is_first = true;
        for (_, event) in events.into_iter().take(count) {
            match event {
                Event::Definition => {
                    history.candidates = vec![Candidate::Here];
                    history.bound = true;
                }
                Event::Deletion => {
                    history.candidates.clear();
                    history.bound = false;
                }
                // `from . import x` binds to `x` what it is.
                Event::Import(index) if self.is_own(name, index) => {}
                Event::Import(index) => {
                    history.candidates.push(Candidate::Import(index));
                    history.bound = true;
                }
                Event::Star(index) => history.candidates.push(Candidate::Star(index)),
                // Loads if nothing is there; who reads the history falls back on the submodule then.
                Event::Step(Way::Ask) if history.bound => {}
                Event::Step(Way::Ask) => {
                    let starred = history.candidates.iter().any(|last| matches!(last, Candidate::Star(_)));
                    is_first &= starred;
                    history.loaded = true;
                }
                // If a star import stands before an `Ask`, this is the first to load the submodule if that brought the
                // name; else it changes nothing, unless what the `Ask` loaded was bound to something else in between.
                Event::Step(_) if !is_first || history.loaded && history.bound => {}
                Event::Step(_) => {
                    history.candidates.push(Candidate::Submodule);
                    history.loaded = true;
                    is_first = false;
                }
            }
        }
        history
    }

    /// Whether others cannot tell this from `other`.
    pub(crate) fn say_the_same_as(&self, other: &Self) -> bool {
        let (one, two) = (&self.facts.bindings, &other.facts.bindings);
        let same_names = one.names.len() == two.names.len()
            && one.names.iter().zip(&two.names).all(|((name, one), (other_name, two))| {
                name == other_name
                    && one.len() == two.len()
                    && one.iter().zip(two).all(|(a, b)| self.said(name, *a) == other.said(name, *b))
            });
        let said = |events: &Self, step: &Step| (step.way, events.stars_before((step.index, 1)));
        let same_steps = self.steps.len() == other.steps.len()
            && self
                .steps
                .iter()
                .zip(&other.steps)
                .all(|(a, b)| a.name == b.name && said(self, a) == said(other, b));
        same_names && same_steps && self.same_imports(&one.stars, other, &two.stars)
    }

    /// Whether imports say the same as some of `other`.
    pub(crate) fn same_imports(&self, these: &[u32], other: &Self, those: &[u32]) -> bool {
        these.len() == those.len()
            && these.iter().zip(those).all(|(a, b)| self.said_by(*a) == other.said_by(*b))
    }

    /// What happens to `name`, without its place but for what that means to the name.
    fn said(&self, name: &str, binding: Binding) -> impl PartialEq {
        let place = self.place(binding);
        let before = place.map(|place| {
            let steps = self.steps_of(name).partition_point(|step| (step.index, 1) < place);
            (steps, self.stars_before(place))
        });
        match binding {
            Binding::Definition(_) => (0, None, before),
            Binding::Declaration => (1, None, before),
            Binding::Deletion(_) => (2, None, before),
            Binding::Import(index) => (3, self.said_by(index), before),
        }
    }

    /// What an import binds, without its place.
    fn said_by(&self, index: u32) -> Option<impl PartialEq> {
        let import = self.import(index)?;
        let moment = self.moment(index).map(|(_, before)| before);
        let how = (import.alias.is_some(), self.is_idle(index), moment);
        Some((import.level, &import.module, import.symbol.as_ref(), how))
    }

    fn stars_before(&self, place: Place) -> usize {
        self.facts.bindings.stars.partition_point(|star| (*star, 2) < place)
    }

    /// All that happens to `name` while the module is loaded, in order.
    fn events(&self, name: &Name) -> Vec<(Place, Event)> {
        let bindings = self.facts.bindings.get(name).iter().filter_map(|binding| {
            let event = match binding {
                Binding::Definition(_) => Event::Definition,
                Binding::Deletion(_) => Event::Deletion,
                Binding::Import(index) => Event::Import(*index),
                Binding::Declaration => return None,
            };
            Some((self.place(*binding)?, event))
        });
        let stars = self.facts.bindings.stars.iter().filter(|star| !self.is_idle(**star));
        let stars = stars.map(|star| ((*star, 2), Event::Star(*star)));
        let steps = self.steps_of(name).iter().filter(|step| !self.is_idle(step.index));
        let steps = steps.map(|step| ((step.index, 1), Event::Step(step.way)));
        let mut events: Vec<_> = bindings.chain(stars).chain(steps).collect();
        events.sort_by_key(|(place, _)| *place);
        events
    }

    /// Where a name is bound or unbound; `None` if that does not happen while the module is loaded.
    fn place(&self, binding: Binding) -> Option<Place> {
        match binding {
            Binding::Definition(before) | Binding::Deletion(before) => Some((before, 0)),
            Binding::Import(index) => (!self.is_idle(index)).then_some((index, 2)),
            Binding::Declaration => None,
        }
    }

    /// What binds `name` otherwise than while the module is loaded.
    fn declared(&self, name: &Name) -> Vec<Candidate> {
        let stars = self.facts.bindings.stars.iter().filter(|star| self.is_idle(**star));
        let bindings = self.facts.bindings.get(name).iter().filter_map(|binding| match binding {
            Binding::Declaration => Some(Candidate::Here),
            Binding::Import(index) if self.is_idle(*index) && !self.is_own(name, *index) => {
                Some(Candidate::Import(*index))
            }
            _ => None,
        });
        stars.map(|star| Candidate::Star(*star)).chain(bindings).collect()
    }

    /// Whether an import that binds `name` only asks the package for it.
    fn is_own(&self, name: &str, index: u32) -> bool {
        self.step(name, index).is_some_and(|step| step.way == Way::Ask)
    }

    fn is_idle(&self, index: u32) -> bool {
        self.facts.bindings.idle.binary_search(&index).is_ok()
    }

    fn step(&self, name: &str, index: u32) -> Option<&Step> {
        let steps = self.steps_of(name);
        steps.binary_search_by_key(&index, |step| step.index).ok().map(|at| &steps[at])
    }

    fn steps_of(&self, name: &str) -> &[Step] {
        let begin = self.steps.partition_point(|step| step.name.as_str() < name);
        let count = self.steps[begin..].partition_point(|step| step.name == name);
        &self.steps[begin..begin + count]
    }
}

/// What an import in the package `file` asks for below that package: empty for the package itself, `None` for what is
/// not in it.
fn below_package<'a>(db: &dyn Db, file: File, import: &'a Import) -> Option<&'a str> {
    let module = import.module.as_str();
    let package = match import.level {
        0 => module_of(db, file).as_str(),
        1 => return Some(module),
        level => {
            let package = module_of(db, file).as_str();
            let mut above = package;
            for _ in 1..level {
                above = above.rsplit_once('.')?.0;
            }
            &package[above.len() + 1..]
        }
    };
    let below = module.strip_prefix(package).filter(|_| !package.is_empty())?;
    if below.is_empty() { Some(below) } else { below.strip_prefix('.') }
}
