//! What somebody may ask.

use std::collections::BTreeSet;

use ledger::{PartnerId, Timestamp};

use crate::problem::Problem;
use crate::token::Scope;

/// What a token or a session lets do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who it is, for the log.
    pub name: String,
    /// What it lets do.
    pub scopes: Vec<Scope>,
    /// The partners that it is limited to; none for all.
    pub partners: BTreeSet<PartnerId>,
    /// The last instant at which it holds.
    pub expires: Option<Timestamp>,
}

impl Access {
    /// Lets do what asks for a scope.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) fn check(&self, asked: Scope) -> Result<(), Problem> {
        if self.covers(asked) {
            return Ok(());
        }
        let own: Vec<&str> = self.scopes.iter().map(|scope| scope.name()).collect();
        let detail = match own[..] {
            [] => format!("the token has no scope of this service, and this asks for {asked}"),
            _ => format!("the scope of the token is {}, and this asks for {asked}", own.join(" and ")),
        };
        Err(Problem::forbidden(detail))
    }

    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|last| now <= last)
    }

    /// Whether it lets do what asks for a scope.
    #[must_use]
    pub fn covers(&self, asked: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.covers(asked))
    }

    /// Whether a partner exists for it.
    #[must_use]
    pub fn sees(&self, partner: &PartnerId) -> bool {
        self.partners.is_empty() || self.partners.contains(partner)
    }

    /// Lets ask about a partner: one that it does not see does not exist.
    ///
    /// # Errors
    /// `unknown_partner`.
    pub(crate) fn check_partner(&self, partner: &PartnerId) -> Result<(), Problem> {
        if self.sees(partner) { Ok(()) } else { Err(Problem::unknown_partner(partner)) }
    }

    /// Lets ask what spans partners.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) fn check_all_partners(&self) -> Result<(), Problem> {
        if self.partners.is_empty() {
            return Ok(());
        }
        Err(Problem::forbidden("the token is limited to some partners, and this spans all"))
    }
}
