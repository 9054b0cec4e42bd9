//! staniel-watch
