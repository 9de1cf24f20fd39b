//! How a report attributes a partner to a customer, and the mechanism that this proves.

use ledger::{Mechanism, Role};

/// What the text of an attribution column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribution {
    /// A mechanism of the programme, in a role where it has roles.
    By(Mechanism, Option<Role>),
    /// A partner admin link that holds the role Reader alone, which is not eligible.
    ReaderLink,
    /// No mechanism that is known here.
    Unknown,
}

/// Reads the attribution of a row of Azure consumption.
///
/// The admin type of a partner admin link decides whether it is eligible; a blank one is taken as eligible, since the
/// system query has no such column. CSP tier 1 does not tell a direct bill partner from an indirect provider: the sales
/// channel does where it says "Indirect", else it is a direct bill.
pub(super) fn azure(attribution: &str, admin_type: Option<&str>, sales_channel: Option<&str>) -> Attribution {
    match folded(attribution).as_str() {
        "partneradminlink" | "pal" => match admin_type {
            Some(role) if role.eq_ignore_ascii_case("reader") => Attribution::ReaderLink,
            Some(_) | None => Attribution::By(Mechanism::Pal, None),
        },
        "partnerofrecord" | "digitalpartnerofrecord" | "dpor" | "por" => Attribution::By(Mechanism::Dpor, None),
        "transactingpartnerofrecord" | "tpor" => Attribution::By(Mechanism::Tpor, None),
        "csptier1" | "cspt1" => {
            let indirect = sales_channel.is_some_and(|channel| folded(channel).starts_with("indirect"));
            let role = if indirect { Role::IndirectProvider } else { Role::DirectBill };
            Attribution::By(Mechanism::Csp, Some(role))
        }
        "csptier2" | "cspt2" => Attribution::By(Mechanism::Csp, Some(Role::IndirectReseller)),
        _ => Attribution::Unknown,
    }
}

/// Reads the attribution of a row of claimed usage: CPOR, for use or consumption.
pub(super) fn claimed(attribution: Option<&str>) -> Attribution {
    match attribution.map(folded).as_deref() {
        None | Some("cpor" | "claimingpartnerofrecord") => Attribution::By(Mechanism::Cpor, Some(Role::Osu)),
        Some(_) => Attribution::Unknown,
    }
}

/// The text without case and whatever is neither letter nor digit.
fn folded(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use ledger::{Mechanism, Role};

    use super::{Attribution, azure, claimed};

    #[test]
    fn every_spelling_leads_to_its_mechanism() {
        for (text, mechanism, role) in [
            ("Partner admin link", Mechanism::Pal, None),
            ("Partner Admin Link", Mechanism::Pal, None),
            ("PartnerAdminLink", Mechanism::Pal, None),
            ("Partner of record", Mechanism::Dpor, None),
            ("Partner of Record", Mechanism::Dpor, None),
            ("Transacting partner of record", Mechanism::Tpor, None),
            ("CSP Tier 1", Mechanism::Csp, Some(Role::DirectBill)),
            ("CSP T1", Mechanism::Csp, Some(Role::DirectBill)),
            ("CSP Tier 2", Mechanism::Csp, Some(Role::IndirectReseller)),
        ] {
            assert_eq!(azure(text, None, None), Attribution::By(mechanism, role), "{text}");
        }
        for text in ["Deal registration", "Partner as end-customer", "CPOR", "something new"] {
            assert_eq!(azure(text, None, None), Attribution::Unknown, "{text}");
        }
    }

    #[test]
    fn a_link_as_reader_is_no_association() {
        assert_eq!(azure("PartnerAdminLink", Some("Reader"), None), Attribution::ReaderLink);
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
    }

    #[test]
    fn a_claim_without_a_type_is_a_claim() {
        let claim = Attribution::By(Mechanism::Cpor, Some(Role::Osu));
        assert_eq!([claimed(None), claimed(Some("CPOR")), claimed(Some("cpor"))], [claim; 3]);
        assert_eq!(claimed(Some("CSP Tier 1")), Attribution::Unknown);
    }
}
