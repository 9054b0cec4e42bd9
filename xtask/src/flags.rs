//! The command line of `cargo xtask`.

use std::path::PathBuf;

xflags::xflags! {
    /// The tooling of staniel: what is not the program but is needed to build, test and measure it.
    cmd xtask {
        /// Ask two providers about every definition of projects of the corpus, and show how far they agree.
        cmd agreement {
            /// Whom ty is compared with (pyright unless given).
            optional --with provider: String
            /// Only files below this directory of the project. Can be repeated.
            repeated --below directory: PathBuf
            /// Ask this program instead of the one that would be built.
            optional --staniel program: PathBuf
            /// Projects by name; rich, requests, SQLAlchemy and Django unless given.
            repeated project: String
        }

        /// Measure beside other programs. Without a subcommand: all commands on Django, cold, warm and after one edit.
        cmd bench {
            /// How often each program is run (5 unless given); medians are over these.
            optional --runs n: usize
            /// Write every single measurement to this file, as JSON.
            optional --json file: PathBuf
            /// Measure this program instead of the one that would be built.
            optional --staniel program: PathBuf

            default cmd overview {}

            /// The import map on Django and SQLAlchemy, time and memory, beside what they are meant to be.
            cmd imports {}

            /// Hovers: single places and whole projects, per provider, one at a time and ten; beside ty and pyright.
            cmd hover {
                /// Whom to ask (ty, pyright, pyrefly, zuban and ty-server unless given). Can be repeated.
                repeated --provider name: String
            }

            /// The import map of made-up projects, each larger than the one before.
            cmd scale {
                /// How many files a project has (1000, 10000 and 100000 unless given). Can be repeated.
                repeated --files n: usize
            }
        }

        /// Fetch and unpack the real projects that tests and measurements run on.
        cmd corpus {
            /// Print the directory of each project on stdout.
            optional --print
        }

        /// Fetch the programs that tests and `bench` compare staniel with.
        cmd peers {}

        /// Run everything: formatting, the rules of `tidy`, clippy, all tests.
        cmd test {
            /// Leave out the tests on real projects, and so the downloads.
            optional --quick
        }

        /// Check the rules of the house that no compiler knows.
        cmd tidy {}
    }
}
