//! The built-in mappings, and what becomes of files of the user.

use std::collections::BTreeSet;

use ledger::{PartnerId, Role, Segment};
use projection::rulebook::Rulebook;

use super::products::Lists;
use super::{Attribution, Confidence, Domain, Effect, MapErrors, MapFile, MapKind, Maps, State, Value};

fn maps(files: &[&str]) -> Result<Maps, MapErrors> {
    let files: Vec<MapFile<'_>> = files.iter().map(|text| MapFile { name: "m.toml", text }).collect();
    Maps::of(Rulebook::builtin(), &files)
}

fn errors(text: &str) -> Vec<String> {
    maps(&[text]).expect_err(text).errors().iter().map(ToString::to_string).collect()
}

#[test]
fn every_built_in_entry_has_a_source() {
    for entry in Maps::builtin().entries() {
        assert!(entry.source.is_some(), "{entry:?}");
        assert_eq!(entry.file, None);
    }
    let kinds: BTreeSet<MapKind> = Maps::builtin().entries().map(super::Entry::kind).collect();
    assert_eq!(kinds.len(), MapKind::ALL.len() - 2, "no account and no person is built in");
}

#[test]
fn every_built_in_code_is_in_the_catalogue() {
    for entry in Maps::builtin().entries() {
        if let Value::Code(code) = &entry.value {
            assert!(Rulebook::builtin().certification(code.as_str()).is_some(), "{code}");
            for text in &entry.texts {
                assert_eq!(Maps::builtin().certification(&text.text), Some(code), "{}", text.text);
            }
        }
    }
}

#[test]
fn every_built_in_product_is_in_a_list_unless_it_says_so() {
    let lists = Lists::of(Rulebook::builtin());
    for entry in Maps::builtin().entries() {
        let Value::Product(name, is_listed) = &entry.value else { continue };
        for &domain in &entry.domains {
            assert_eq!(lists.has(domain, name.as_str()), *is_listed, "{domain} {name}");
            for text in &entry.texts {
                let (mapped, text) = (Maps::builtin().product(domain, &text.text), &text.text);
                assert_eq!((mapped.name, mapped.is_known), (name.as_str(), true), "{domain} {text}");
                assert!(lists.read_as_one(domain, text, name.as_str()), "{domain} {text} counts as another product");
            }
        }
    }
}

#[test]
fn a_name_of_a_list_keeps_its_name_or_takes_an_older_one_that_counts_the_same() {
    let lists = Lists::of(Rulebook::builtin());
    for &domain in Domain::ALL {
        let mut names = 0;
        for name in lists.names(domain) {
            let mapped = Maps::builtin().product(domain, name);
            assert!(mapped.is_known, "{domain} {name}");
            assert!(lists.read_as_one(domain, name, mapped.name), "{domain} {name} -> {}", mapped.name);
            assert_eq!(Maps::builtin().product(domain, mapped.name), mapped, "{domain} {name}");
            names += 1;
        }
        assert!(names > 10, "{domain}");
    }
}

#[test]
fn products_are_recorded_under_their_oldest_name() {
    for (domain, text, name) in [
        (Domain::M365, "Exchange Online", "Exchange"),
        (Domain::M365, "exo", "Exchange"),
        (Domain::M365, "exchange", "Exchange"),
        (Domain::M365, "SPO", "SharePoint"),
        (Domain::M365, "M365 Apps for enterprise", "ProPlus"),
        (Domain::M365, "Viva Engage", "Yammer"),
        (Domain::M365, "Teams Apps", "Teams Platform"),
        (Domain::M365, "AADP", "Azure AD Premium"),
        (Domain::M365, "Azip", "Microsoft Information Protection"),
        (Domain::M365, "MIG", "Microsoft Information Governance"),
        (Domain::M365, "MCAS", "Defender for Cloud Apps"),
        (Domain::M365, "Intune", "Intune"),
        (Domain::Azure, "Azure Sentinel", "Sentinel"),
        (Domain::Azure, "Microsoft Defender for Cloud", "Azure Defender"),
        (Domain::Azure, "Security Center", "Security Center"),
        (Domain::Azure, "Virtual Machines", "Virtual Machines"),
        (Domain::Azure, "Azure Advanced Threat Protection", "Advanced Threat Protection"),
        (Domain::M365, "Azure Advanced Threat Protection", "Defender for Identity"),
        (Domain::BizappsUsage, "Power App", "Power Apps"),
        (Domain::BizappsUsage, "Common data service (CE)", "Common data service (Customer Engagement)"),
        (Domain::BizappsRevenue, "Dynamics 365 Business Central Essential", "Business Central"),
        (Domain::BizappsRevenue, "Dynamics 365 Finance", "Finance"),
        (Domain::BizappsRevenue, "Omnichannel", "Omni Channel"),
    ] {
        let mapped = Maps::builtin().product(domain, text);
        assert_eq!((mapped.name, mapped.is_known), (name, true), "{domain} {text}");
    }
    for (domain, is_known) in [(Domain::M365, false), (Domain::Azure, true), (Domain::BizappsUsage, false)] {
        let mapped = Maps::builtin().product(domain, " Something New ");
        assert_eq!((mapped.name, mapped.is_known), ("Something New", is_known), "{domain}");
    }
}

