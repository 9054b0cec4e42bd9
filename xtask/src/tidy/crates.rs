//! Who may depend on whom.

use super::Finding;
use crate::workspace::Package;

/// A workspace member and the members it may name in its manifest.
struct Room {
    package: &'static str,
    uses: &'static [&'static str],
    /// Only under `[dev-dependencies]`, beside `uses`.
    dev: &'static [&'static str],
    /// Why not more.
    why: &'static str,
}

const FACTS: &str = "staniel-facts";
const SYNTAX: &str = "staniel-syntax";
const PROJECT: &str = "staniel-project";
const VFS: &str = "staniel-vfs";
const DB: &str = "staniel-db";
const GRAPH: &str = "staniel-graph";
const PROVIDER: &str = "staniel-provider";
const PROVIDER_TY: &str = "staniel-provider-ty";
const PROVIDER_LSP: &str = "staniel-provider-lsp";
const STORE: &str = "staniel-store";
const ARCHIVE: &str = "staniel-archive";
const WATCH: &str = "staniel-watch";
const ENGINE: &str = "staniel-engine";
const CHECK: &str = "staniel-check";
const CLI: &str = "staniel";
const XTASK: &str = "xtask";
const TESTS: &str = "staniel-tests";
const BENCHES: &str = "staniel-benches";

/// The direction of the house. A new crate needs a row here, and a reason.
const ROOMS: &[Room] = &[
    Room { package: FACTS, uses: &[], dev: &[], why: "everybody knows the facts, the facts know nobody" },
    Room { package: SYNTAX, uses: &[FACTS], dev: &[], why: "bytes in, facts out" },
    Room { package: PROJECT, uses: &[FACTS], dev: &[], why: "the engine joins it with the others" },
    Room { package: VFS, uses: &[FACTS], dev: &[], why: "the engine joins it with the others" },
    Room { package: GRAPH, uses: &[FACTS], dev: &[], why: "it is fed edges and knows not from where" },
    Room { package: STORE, uses: &[FACTS], dev: &[], why: "it keeps rows and knows not what made them" },
    Room { package: ARCHIVE, uses: &[FACTS], dev: &[], why: "bytes and snapshots, wherever they lie" },
    Room { package: WATCH, uses: &[FACTS], dev: &[], why: "it gives hints and knows not who follows them" },
    Room { package: PROVIDER, uses: &[FACTS], dev: &[], why: "what can be asked, apart from who asks" },
    Room {
        package: DB,
        uses: &[FACTS, SYNTAX],
        dev: &[],
        why: "queries are pure: what they need from outside comes through `FactSource`",
    },
    Room {
        package: PROVIDER_TY,
        uses: &[FACTS, PROVIDER],
        dev: &[SYNTAX],
        why: "decoding happens once, before a provider is asked; only its tests make their own facts",
    },
    Room {
        package: PROVIDER_LSP,
        uses: &[FACTS, PROVIDER],
        dev: &[SYNTAX],
        why: "it is told what to ask and gets texts; only its tests make their own facts",
    },
    Room {
        package: ENGINE,
        uses: &[FACTS, SYNTAX, PROJECT, VFS, DB, GRAPH, PROVIDER, PROVIDER_TY, PROVIDER_LSP, STORE, ARCHIVE],
        dev: &[],
        why: "it joins what is below; changes are brought to it, so it does not know `watch`",
    },
    Room {
        package: CHECK,
        uses: &[FACTS, GRAPH, ENGINE],
        dev: &[],
        why: "rules read published snapshots, through the engine's door; what a cycle is, the graph knows",
    },
    Room {
        package: CLI,
        uses: &[FACTS, PROJECT, GRAPH, WATCH, ENGINE, CHECK],
        dev: &[],
        why: "the program goes through the engine's door; pictures are drawn of graphs",
    },
    Room {
        package: XTASK,
        uses: &[],
        dev: &[],
        why: "it must build and run when the workspace's crates do not compile",
    },
    Room {
        package: TESTS,
        uses: &[FACTS, SYNTAX, PROVIDER],
        dev: &[],
        why: "it sees the program as its users do; facts and syntax are for oracles, the normal form for agreement",
    },
    Room {
        package: BENCHES,
        uses: &[FACTS, SYNTAX, PROJECT, VFS, DB, GRAPH, PROVIDER, PROVIDER_TY, STORE, ENGINE],
        dev: &[],
        why: "micro-benchmarks measure libraries, never the program",
    },
];

/// A dependency from outside that only some may name.
struct Reserved {
    /// Name of the crate, or its beginning if it ends in `*`.
    name: &'static str,
    owners: &'static [&'static str],
    why: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved { name: "sled", owners: &[STORE], why: "the store can be replaced without anybody noticing" },
    Reserved { name: "zstd", owners: &[ARCHIVE], why: "its version and level are part of a file format" },
    Reserved { name: "notify", owners: &[WATCH], why: "hints are not facts: nobody else may build on them" },
    Reserved {
        name: "clap*",
        owners: &[CLI],
        why: "arguments are resolved at the edge, libraries take plain values",
    },
    Reserved {
        name: "anyhow",
        owners: &[CLI, XTASK, TESTS],
        why: "a library's errors are part of its answer: use `thiserror`",
    },
    Reserved {
        name: "ty_*",
        owners: &[PROVIDER_TY],
        why: "internal crates of another project, without a promise of stability",
    },
    Reserved {
        name: "ruff_*",
        owners: &[PROVIDER_TY],
        why: "internal crates of another project, without a promise of stability",
    },
    Reserved {
        name: "salsa*",
        owners: &[DB, PROVIDER_TY],
        why: "readers see published snapshots, never the query engine",
    },
];

