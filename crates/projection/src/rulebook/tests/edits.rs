//! Edits of the built-in text that an author may well make.

use ledger::{Area, parse_date};

use super::{BUILTIN, parse};
use crate::rulebook::{Metric, Rule, Rulebook, Track};

#[rustfmt::skip]
const ROWS: &[(&str, &str, &str)] = &[
    ("[meta]", "latest_evidence = 2026-10-10\n", ""),
    ("[meta]", "\"builtin-2026-11\"", "\"our reading\""),
    ("[meta]", "total_max = 100", "total_max = 110"),
    ("[[qualification]]", "total_min = 70", "total_min = 0"),
    ("[[qualification]]", "note = \"area pages say 'at least one point' instead of above zero; unresolved\"\n", ""),
    ("[[refresh]]", "day_of_month = 20", "day_of_month = 15"),
    ("[[window]]", "days = 30", "days = 0"),
    ("smb_share_min", "\"0.8\"", "\"0.75\"\nttm_usd_max = 2000000"),
    ("class_by = \"large_pairs\"", "pairs_min = 5", "pairs_above = 4"),
    ("key = \"security\"", "from = 2022-10-03", "from = 2022-10-03\nto = 2026-05-07"),
    ("[[rule]]\nkey = \"azure.net_customer_adds\"", "threshold = 3", "threshold = 7"),
    ("[[rule]]\nkey = \"azure.net_customer_adds\"", "usd_min = 1000\n", ""),
    ("[[rule]]\nkey = \"azure.net_customer_adds\"", "[\"csp_t1\", \"csp_t2\", \"dpor\", \"pal\"]", "[\"tpor\", \"csp\"]"),
    ("[[rule]]\nkey = \"azure.net_customer_adds\"", "excluded_offers = [\"support\", \"internal\", \"benefit_program\", \"trial\"]", "excluded_offers = []"),
    ("[[rule]]\nkey = \"azure.deployments\"", "[\"Virtual Machines\", \"Virtual Machines Licenses\"]", "[]"),
    ("[[rule]]\nkey = \"modern_work.usage_growth\"", "[{ association = \"cpor\", threshold = 1000 }, { association = \"dpor\", threshold = 4000 }]", "[{ association = \"tpor\", threshold = 1 }]"),
    ("[[rule]]\nkey = \"modern_work.deployments\"", "active_share_min = \"0.4\"", "active_share_min = \"1\"\npromoted_tenant_stays = false"),
    ("[[rule]]\nkey = \"security.usage_growth\"", "azure_usd_per_point = 1250", "azure_usd_per_point = 1_000\nazure_usd_min = 0"),
    ("[[skill]]\nkey = \"security.intermediate_certifications\"", "to = 2023-11-30\n", ""),
    ("[[skill]]\nkey = \"business_applications.advanced_certifications\"", "threshold = 7", "steps = [{ step = 1, per_person = 5, certifications = [\"PL-600\"] }]"),
    ("[[products]]", "\"AI Builder\", ", ""),
    ("keys = [\"security.net_customer_adds\"", "keys = [\"security.net_customer_adds\", ", "keys = ["),
    ("keys = [\"business_applications.usage_growth\"", "keys = [\"business_applications.usage_growth\", ", "keys = ["),
    ("[products.rates]\n\"Power Apps\"", "\"Customer Insights\" = \"0.2\"", "\"Customer Insights\" = \"0.000001\""),
    ("[products.rates]\n\"Power Apps\"", "\"Customer Insights Partner\" = \"Customer Insights\"", "\"Customer Insights Partner\" = \"customer insights\""),
    ("mechanism = \"tpor\"", "[\"tpor\"]", "[\"tpor\", \"transacting\"]\nexclusive_per = [\"subscription\"]"),
    ("mechanism = \"dpor\"", "from_basis = \"announced\"", "to = 2026-12-31\nfrom_basis = \"announced\""),
    ("code = \"AZ-104\"", "level = \"associate\"", "old_names = [\"Azure Administrator\"]\nlevel = \"associate\""),
    ("[[cert_end]]", "not_eligible_from = 2023-07-01", "retired = 2023-06-30\nnot_eligible_from = 2023-07-01\ncounts_through = 2023-06-30"),
];

