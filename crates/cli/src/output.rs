//! Standard output: buffered, and honest about pipes that are closed.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use staniel_check::Colours;

use crate::args::ColourChoice;

/// Standard output. What is not flushed when it is dropped is lost, and whether flushing worked would be
/// too: so [`Self::finish`] it.
pub(crate) struct Output {
    out: BufWriter<StdoutLock<'static>>,
    /// Whether escape sequences of ours may be in it.
    pub(crate) colours: Colours,
}

impl Output {
    pub(crate) fn new(choice: ColourChoice) -> Self {
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Self { out, colours: colours(choice, io::stdout().is_terminal()) }
    }

    /// Writes out what is left. An error here is an error of the command: somebody got half an answer.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Colours as asked for; if nobody asked, on a terminal that does not say otherwise (<https://no-color.org>).
fn colours(choice: ColourChoice, terminal: bool) -> Colours {
    let on = match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => {
            let said = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
            terminal && !said("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    if on { Colours::On } else { Colours::Off }
}
