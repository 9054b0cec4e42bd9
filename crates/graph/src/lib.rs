//! staniel-graph
