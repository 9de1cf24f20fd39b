//! The rulebooks that the program brings along. Old ones stay, so that what was answered by them can be asked again.

use std::sync::LazyLock;

use super::read::read_sources;
use super::{Rulebook, Sources};

/// Reads a text that tests show to be a rulebook.
fn read(text: &str) -> Rulebook {
    Rulebook::parse(text).expect("the built-in rulebooks are valid, as tests show")
}

static FIRST: LazyLock<Rulebook> = LazyLock::new(|| read(include_str!("../../rulebook/builtin-2026-08.toml")));
static NEWEST: LazyLock<Rulebook> = LazyLock::new(|| read(include_str!("../../rulebook/builtin-2026-11.toml")));

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    read_sources(include_str!("../../rulebook/sources.toml")).expect("the list of sources is valid, as tests show")
});

/// What the signs of all of them stand for.
pub(super) fn sources() -> &'static Sources {
    &SOURCES
}

/// All of them by their names, the newest last; each is read when it is asked for.
static ALL: [(&str, &LazyLock<Rulebook>); 2] = [("builtin-2026-08", &FIRST), ("builtin-2026-11", &NEWEST)];

impl Rulebook {
    /// The newest rulebook that the program brings along, by which scores are computed unless others are adopted.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &NEWEST
    }

    /// The names of the rulebooks that the program brings along, the newest last.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(name, _)| *name)
    }

    /// The rulebook that the program brings along under a name.
    #[must_use]
    pub fn builtin_named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, rulebook)| &***rulebook)
    }

    /// Whether its text is one that the program brings along.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        ALL.iter().any(|(_, rulebook)| rulebook.sha256 == self.sha256)
    }
}
