//! The command line of `cargo xtask`.

use std::path::PathBuf;

xflags::xflags! {
    /// The tooling of staniel: what is not the program but is needed to build, test and measure it.
    cmd xtask {
        /// Measure cold, warm and after one edit, on Django, beside other programs.
        cmd bench {
            /// How often each program is run (5 unless given); medians are over these.
            optional --runs n: usize
            /// Write every single measurement to this file, as JSON.
            optional --json file: PathBuf
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
