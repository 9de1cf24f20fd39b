//! What an attribution stands for: a mechanism in a role, under conditions.

use ledger::{Mechanism, Role};

use super::folded::Folded;
use crate::attribution::Attribution;

/// What an attribution stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// The mechanism; `None`: the text is known and is no association.
    pub mechanism: Option<Mechanism>,
    /// The role, where the mechanism has roles.
    pub role: Option<Role>,
    /// The role where the sales channel begins with "Indirect".
    pub indirect_role: Option<Role>,
    /// The admin types under which a partner admin link is not eligible.
    pub not_as: Vec<String>,
    /// Whether a partner admin link is eligible.
    pub is_eligible: bool,
}

impl Means {
    /// What a row's attribution is. A blank admin type is taken as eligible, since not every report has the column.
    pub(super) fn read(&self, admin_type: Option<&str>, sales_channel: Option<&str>) -> Attribution {
        let Some(mechanism) = self.mechanism else { return Attribution::NoMechanism };
        let is_left_out = |role: &str| self.not_as.iter().any(|other| other.eq_ignore_ascii_case(role));
        if !self.is_eligible || admin_type.is_some_and(is_left_out) {
            return Attribution::ReaderLink;
        }
        let is_indirect = || sales_channel.is_some_and(|channel| Folded::of(channel).bytes().starts_with(b"indirect"));
        let role = self.indirect_role.filter(|_| is_indirect()).or(self.role);
        Attribution::By(mechanism, role)
    }

    /// It in a few words.
    #[must_use]
    pub fn text(&self) -> String {
        let Some(mechanism) = self.mechanism else { return "none".to_owned() };
        let mut text = mechanism.name().to_owned();
        if let Some(role) = self.role {
            text = format!("{text} as {role}");
        }
        if let Some(role) = self.indirect_role {
            text = format!("{text}, {role} where the channel is indirect");
        }
        if !self.not_as.is_empty() {
            text = format!("{text}, not as {}", self.not_as.join(", "));
        }
        if !self.is_eligible {
            text.push_str(", not eligible");
        }
        text
    }
}
