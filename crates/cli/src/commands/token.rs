//! `token`: who may ask the service what.

use std::path::PathBuf;

use app::Error;
use ledger::{Date, PartnerId};
use serde_json::json;
use service::token::{NewToken, Scope, make};

use super::{Run, commands};
use crate::args;
use crate::console::Console;

commands! {
    /// Makes tokens for the service
    ///
    /// A token is what a program shows to `pcs serve`. The file keeps its digest alone, so that whoever reads the file can
    /// ask nothing; a token whose line is taken out is no longer taken once the service was told by SIGHUP.
    enum Command {
        Make(Make),
    }
}

/// Makes a token, adds its digest to a file, and prints it once
#[derive(Debug, clap::Args)]
pub(crate) struct Make {
    /// Its name, for the log and for whoever takes it back
    #[arg(long, value_name = "N")]
    name: String,
    /// What it lets do: read scores and findings; audit: entries, proofs and bundles, too; write events; metrics
    #[arg(long, value_name = "S", value_parser = args::one_of(Scope::NAMES, Scope::from_name))]
    scope: Scope,
    /// Only this partner: all others do not exist; can be repeated
    #[arg(long = "partner", value_name = "P", value_parser = PartnerId::new)]
    partners: Vec<PartnerId>,
    /// The last day on which it is taken
    #[arg(long, value_name = "D", value_parser = args::day)]
    expires: Option<Date>,
    /// The file, which is made if it is not there
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
}

impl Run for Make {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { name, scope, partners, expires, tokens } = self;
        let partners = partners.into_iter().collect();
        let token = make(&console.session.path(&tokens), &NewToken { name: name.clone(), scope, partners, expires })?;
        console.session.done.add(format!("the token {name:?} is in {}", tokens.display()), String::new());
        console.answer(&json!({"name": name, "token": token}).to_string(), |_| vec![token.clone()])?;
        console.remark("it is shown this once: the file has its digest alone");
        Ok(())
    }
}
