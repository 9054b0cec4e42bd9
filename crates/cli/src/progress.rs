//! The progress bar: on a terminal only, and only for what takes longer than a blink.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use staniel_engine::{Phase, Progress};

/// Work that takes less than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(200);

/// Draws the engine's phases on stderr.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// When the work began; `None` once the bar is visible.
    hidden_since: Mutex<Option<Instant>>,
}

impl Bar {
    /// A bar, if stderr is a terminal.
    pub(crate) fn for_terminal() -> Option<Self> {
        std::io::stderr().is_terminal().then(|| Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            hidden_since: Mutex::new(Some(Instant::now())),
        })
    }

    /// Takes the bar off the screen, before something else is printed.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show_if_it_is_time(&self) {
        // Whoever finds the lock taken is not needed: the one who holds it looks at the same clock.
        let Ok(mut hidden_since) = self.hidden_since.try_lock() else { return };
        if hidden_since.is_some_and(|since| since.elapsed() >= PATIENCE) {
            *hidden_since = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn phase(&self, phase: Phase, total: Option<u64>) {
        let words = match phase {
            Phase::Walking => "looking at files",
            Phase::Analysing => "analysing",
            Phase::Asking => "inferring types",
            Phase::Persisting => "storing",
        };
        let template = match total {
            Some(_) => "{msg} {wide_bar} {human_pos}/{human_len} files",
            None => "{msg} …",
        };
        let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
        self.bar.set_style(style);
        self.bar.set_message(words);
        self.bar.set_position(0);
        match total {
            Some(total) => self.bar.set_length(total),
            None => self.bar.unset_length(),
        }
        self.show_if_it_is_time();
    }

    fn advance(&self, by: u64) {
        self.bar.inc(by);
        self.show_if_it_is_time();
    }
}