impl Reserved {
    fn matches(&self, dependency: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(beginning) => dependency.starts_with(beginning),
            None => dependency == self.name,
        }
    }
}

/// Checks what a member depends on. `manifest` is the text at `path`, for line numbers.
pub(super) fn check(package: &Package, path: &str, manifest: &str, findings: &mut Vec<Finding>) {
    let name = package.name.as_str();
    let Some(room) = ROOMS.iter().find(|room| room.package == name) else {
        let message =
            format!("`{name}` is not in the table of xtask/src/tidy/crates.rs: add it, with a reason");
        findings.push(Finding::new(path, 1, message));
        return;
    };
    for dependency in &package.dependencies {
        let other = dependency.name.as_str();
        let line = line_of(manifest, other);
        let is_dev = dependency.kind.as_deref() == Some("dev");
        if ROOMS.iter().any(|room| room.package == other) {
            // A crate may name itself to turn on a feature for its tests.
            let allowed =
                room.uses.contains(&other) || (is_dev && (room.dev.contains(&other) || other == name));
            if !allowed {
                let message = format!(
                    "`{name}` may not depend on `{other}` ({}): move the code that needs it, or change the table in \
                     xtask/src/tidy/crates.rs and ARCHITECTURE.md",
                    room.why
                );
                findings.push(Finding::new(path, line, message));
            }
        }
        for reserved in RESERVED.iter().filter(|reserved| reserved.matches(other)) {
            if !reserved.owners.contains(&name) {
                let message = format!(
                    "`{other}` belongs in {} only ({}): go through there",
                    list(reserved.owners),
                    reserved.why
                );
                findings.push(Finding::new(path, line, message));
            }
        }
    }
}

/// The line on which a manifest names a dependency; 1 if it is written in an unusual way.
fn line_of(manifest: &str, dependency: &str) -> usize {
    let names = |line: &str| {
        line.trim_start()
            .strip_prefix(dependency)
            .is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
    };
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::workspace::Dependency;

    fn check_package(name: &str, dependencies: &[(&str, Option<&str>)], expected: &Expect) {
        let manifest =
            dependencies.iter().map(|(name, _)| format!("{name}.workspace = true\n")).collect::<String>();
        let package = Package {
            name: name.into(),
            manifest_path: "Cargo.toml".into(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency { name: (*name).into(), kind: kind.map(str::to_owned) })
                .collect(),
        };
        let mut findings = Vec::new();
        super::check(&package, "Cargo.toml", &manifest, &mut findings);
        let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        expected.assert_eq(&lines);
    }

    #[test]
    fn the_direction_is_kept() {
        check_package("staniel-vfs", &[("staniel-facts", None), ("rayon", None)], &expect![""]);
        check_package(
            "staniel-graph",
            &[("staniel-facts", None), ("staniel-db", None)],
            &expect![[r#"
                Cargo.toml:2: `staniel-graph` may not depend on `staniel-db` (it is fed edges and knows not from where): move the code that needs it, or change the table in xtask/src/tidy/crates.rs and ARCHITECTURE.md
            "#]],
        );
    }

    #[test]
    fn some_edges_are_for_tests_only() {
        check_package("staniel-provider-ty", &[("staniel-syntax", Some("dev"))], &expect![""]);
        check_package("staniel-syntax", &[("staniel-syntax", Some("dev"))], &expect![""]);
        check_package(
            "staniel-provider-ty",
            &[("staniel-syntax", None)],
            &expect![[r#"
                Cargo.toml:1: `staniel-provider-ty` may not depend on `staniel-syntax` (decoding happens once, before a provider is asked; only its tests make their own facts): move the code that needs it, or change the table in xtask/src/tidy/crates.rs and ARCHITECTURE.md
            "#]],
        );
    }

    #[test]
    fn reserved_crates_stay_in_their_rooms() {
        check_package("staniel-db", &[("salsa", None), ("salsa-macros", None)], &expect![""]);
        check_package(
            "staniel-engine",
            &[("anyhow", Some("dev")), ("ruff_db", None), ("sled", None)],
            &expect![[r#"
                Cargo.toml:1: `anyhow` belongs in `staniel`, `xtask`, `staniel-tests` only (a library's errors are part of its answer: use `thiserror`): go through there
                Cargo.toml:2: `ruff_db` belongs in `staniel-provider-ty` only (internal crates of another project, without a promise of stability): go through there
                Cargo.toml:3: `sled` belongs in `staniel-store` only (the store can be replaced without anybody noticing): go through there
            "#]],
        );
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        check_package(
            "staniel-new",
            &[],
            &expect![[r#"
                Cargo.toml:1: `staniel-new` is not in the table of xtask/src/tidy/crates.rs: add it, with a reason
            "#]],
        );
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Rows are written from the bottom up: whoever is used stands above.
        for (index, room) in ROOMS.iter().enumerate() {
            for used in room.uses.iter().chain(room.dev) {
                let position = ROOMS.iter().position(|other| other.package == *used);
                assert!(position.is_some_and(|position| position < index), "{} uses {used}", room.package);
            }
        }
    }
}
