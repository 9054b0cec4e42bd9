//! staniel-db
