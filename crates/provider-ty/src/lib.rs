//! staniel-provider-ty
