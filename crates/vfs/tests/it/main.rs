//! Looking at real directories, as the engine and the watcher do.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod git;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod manifest;
#[cfg(test)]
mod random;
