//! One request, once it was let in.

use std::sync::Arc;

use axum::http::HeaderMap;
use ledger::PartnerId;

use crate::access::Access;
use crate::parameters::part_of;
use crate::problem::Problem;
use crate::shared::Shared;

/// One request.
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    /// The path, without what stands before every path.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) access: Access,
    /// What came with it; nothing with a question that has no body.
    pub(crate) body: Option<Vec<u8>>,
}

impl Exchange {
    /// A part of the path, counted from 0.
    pub(crate) fn part(&self, nth: usize) -> Result<String, Problem> {
        part_of(&self.path, nth).ok_or_else(|| Problem::parameter("malformed", "path", "it is no text in UTF-8"))
    }

    /// The partner whom the path names, whom the token must see.
    pub(crate) fn partner(&self) -> Result<PartnerId, Problem> {
        let partner = PartnerId::new(&self.part(2)?)
            .map_err(|error| Problem::parameter("bad_value", "partner", error.to_string()))?;
        self.access.check_partner(&partner)?;
        Ok(partner)
    }
}
