//! staniel-vfs
