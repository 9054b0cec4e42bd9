//! staniel-check
