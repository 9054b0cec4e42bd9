//! staniel-tests
