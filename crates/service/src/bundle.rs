//! `/v1/partners/{p}/bundle`: an audit bundle, as a download.

use app::Error;
use app::ask::score::Options;
use app::audit::export;

use crate::answer::{Form, Produced};
use crate::exchange::Exchange;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::questions::{Ask, Question, own_key};

/// A bundle is packed as it is.
pub(crate) const FORMS: &[Form] = &[Form::File("application/gzip")];
/// How the name of a bundle ends.
const ENDING: &str = "audit";

/// A question for the bundle that proves a score. It is made at the instant of the newest entry, so that its bytes follow
/// from the ledger alone.
///
/// Of an instant behind the newest entry there is none: the ledger would have to promise that nothing is recorded up to it,
/// and a question changes no ledger.
///
/// # Errors
/// `unknown_partner`; a parameter that cannot be read.
pub(crate) fn question(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let (partner, as_of) = (exchange.partner()?, parameters.needed_day("as_of")?);
    let options =
        Options { areas: parameters.areas()?, known_at: parameters.instant("known_at")?, ..Options::default() };
    let ask: Ask = Box::new(move |session, _, _| {
        let reader = session.reader()?;
        if let Some(newest) = reader.size().checked_sub(1) {
            let newest = reader.recorded_at(newest)?;
            if options.known_at.is_some_and(|known_at| known_at > newest) {
                let text = format!("the newest entry was recorded at {newest}: what will be known later is not proved");
                let hint = "leave `known_at` out; `pcs audit export` closes an instant that has gone by";
                return Err(Error::new("out_of_range", text).hint(hint));
            }
            session.set_now(newest);
        }
        let file_name = format!("{partner}-{as_of}.{ENDING}");
        let dir = tempfile::tempdir().map_err(Error::file("make", std::env::temp_dir()))?;
        let out = dir.path().join(&file_name);
        let request = export::Request {
            partner,
            as_of,
            options,
            out: out.clone(),
            checkpoint: None,
            key: own_key(),
            force: false,
        };
        request.run(session)?;
        let file = std::fs::read(&out).map_err(Error::file("read", &file_name))?;
        Ok(Produced { file: Some(file), file_name: Some(file_name), ..Produced::default() })
    });
    Ok(Question::new(&[], ask))
}
