//! Rulebooks that a history adopts: the built-in ones with a few figures, dates or lists changed.

use super::dice::Dice;
use super::draft::{Draft, Fields, dated};
use super::stage::Stage;
use chrono::Duration;
use projection::rulebook::Rulebook;

/// What is replaced by what.
pub const EDITS: [(&str, &str); 27] = [
    (r#"associations = ["csp_t1", "csp_t2", "dpor", "pal"]"#, r#"associations = ["csp_t2", "dpor", "pal", "tpor"]"#),
    (r#"associations = ["cpor", "dpor"]"#, r#"associations = ["cpor_osa", "dpor", "tpor"]"#),
    (r#"associations_m365 = ["cpor"]"#, r#"associations_m365 = ["cpor_osu", "tpor"]"#),
    ("usd_min = 1000\n", "usd_above = 1000\n"),
    ("months = 2\n", "months = 3\n"),
    ("to = 2023-11-30\n", ""),
    ("day_of_month = 20", "day_of_month = 21"),
    ("total_min = 70", "total_min = 25"),
    (r#"smb_share_above = "0.8""#, r#"smb_share_min = "0.5""#),
    ("pairs_min = 5", "pairs_min = 2"),
    ("threshold = 3\n", "threshold = 7\n"),
    (r#"["support", "internal", "benefit_program", "trial"]"#, r#"["Support Plan", "benefit--Program", "TRIAL"]"#),
    ("2026-02-04", "2026-03-10"),
    ("valid_years = 2\n", "valid_years = 3\n"),
    (r#"other_codes = ["AZ-802"]"#, r#"other_codes = ["AZ-800", "AZ-801", "AZ-802"]"#),
    ("2026-05-08", "2026-03-31"),
    ("2026-07-31\n", "2026-06-30\n"),
    (r#"active_share_min = "0.4""#, r#"active_share_min = "0.355""#),
    ("counts_through = 2024-07-31", "counts_through = 2024-07-30"),
    (r#""Yammer" = "Viva Engage""#, r#""Teams" = "Viva Engage""#),
    ("promoted_tenant_stays = true\n", ""),
    (r#"excluded_products = ["Virtual Machines", "Virtual Machines Licenses"]"#, r#"excluded_products = ["STORAGE"]"#),
    (r#""Power Apps" = "200""#, r#""Power Apps" = "133.25""#),
    ("not_before = 2023-10-24", "not_before = 2024-03-01"),
    (LATER_LISTS, "\nfrom_basis = \"bounds\"\nnot_before = 2026-01-25\nnot_after = 2026-02-04\ncertifications"),
    (LATER_PRODUCTS, "\nnot_before = 2026-01-25\nnot_after = 2026-02-04\nsource = \"S3\"\nconf = \"A~\"\nlist"),
    (
        SMB_ADDS,
        "track = \"smb\"\nfrom = 2026-06-15\nfrom_basis = \"bounds\"\nnot_before = 2026-06-01\nnot_after = 2026-06-15",
    ),
];

/// Part of a Modern Work certification list, of its product lists, and the head of the smb row of Azure's net adds.
const LATER_LISTS: &str = "\nfrom_basis = \"bounds\"\nnot_before = 2023-10-24\nnot_after = 2026-02-04\ncertifications";
const LATER_PRODUCTS: &str = "\nnot_before = 2023-10-24\nnot_after = 2026-02-04\nsource = \"S3\"\nconf = \"A~\"\nlist";
const SMB_ADDS: &str =
    "track = \"smb\"\nfrom = 2025-03-26\nfrom_basis = \"bounds\"\nnot_before = 2023-10-24\nnot_after = 2025-03-26";

/// The adoption of an edited rulebook.
pub fn adopt(dice: &mut Dice, stage: &Stage) -> Draft {
    let names: Vec<&str> = Rulebook::builtin_names().collect();
    let base = Rulebook::builtin_named(dice.pick(&names)).expect("it is built in");
    let mut rulebook = base.text().to_owned();
    for _ in 0..1 + dice.below(4) {
        let (from, to) = dice.pick(&EDITS);
        rulebook = rulebook.replace(from, to);
    }
    let name = format!("edited-{}", dice.below(1000));
    let days = dice.range(-300, 2);
    let at = dice.instant_on(stage.day + Duration::days(days));
    dated(dice, "rulebook_adopted", None, at, Fields::default().with("rulebook", rulebook).with("name", name))
}

#[test]
fn every_edit_changes_the_built_in_rulebook() {
    for (from, to) in EDITS {
        let builtin = Rulebook::builtin().text();
        let edited = builtin.replace(from, to);
        assert_ne!(edited, builtin, "{from}");
        assert!(Rulebook::parse(&edited).is_ok(), "{from}");
    }
}
