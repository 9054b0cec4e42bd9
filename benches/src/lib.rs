//! Made-up projects for micro-benchmarks: any size, the same in every run.
//!
//! The benchmarks beside this crate measure one step of the pipeline each, in memory: they tell which step became
//! slower, where `cargo xtask bench` measures whole runs of the program on real projects. It knows how to make worlds
//! and facts; it must never know a disk, or the program.
//!
//! Run them with `cargo bench -p staniel-benches`; start reading at [`Package`].

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use staniel_facts::{
    ContentHash, Environment, FileFacts, FileState, RelPath, SourceKind, Tracked, Visibility, World,
};

/// A flat package of so many modules, each of which imports four of those before it.
#[derive(Debug)]
pub struct Package {
    /// Its files, in the order of their numbers.
    pub paths: Vec<RelPath>,
    /// What is there.
    pub world: World,
    /// The facts of each file, as `syntax` finds them.
    pub facts: HashMap<ContentHash, Arc<FileFacts>>,
}

impl Package {
    /// Makes one. Cost: parsing all of its files.
    pub fn new(modules: usize) -> Self {
        let environment =
            Environment { roots: [RelPath::new("").expect("the root")].into(), ..Environment::default() };
        let mut package = Self {
            paths: Vec::new(),
            world: World { environment: Arc::new(environment), ..World::default() },
            facts: HashMap::new(),
        };
        package.add("package/__init__.py", "");
        for number in 0..modules {
            let path = module_path(number);
            package.add(&path, &module_text(number, 10));
        }
        package
    }

    fn add(&mut self, path: &str, text: &str) {
        let path = RelPath::new(path).expect("a relative path");
        self.put(&path, text);
        self.paths.push(path);
    }

    /// Gives a file another text. Cost: parsing it.
    pub fn put(&mut self, path: &RelPath, text: &str) {
        let hash = ContentHash::of(text.as_bytes());
        self.facts.insert(hash, Arc::new(staniel_syntax::facts(text.as_bytes(), SourceKind::Python)));
        let tracked = Tracked { state: FileState::Present(hash), visibility: Visibility::Reported };
        self.world.files.insert(path.clone(), tracked);
    }
}

/// Where the module with this number lies.
pub fn module_path(number: usize) -> String {
    format!("package/module_{number}.py")
}

/// The modules that the one with this number imports.
pub fn imports_of(number: usize) -> impl Iterator<Item = usize> {
    [1, 2, 7, 40].into_iter().filter_map(move |back| number.checked_sub(back))
}

/// A module with so many classes, of some twenty lines each.
pub fn module_text(number: usize, classes: usize) -> String {
    let mut text = String::from("\"\"\"A module.\"\"\"\nimport os.path\nfrom typing import Any\n");
    for other in imports_of(number) {
        writeln!(text, "from package.module_{other} import Class0 as Class0Of{other}, function_1")
            .expect("a string");
    }
    for class in 0..classes {
        write!(
            text,
            r#"

class Class{class}:
    """What it is for."""

    field: int = {number}

    @property
    def value(self) -> str | None:
        """What it is worth."""
        return self.text

    def method(self, first: int, *rest: str, option: dict[str, Any] | None = None) -> bool:
        # A comment.
        for item in rest:
            if item and first > {class}:
                self.text = item.strip()
        return bool(option)


def function_{class}(values: list[int], limit=10):
    total = sum(value for value in values if value < limit)
    return os.path.join("a", str(total))
"#
        )
        .expect("a string");
    }
    text
}
