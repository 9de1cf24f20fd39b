//! How a report attributes a partner to a customer, and the mechanism that this proves.

use ledger::{Mechanism, Role};

/// What the text of an attribution column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// A mechanism of the programme, in a role where it has roles.
    By(Mechanism, Option<Role>),
    /// A partner admin link that holds the role Reader alone, which is not eligible.
    ReaderLink,
    /// A text that is known and is no association.
    NoMechanism,
    /// No mechanism that is known here.
    Unknown,
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