#[test]
fn sensible_edits_are_taken() {
    for &(after, old, new) in ROWS {
        if let Err(errors) = parse(after, old, new) {
            panic!("{new:?} for {old:?} was refused:\n{errors}");
        }
    }
}

#[test]
fn a_new_row_is_the_rule_from_its_first_day() {
    let row = r#"
[[rule]]
key = "modern_work.net_customer_adds"
track = "smb"
from = 2027-01-01
from_basis = "announced"
max = 20
threshold = 12
seats_min = 5
associations = ["cpor"]
source = "our letter"
conf = "A"
"#;
    let rulebook = Rulebook::parse(&format!("{BUILTIN}{row}")).expect("a row that the format allows");
    let threshold = |day| {
        let day = parse_date(day).expect("a date");
        let chosen = rulebook.rule(Area::ModernWork, Metric::NetCustomerAdds, Track::Smb, day).expect("a row");
        let Rule::ModernWorkNetCustomerAdds(rule) = &chosen.row.value else { panic!("{:?}", chosen.row) };
        rule.threshold
    };
    assert_eq!((threshold("2026-12-31"), threshold("2027-01-01")), (10, 12));
}

#[test]
fn tracks_may_part_where_the_row_for_all_ends() {
    let ended = "[[rule]]\nkey = \"azure.usage_growth\"\ntrack = \"all\"\nto = 2026-12-31";
    let text = BUILTIN.replace("[[rule]]\nkey = \"azure.usage_growth\"\ntrack = \"all\"", ended);
    let row = |track: &str, threshold: u32| {
        format!(
            "[[rule]]\nkey = \"azure.usage_growth\"\ntrack = \"{track}\"\nfrom = 2027-01-01\nfrom_basis = \"page\"\n\
             max = 20\nthreshold = {threshold}\nassociations = [\"pal\"]\nexcluded_offers = []\nsource = \"S\"\nconf = \"A\"\n"
        )
    };
    let text = format!("{text}\n{}\n{}", row("enterprise", 10), row("smb", 30));
    let rulebook = Rulebook::parse(&text).expect("rows that follow each other");
    for (track, day, expected, assumed) in [
        (Track::Smb, "2026-12-31", 20, false),
        (Track::Smb, "2027-01-01", 30, false),
        (Track::Enterprise, "2027-01-01", 10, false),
        (Track::Single, "2027-01-01", 20, true),
    ] {
        let day = parse_date(day).expect("a date");
        let chosen = rulebook.rule(Area::DigitalApp, Metric::UsageGrowth, track, day).expect("a row");
        let Rule::AzureUsageGrowth(rule) = &chosen.row.value else { panic!("another rule") };
        assert_eq!((rule.threshold, chosen.assumed), (expected, assumed), "{track} {day}");
    }
}

#[test]
fn advanced_certifications_are_optional() {
    let start = BUILTIN.find("[[skill]]\nkey = \"modern_work.advanced").expect("the first row of the metric");
    let end = BUILTIN.find("# ---- Security\n").expect("the next part");
    let (before, rest) = BUILTIN.split_at(start);
    let (_, after) = rest.split_at(end - start);
    let rulebook = Rulebook::parse(&format!("{before}{after}")).expect("an area without the metric");
    let day = parse_date("2026-01-01").expect("a date");
    assert_eq!(rulebook.skill(Area::ModernWork, Metric::Advanced, Track::Smb, day), None);
}

#[test]
fn line_ends_of_other_systems_are_taken() {
    let text = BUILTIN.replace('\n', "\r\n");
    let rulebook = Rulebook::parse(&text).expect("the same rows");
    assert_ne!(rulebook.sha256(), Rulebook::builtin().sha256());
    let lines = |rulebook: &Rulebook| rulebook.rows().iter().map(|row| row.line).collect::<Vec<_>>();
    assert_eq!(lines(&rulebook), lines(Rulebook::builtin()));
}
