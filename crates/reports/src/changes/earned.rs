//! The certifications that people hold by a file, and what that changes.
//!
//! Each holds from the day on which it was earned. The file does not say who is linked to the partner, so a certification
//! of somebody who is linked is recorded as well. What was earned stays earned: nothing ends when a later file lacks it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ledger::{Date, Fact, Name, PartnerId, PersonId, Timestamp, When};

use crate::context::Context;
use crate::facts::KnownAwards;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::rule::Rule;

/// A row that tells of a certification.
pub(crate) struct EarnedRow {
    pub(crate) line: u64,
    pub(crate) partner: PartnerId,
    pub(crate) person: PersonId,
    pub(crate) certification: Name,
    pub(crate) earned_on: Date,
    pub(crate) expires_on: Option<Date>,
}

/// The certifications of a file.
#[derive(Default)]
pub(crate) struct Earned(Vec<EarnedRow>);

impl Earned {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: EarnedRow) {
        self.0.push(row);
    }

    /// Hands over what the ledger does not have, in the order of rows; where sources are sealed in the order of persons,
    /// because that of rows would tell them.
    ///
    /// Of the same award a later last day is new. An earlier one, or none, is that of an older file or of one that does
    /// not tell.
    pub(crate) fn hand_over(mut self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        if origin.is_sealed() {
            self.0.sort_by(|one, other| {
                let key = |row: &EarnedRow| (row.person.clone(), row.certification.clone(), row.earned_on);
                key(one).cmp(&key(other))
            });
        }
        let mut known: BTreeMap<PartnerId, KnownAwards> = BTreeMap::new();
        for EarnedRow { line, partner, person, certification, earned_on, expires_on } in self.0 {
            let facts = known
                .entry(partner.clone())
                .or_insert_with(|| (context.known)(&partner).ask(|facts| facts.awards().clone()));
            let last = facts.entry((person.clone(), certification.clone(), earned_on));
            let (rule, fact) =
                (Rule::Award, Fact::CertificationEarned { person, certification, earned_on, expires_on });
            match last {
                Entry::Occupied(last) if *last.get() >= expires_on => {
                    output.summary.known_links += 1;
                    continue;
                }
                Entry::Occupied(mut last) => {
                    last.insert(expires_on);
                }
                Entry::Vacant(first) => {
                    first.insert(expires_on);
                }
            }
            let when = When::At(Timestamp::start_of(earned_on));
            output.event(line, rule, origin.event(&partner, when, fact, (line, 0), rule));
        }
    }
}
