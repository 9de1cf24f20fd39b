//! Where the signing key is, as it is typed.

use std::path::PathBuf;

use app::prove::KeySource;

use crate::console::Console;

/// The environment variable that holds a signing key's text.
const VARIABLE: &str = "PCS_KEY";

/// Where the ledger's signing key is, when it is not in the ledger's directory.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// The file of the ledger's signing key, when it is kept elsewhere [env: `PCS_KEY`, the text of the key]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

impl KeyArgs {
    /// The source of the key: the file that was named, else the text in the environment.
    pub(crate) fn source(&self, console: &Console<'_>) -> KeySource {
        KeySource { file: self.key_file.clone(), text: console.variable(VARIABLE).map(|text| (VARIABLE, text.clone())) }
    }
}
