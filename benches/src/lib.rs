//! staniel-benches
