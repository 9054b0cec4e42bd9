//! staniel-project
