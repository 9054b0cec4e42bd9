//! staniel-store
