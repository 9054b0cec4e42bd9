//! staniel-syntax