#[test]
fn under_a_rulebook_that_tells_two_names_apart_each_keeps_its_own() {
    let text = Rulebook::builtin().text().replace("\"Exchange\" = \"Exchange Online\"\n", "");
    let other = Rulebook::parse(&text).expect("it is a rulebook");
    let maps = Maps::of(&other, &[]).expect("the built-in mappings");
    assert_eq!(maps.product(Domain::M365, "Exchange Online").name, "Exchange Online");
    assert_eq!(maps.product(Domain::M365, "EXO").name, "Exchange");
}

#[test]
fn segments_states_and_operations_are_read_in_any_case() {
    let maps = Maps::builtin();
    for (text, segment) in [
        ("Small, Medium & Corporate - SMB", Some(Segment::Smb)),
        ("SMC", Some(Segment::Smb)),
        ("smb", Some(Segment::Smb)),
        ("Corporate", Some(Segment::Smb)),
        ("ENTERPRISE", Some(Segment::Enterprise)),
        ("Strategic", None),
    ] {
        assert_eq!(maps.segment(text), segment, "{text}");
    }
    for (text, state) in [
        ("ACTIVE", Some(State::Active)),
        ("Closed Active", Some(State::Active)),
        ("InGracePeriod", Some(State::Active)),
        ("Churned", Some(State::Inactive)),
        ("DEPROVISIONED", Some(State::Inactive)),
        ("resting", None),
    ] {
        assert_eq!(maps.state(text), state, "{text}");
    }
    for (text, effect) in [
        ("reseller-relationship-accepted-by-customer", Some((Effect::CspAccepted, Role::DirectBill))),
        ("indirect-reseller-relationship-accepted-by-customer", Some((Effect::CspAccepted, Role::IndirectReseller))),
        ("remove_partner_customer_relationship", Some((Effect::CspEnded, Role::DirectBill))),
        ("RemovePartnerCustomerRelationship", Some((Effect::CspEnded, Role::DirectBill))),
        ("create_order", Some((Effect::OrderPlaced, Role::DirectBill))),
        ("granular_admin_relationship_approved", Some((Effect::None, Role::DirectBill))),
        ("dap-admin-relationship-terminated-by-microsoft", Some((Effect::None, Role::DirectBill))),
        ("invoice-ready", Some((Effect::None, Role::DirectBill))),
        ("make_coffee", None),
    ] {
        assert_eq!(maps.operation(text), effect, "{text}");
    }
}

#[test]
fn assumed_entries_say_so() {
    let assumed = |text: &str| {
        let entries = Maps::builtin().entries().filter(|entry| entry.kind() == MapKind::Segment);
        entries.filter(|entry| entry.texts.iter().any(|known| known.text == text)).map(|entry| entry.sure).collect()
    };
    let (smb, corporate): (Vec<Confidence>, Vec<Confidence>) = (assumed("SMB"), assumed("Corporate"));
    assert_eq!((smb, corporate), (vec![Confidence::Stated], vec![Confidence::Assumed]));
}

