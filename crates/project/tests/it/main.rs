//! Projects as the program meets them.

#[cfg(test)]
mod load;
