//! How answers are written.

pub(crate) mod advise_text;
pub(crate) mod diff_text;
pub(crate) mod entry_text;
pub(crate) mod event_reference;
pub(crate) mod explain_text;
pub(crate) mod figure_text;
pub(crate) mod forecast_text;
pub(crate) mod import_text;
pub(crate) mod labels;
pub(crate) mod move_text;
pub(crate) mod reconcile_text;
pub(crate) mod reference;
pub(crate) mod rulebook_text;
mod rulebook_words;
pub(crate) mod score_text;
pub(crate) mod scores_text;
pub(crate) mod status_text;
pub(crate) mod table;
pub(crate) mod timeline_text;
pub(crate) mod width;

use anstyle::{AnsiColor, Style};
pub(crate) use app::chart::panels as chart;
pub(crate) use app::words as names;

/// Colour, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    pub(crate) const fn new(is_on: bool) -> Self {
        Self { is_on }
    }

    /// Whether there is colour.
    pub(crate) const fn is_on(self) -> bool {
        self.is_on
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.is_on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