#[test]
fn the_entries_of_the_user_go_before_the_built_in_ones() {
    let first = "[[certification]]\ntitles = [\"Azure Wizard\"]\ncode = \"AZ-305\"\n\
        [[product]]\ndomain = \"m365\"\nname = \"Exchange Online\"\nreported = [\"Exch\"]\n\
        [[product]]\ndomain = \"bizapps\"\nname = \"Homegrown\"\nreported = [\"Power App\"]\nlisted = false\n\
        [[attribution]]\ntexts = [\"CSP T1\"]\nmechanism = \"csp\"\nrole = \"indirect_provider\"\n\
        [[segment]]\ntexts = [\"Corporate\"]\nsegment = \"enterprise\"\n\
        [[state]]\ntexts = [\"Resting\"]\nstate = \"active\"\n\
        [[operation]]\ntexts = [\"make_coffee\"]\neffect = \"none\"\nreason = \"it is coffee\"\n\
        [[account]]\nlocation = \"6034454\"\npartner = \"6034453\"\n\
        [[account]]\ntenant = \"60D5C4BB-f78a-4200-a002-953d7cc1f5f8\"\npartner = \"6034453\"\n";
    let second = "[[segment]]\ntexts = [\"Corporate\", \"Strategic\"]\nsegment = \"smb\"\n";
    let maps = maps(&[first, second]).expect("they are valid");
    assert_eq!(maps.certification("Microsoft Certified: Azure Wizard").map(ToString::to_string), Some("AZ-305".into()));
    assert_eq!(maps.product(Domain::M365, "EXCH").name, "Exchange", "the oldest name of the name that was given");
    assert_eq!(maps.product(Domain::BizappsUsage, "Power App").name, "Homegrown");
    assert_eq!(maps.product(Domain::BizappsRevenue, "homegrown").name, "Homegrown");
    let provider = Attribution::By(ledger::Mechanism::Csp, Some(Role::IndirectProvider));
    assert_eq!(maps.attribution(Domain::BizappsUsage, "CSP T1", None, None), provider);
    assert_eq!((maps.segment("Corporate"), maps.segment("Strategic")), (Some(Segment::Enterprise), Some(Segment::Smb)));
    assert_eq!(
        (maps.state("resting"), maps.operation("MakeCoffee")),
        (Some(State::Active), Some((Effect::None, Role::DirectBill)))
    );
    let partner = PartnerId::new("6034453").expect("a partner");
    assert_eq!(maps.account("6034454"), Some(&partner));
    assert_eq!(maps.account("60d5c4bb-f78a-4200-a002-953d7cc1f5f8"), Some(&partner));
    assert_eq!(maps.account("6034455"), None);
    assert!(maps.unlisted(Rulebook::builtin()).is_empty());
}

#[test]
fn an_entry_for_one_domain_goes_before_one_for_all() {
    let text = "[[attribution]]\ntexts = [\"New\"]\nmechanism = \"pal\"\n\
        [[attribution]]\ntexts = [\"New\"]\ndomain = \"bizapps\"\nmechanism = \"tpor\"\n";
    let maps = maps(&[text]).expect("it is valid");
    let read = |domain| maps.attribution(domain, "new", None, None);
    assert_eq!(read(Domain::Azure), Attribution::By(ledger::Mechanism::Pal, None));
    assert_eq!(read(Domain::BizappsUsage), Attribution::By(ledger::Mechanism::Tpor, None));
}

#[test]
fn a_product_in_no_list_is_found() {
    let text = "[[product]]\ndomain = \"m365\"\nname = \"Outlook\"\nreported = [\"OL\"]\n";
    let maps = maps(&[text]).expect("it is valid");
    let unlisted: Vec<usize> = maps.unlisted(Rulebook::builtin()).iter().map(|entry| entry.line).collect();
    assert_eq!(unlisted, [1]);
}

