//! How a report attributes a partner to a customer, and the mechanism that this proves.

use ledger::{Mechanism, Role};

use super::folded::FoldedText;

/// What the text of an attribution column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribution {
    /// A mechanism of the programme, in a role where it has roles.
    By(Mechanism, Option<Role>),
    /// A partner admin link that holds the role Reader alone, which is not eligible.
    ReaderLink,
    /// A text that is known and is no association.
    NoMechanism,
    /// No mechanism that is known here.
    Unknown,
}

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
        let is_indirect =
            || sales_channel.is_some_and(|channel| FoldedText::of(channel).bytes().starts_with(b"indirect"));
        let role = self.indirect_role.filter(|_| is_indirect()).or(self.role);
        Attribution::By(mechanism, role)
    }

    /// What it stands for, in a few words.
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

#[cfg(test)]
mod tests {
    use ledger::{Mechanism, Role};

    use super::Attribution;
    use crate::{Domain, Maps};

    fn azure(text: &str, admin_type: Option<&str>, sales_channel: Option<&str>) -> Attribution {
        Maps::builtin().attribution(Domain::Azure, text, admin_type, sales_channel)
    }

    #[test]
    fn every_spelling_leads_to_its_mechanism() {
        for (text, mechanism, role) in [
            ("Partner admin link", Mechanism::Pal, None),
            ("Partner Admin Link", Mechanism::Pal, None),
            ("PartnerAdminLink", Mechanism::Pal, None),
            ("PAL", Mechanism::Pal, None),
            ("PAL.Owner", Mechanism::Pal, None),
            ("PAL.Contributor", Mechanism::Pal, None),
            ("Partner of record", Mechanism::Dpor, None),
            ("Partner of Record", Mechanism::Dpor, None),
            ("Digital partner of record", Mechanism::Dpor, None),
            ("POR", Mechanism::Dpor, None),
            ("Transacting partner of record", Mechanism::Tpor, None),
            ("CSP Tier 1", Mechanism::Csp, Some(Role::DirectBill)),
            ("CSP T1", Mechanism::Csp, Some(Role::DirectBill)),
            ("CSP Tier 2", Mechanism::Csp, Some(Role::IndirectReseller)),
            ("CSP Direct", Mechanism::Csp, Some(Role::DirectBill)),
            ("CSP Indirect Provider", Mechanism::Csp, Some(Role::IndirectProvider)),
            ("CSP Indirect Reseller", Mechanism::Csp, Some(Role::IndirectReseller)),
            ("reseller", Mechanism::Csp, Some(Role::DirectBill)),
        ] {
            assert_eq!(azure(text, None, None), Attribution::By(mechanism, role), "{text}");
        }
        for text in ["Deal registration", "Partner as end-customer"] {
            assert_eq!(azure(text, None, None), Attribution::NoMechanism, "{text}");
        }
        for text in ["CPOR", "something new", ""] {
            assert_eq!(azure(text, None, None), Attribution::Unknown, "{text}");
        }
    }

    #[test]
    fn a_link_as_reader_is_no_association() {
        assert_eq!(azure("PartnerAdminLink", Some("Reader"), None), Attribution::ReaderLink);
        assert_eq!(azure("PAL", Some("reader"), None), Attribution::ReaderLink);
        assert_eq!(azure("PAL.Reader", None, None), Attribution::ReaderLink);
        for role in ["Owner", "Contributor", "Support Request Contributor"] {
            assert_eq!(azure("PartnerAdminLink", Some(role), None), Attribution::By(Mechanism::Pal, None), "{role}");
        }
    }

    #[test]
    fn the_sales_channel_tells_the_roles_of_tier_1() {
        for (channel, role) in [
            (Some("Direct/CSP"), Role::DirectBill),
            (Some("Indirect/CSP"), Role::IndirectProvider),
            (Some("Open"), Role::DirectBill),
            (None, Role::DirectBill),
        ] {
            let attribution = Attribution::By(Mechanism::Csp, Some(role));
            assert_eq!(azure("CSP Tier 1", None, channel), attribution, "{channel:?}");
        }
        let tier_2 = Attribution::By(Mechanism::Csp, Some(Role::IndirectReseller));
        assert_eq!(azure("CSP Tier 2", None, Some("Direct/CSP")), tier_2);
        assert_eq!(azure("reseller", None, Some("Indirect/CSP")), tier_2);
    }

    #[test]
    fn a_claim_has_its_role_by_its_name_else_by_the_report() {
        for (domain, text, role) in [
            (Domain::M365, "CPOR", Role::Osu),
            (Domain::M365, "cpor", Role::Osu),
            (Domain::BizappsRevenue, "CPOR", Role::Revrec),
            (Domain::BizappsUsage, "CPOR", Role::Osu),
            (Domain::BizappsRevenue, "CPOR OSU", Role::Osu),
            (Domain::M365, "CPOR - Use or consume", Role::Osu),
            (Domain::BizappsUsage, "Build intent - Advisor", Role::Osa),
            (Domain::BizappsUsage, "CPOR RevRec", Role::Revrec),
            (Domain::BizappsRevenue, "CPOR RevRec Performance", Role::Revrec),
            (Domain::BizappsRevenue, "Influenced Revenue recognition", Role::Revrec),
        ] {
            let read = Maps::builtin().attribution(domain, text, None, None);
            assert_eq!(read, Attribution::By(Mechanism::Cpor, Some(role)), "{domain} {text}");
        }
    }
}
