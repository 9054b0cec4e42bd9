//! staniel-engine
