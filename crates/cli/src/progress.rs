//! A progress bar on stderr.

use std::time::Duration;

use app::world::{Bar, Unit};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less than this shows no bar.
const MOMENT: Duration = Duration::from_millis(700);

/// A bar that shows itself on a terminal and after a moment.
pub(crate) struct ProgressOnTerminal {
    bar: Option<ProgressBar>,
}

impl ProgressOnTerminal {
    pub(crate) fn new(what: &'static str, unit: Unit, is_shown: bool) -> Self {
        let bar = is_shown.then(|| {
            let template = match unit {
                Unit::Bytes => "{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left",
                Unit::Entries => "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left",
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_style(style).with_message(what)
        });
        Self { bar }
    }
}

impl Bar for ProgressOnTerminal {
    fn at(&self, done: u64, total: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() && bar.elapsed() > MOMENT {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        match total {
            Some(total) => bar.set_length(total),
            None => bar.unset_length(),
        }
        bar.set_position(done);
    }
}

impl Drop for ProgressOnTerminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
