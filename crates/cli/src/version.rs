//! What `pcs --version` says.

use app::formats;
use projection::rulebook::Rulebook;

/// The version, the commit of which the program was built, and what it reads and scores by.
pub(crate) fn text(commit: Option<&str>) -> String {
    let formats: Vec<String> = formats().iter().map(|(name, version)| format!("{name} {version}")).collect();
    let newest = Rulebook::builtin();
    let older: Vec<&str> = Rulebook::builtin_names().filter(|name| *name != newest.name()).collect();
    format!(
        "{}\ncommit   {}\nformats  {}\nrules    {}, and by their names {}",
        env!("CARGO_PKG_VERSION"),
        commit.unwrap_or("unknown"),
        formats.join(", "),
        newest.name(),
        older.join(", ")
    )
}