#[test]
fn what_is_wrong_with_a_file_is_named_by_line() {
    for (text, expected) in [
        ("[[segment]\n", "m.toml line 1: "),
        ("\n[[segments]]\n", "m.toml line 2: there is no table \"segments\", the tables are certification, "),
        ("segment = 1\n", "m.toml line 1: \"segment\" must be a list of tables, [[segment]]"),
        ("segment = [1]\n", "m.toml line 1: \"segment\" must be a list of tables, [[segment]]"),
        (
            "[[segment]]\ntexts = [\"a\"]\nsegment = \"big\"\n",
            "m.toml line 3: \"segment\" is \"big\", it must be one of smb, enterprise",
        ),
        ("[[segment]]\nsegment = \"smb\"\n", "m.toml line 1: [[segment]] needs the field \"texts\""),
        ("[[segment]]\ntexts = [\"a\"]\n", "m.toml line 1: [[segment]] needs the field \"segment\""),
        (
            "[[segment]]\ntexts = 1\nsegment = \"smb\"\n",
            "m.toml line 2: \"texts\" is integer, it must be a list of strings",
        ),
        (
            "[[segment]]\ntexts = [1]\nsegment = \"smb\"\n",
            "m.toml line 2: \"texts\" is integer, it must be a list of strings",
        ),
        ("[[segment]]\ntexts = [\"a\"]\nsegment = 1\n", "m.toml line 3: \"segment\" is integer, it must be a string"),
        (
            "[[segment]]\ntexts = [\"-\"]\nsegment = \"smb\"\n",
            "m.toml line 2: \"-\" has neither a letter nor a digit to compare",
        ),
        (
            "[[segment]]\ntexts = [\"a\"]\nsegment = \"smb\"\ncolour = \"red\"\n",
            "m.toml line 4: [[segment]] has no field \"colour\", its fields are texts, segment, source, sure",
        ),
        (
            "[[segment]]\ntexts = [\"a b\",\n\"AB\"]\nsegment = \"smb\"\n",
            "m.toml line 3: \"AB\" is mapped already, in line 2",
        ),
        (
            "[[segment]]\ntexts = [\"a\"]\nsegment = \"smb\"\nsource = \" \"\n",
            "m.toml line 4: \"source\" is \" \": it must not",
        ),
        (
            "[[segment]]\ntexts = [\"a\"]\nsegment = \"smb\"\nsure = \"very\"\n",
            "m.toml line 4: \"sure\" is \"very\", it must be one of stated, assumed",
        ),
        (
            "[[certification]]\ntitles = [\"a\"]\ncode = \"AZ-999\"\n",
            "m.toml line 1: \"AZ-999\" is no certification of the rulebook in force",
        ),
        ("[[product]]\nreported = [\"a\"]\nname = \"b\"\n", "m.toml line 1: [[product]] needs the field \"domain\""),
        (
            "[[product]]\nreported = [\"a\"]\nname = \"b\"\ndomain = \"x\"\n",
            "m.toml line 4: \"domain\" is \"x\", it must be one of azure, m365, bizapps-revenue, bizapps-usage, bizapps",
        ),
        (
            "[[product]]\nreported = [\"a\"]\nname = \"b\"\ndomain = \"m365\"\nlisted = \"no\"\n",
            "m.toml line 5: \"listed\" is string, it must be true or false",
        ),
        ("[[attribution]]\ntexts = [\"a\"]\n", "m.toml line 1: [[attribution]] needs the field \"mechanism\""),
        (
            "[[attribution]]\ntexts = [\"a\"]\nmechanism = \"x\"\n",
            "m.toml line 3: \"mechanism\" is \"x\", it must be one of cpor, dpor, pal, csp, tpor, none",
        ),
        (
            "[[attribution]]\ntexts = [\"a\"]\nmechanism = \"csp\"\n",
            "m.toml line 1: [[attribution]] needs the field \"role\"",
        ),
        (
            "[[attribution]]\ntexts = [\"a\"]\nmechanism = \"cpor\"\nrole = \"direct_bill\"\n",
            "m.toml line 4: \"role\" is \"direct_bill\", it must be one of osu, osa, revrec",
        ),
        (
            "[[attribution]]\ntexts = [\"a\"]\nmechanism = \"dpor\"\nrole = \"osu\"\n",
            "m.toml line 4: [[attribution]] has no field \"role\", its fields are ",
        ),
        (
            "[[attribution]]\ntexts = [\"a\"]\nmechanism = \"none\"\n",
            "m.toml line 1: [[attribution]] needs the field \"reason\"",
        ),
        (
            "[[operation]]\ntexts = [\"a\"]\neffect = \"x\"\n",
            "m.toml line 3: \"effect\" is \"x\", it must be one of csp_accepted, csp_ended, customer_churned, ",
        ),
        (
            "[[operation]]\ntexts = [\"a\"]\neffect = \"csp_accepted\"\n",
            "m.toml line 1: [[operation]] needs the field \"role\"",
        ),
        ("[[account]]\npartner = \"6034453\"\n", "m.toml line 1: [[account]] needs the field \"location\""),
        ("[[account]]\ntenant = \"x\"\npartner = \"1\"\n", "m.toml line 2: \"tenant\" is \"x\": it must be a UUID"),
        ("[[account]]\nlocation = \"1\"\npartner = \"\"\n", "m.toml line 3: \"partner\" is \"\": "),
    ] {
        let errors = errors(text);
        assert!(errors.first().is_some_and(|first| first.starts_with(expected)), "{text}\n{expected}\n{errors:?}");
    }
}

#[test]
fn a_name_is_one_that_the_ledger_takes() {
    let text = format!("[[product]]\nreported = [\"a\"]\nname = \"{}\"\ndomain = \"m365\"\n", "b".repeat(5_000));
    assert!(errors(&text).concat().starts_with("m.toml line 3: \"name\" is \"bbb"));
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let found = errors("[[state]]\ntexts = [\"a\"]\nstate = \"x\"\n[[segment]]\ntexts = [\"a\"]\n[[y]]\n");
    assert_eq!(found.len(), 3, "{found:?}");
    let error = maps(&["[[y]]\n", "[[z]]\n"]).expect_err("both are wrong");
    assert_eq!(error.errors().len(), 2);
    assert_eq!(error.to_string(), "2 things are wrong with the mappings");
}
