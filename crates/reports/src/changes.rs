//! What the rows of a file change in what is known of a partner.

mod agreement;
pub(crate) mod churns;
pub(crate) mod earned;
pub(crate) mod figures;
pub(crate) mod links;
pub(crate) mod relations;
pub(crate) mod runs;
pub(crate) mod segments;
pub(crate) mod sightings;
pub(crate) mod subject;
pub(crate) mod twins;
