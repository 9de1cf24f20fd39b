//! What reports of Azure consumption give, row by row.

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip};

const HEADER: &str = "PGAMpnId,SubscriptionId,Month,ServiceLevel2,ServiceLevel3,CustomerTenantId,MPNId,\
    PartnerAttributionType,SalesChannel,AdminType,IsACRDuplicateAtPGALevel,IsDuplicateAtMpnLevel,AI_OfferType,ACR_USD";
const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
pub(super) const FIRST: &str = "11111111-0000-4000-8000-000000000001";

/// A row of the first subscription of Fabrikam in July 2023.
pub(super) fn row(product: &str, attribution: &str, duplicate: &str, offer: &str, acr: &str) -> String {
    format!(
        "6034453,{FIRST},20230701,{product},x,{FABRIKAM},6034454,{attribution},Direct,Owner,{duplicate},0,{offer},\"{acr}\""
    )
}

pub(super) fn file(rows: &[String]) -> String {
    format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"))
}

pub(super) fn import(text: &str) -> ImportedFiles {
    Book::default().import(&File::new(Kind::AzureUsage, "a.csv", text)).expect("the columns are there")
}

fn usages(imported: &ImportedFiles) -> Vec<&str> {
    imported.new.iter().filter_map(|text| text.strip_prefix("usage_reported 6034453/")).collect()
}

/// The full data set: 47 columns and 4 metrics, with the spellings of a real download.
#[test]
fn the_full_data_set_gives_figures_and_associations() {
    let header = "PGAMpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,\
        Month,ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceInfluencer,ServiceGroup2,ServiceGroup3,\
        ComputeOS,ComputeOSAttribute,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerName,CustomerTenantId,\
        CustomerTenantName,CustomerTpid,CustomerSegment,CustomerMarket,MPNId,PartnerName,PartnerLocation,\
        PartnerAttributionType,SalesChannel,EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,ResellerName,\
        IndustryName,VerticalName,AdminType,MonthlySubscriptionLevelACR,PartnerOneSubID,PartnerOneSubCountry,\
        ParticipantPublicCustomerNumber,PCNSubsidiaryName,PCNPartnerName,IsDuplicateAtMpnLevel,\
        IsDuplicateAtPgaAttributionTypeLevel,AI_OfferType,EOU,SubscriptionCount,ACR_USD,CustomerCount,\
        CustomerTenantCount";
    let row = |sub: u8,
               month: &str,
               product: &str,
               tenant: &str,
               location: &str,
               by: &str,
               pga: u8,
               admin: &str,
               acr: &str| {
        let channel = if by.starts_with("CSP Tier 2") { "Indirect/CSP" } else { "Direct" };
        format!(
            "6034453,11111111-0000-4000-8000-00000000000{sub},2022-03-01,9999-12-31,2022-03-02,Active,{month},Compute,\
             {product},x,x,NATIVE,,,,,,,,Name,{tenant},Name,1,,United States,{location},Contoso,United States,{by},\
             {channel},,{pga},,,,,{admin},{acr},,,,,,0,0,,,1,{acr},1,1\n"
        )
    };
    let relecloud = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";
    let tailwind = "45c44870-ef77-4fdd-b6fe-3dacb075cff2";
    for (july_2022, july_2023, link) in
        [("20220701", "20230701", "Partner Admin Link"), ("JUL-2022", "JUL-2023", "PartnerAdminLink")]
    {
        let text = [
            format!("{header}\n"),
            row(1, july_2022, "Virtual Machines", FABRIKAM, "6034454", link, 0, "Owner", "900.00"),
            row(1, july_2023, "Virtual Machines", FABRIKAM, "6034454", link, 0, "Owner", "1010.50"),
            row(1, july_2023, "Virtual Machines", FABRIKAM, "6048879", link, 1, "Contributor", "1010.50"),
            row(1, july_2023, "Virtual Machines", FABRIKAM, "6034454", "Partner of Record", 1, "", "1010.50"),
            row(1, july_2023, "Cosmos DB", FABRIKAM, "6034454", link, 0, "Reader", "439.75"),
            row(2, july_2023, "Virtual Machines", relecloud, "6034454", "CSP Tier 1", 0, "", "990.10"),
            row(4, july_2023, "Virtual Machines", tailwind, "6034454", "CSP Tier 2", 0, "", "-50.00"),
        ]
        .concat();
        let imported = import(&text);
        assert_eq!(
            imported.new,
            [
                "association_accepted 6034453/6034454 2022-07-01 pal - 8001 - 0001 report:6034454",
                "association_accepted 6034453/6034454 2023-07-01 dpor - 8001 - 0001 -",
                "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 3fd1 - 0002 -",
                "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller cff2 - 0004 -",
                "usage_reported 6034453/6034454 2022-07 8001 Virtual Machines = 900 of 0001",
                "usage_reported 6034453/6034454 2023-07 3fd1 Virtual Machines = 990.1 of 0002",
                "usage_reported 6034453/6034454 2023-07 cff2 Virtual Machines = -50 of 0004",
                "usage_reported 6034453/6034454 2023-07 8001 Virtual Machines = 1010.5 of 0001",
                "usage_reported 6034453/6034454 2023-07 8001 Cosmos DB = 439.75 of 0001",
            ]
        );
        let summary = imported.summary;
        assert_eq!((summary.rows, summary.events, summary.refused), (7, 9, 0));
        assert_eq!(summary.duplicates_skipped.get("IsACRDuplicateAtPGALevel"), Some(&2));
        assert_eq!(summary.skipped.get(&Skip::ReaderLink), Some(&1));
        assert!(summary.unknown_columns.is_empty(), "{:?}", summary.unknown_columns);
    }
}

#[test]
fn the_system_query_has_older_names() {
    let text = format!(
        "PGAMpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,Month,\
         ServiceName,MeterCategory,UsageUnits,UsageQuantity,CustomerName,CustomerTenantId,CustomerTpid,\
         CustomerSegment,CustomerMarket,MpnId,PartnerName,PartnerLocationID,PartnerAttributionType,SalesChannel,\
         EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,ResellerName,MonthlySubscriptionLevelACR,TotalACR\n\
         6034453,{FIRST},2022-03-01,9999-12-31,,Active,20230701,Virtual Machines,VM,,,Fabrikam,{FABRIKAM},1100001,,,\
         6034454,Contoso Partner US,,Partner Admin Link,Direct,,0,,,1010.50,1010.50\n"
    );
    let imported = import(&text);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 pal - 8001 - 0001 report:6034454",
            "usage_reported 6034453/6034454 2023-07 8001 Virtual Machines = 1010.5 of 0001",
        ]
    );
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn rows_of_one_key_are_summed_exactly() {
    let elsewhere = row("Storage", "CSP Tier 1", "0", "", "-0.3").replace("6034454", "6048879");
    let text = file(&[
        row("Storage", "Partner Admin Link", "0", "", "0.1"),
        row("storage", "Partner Admin Link", "0", "", "0.2"),
        elsewhere,
        row("Key Vault", "Partner Admin Link", "0", "", "1,000.0000004"),
        row("Key Vault", "Partner Admin Link", "0", "", "(0.0000004)"),
        row("Backup", "Partner Admin Link", "0", "", "0.0000004"),
    ]);
    let imported = import(&text);
    assert_eq!(
        usages(&imported),
        [
            "- 2023-07 8001 Storage = 0 of 0001",
            "6034454 2023-07 8001 Key Vault = 1000 of 0001",
            "6034454 2023-07 8001 Backup = 0 of 0001",
        ]
    );
    assert_eq!(imported.summary.rounded_figures, 1);
}

#[test]
fn only_the_flag_of_the_global_account_makes_a_duplicate() {
    let twice = row("Storage", "Partner of Record", "1", "", "5");
    let at_location = row("Storage", "Partner of Record", "0", "", "7").replace(",0,0,", ",0,1,");
    let imported = import(&file(&[twice, at_location]));
    assert_eq!(usages(&imported), ["6034454 2023-07 8001 Storage = 7 of 0001"]);
    assert_eq!(imported.new.len(), 2, "the association is there once: {:?}", imported.new);
}

#[test]
fn excluded_offers_stay_out_of_counting_figures_and_are_kept_alone() {
    let text = file(&[
        row("Storage", "CSP Tier 1", "0", "Support", "5"),
        row("Storage", "CSP Tier 1", "0", "EA", "10"),
        row("Storage", "CSP Tier 1", "0", "Trial", "2.5"),
        row("Backup", "CSP Tier 1", "0", "Trial", "3"),
        row("Backup", "CSP Tier 1", "0", "Support", "4"),
        row("Redis", "CSP Tier 1", "0", "EA", "1"),
        row("Redis", "CSP Tier 1", "0", "CSP", "1"),
        row("Event Hubs", "CSP Tier 1", "0", "EA", "1"),
    ]);
    let imported = import(&text);
    assert_eq!(
        usages(&imported),
        [
            "6034454 2023-07 8001 Storage = 10 of 0001 [EA] (without 7.5 under the excluded offers: Support, Trial)",
            "6034454 2023-07 8001 Backup = 7 of 0001 [Support]",
            "6034454 2023-07 8001 Redis = 2 of 0001",
            "6034454 2023-07 8001 Event Hubs = 1 of 0001 [EA]",
        ]
    );
    assert_eq!(imported.summary.skipped.get(&Skip::ExcludedOffer), Some(&2));
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let book = Book::default();
    let text = file(&[row("Storage", "CSP Tier 1", "0", "", "5"), row("Backup", "CSP Tier 1", "0", "", "6")]);
    let import = |name: &str| book.import(&File::new(Kind::AzureUsage, name, &text)).expect("it is read");
    assert_eq!(import("a.csv").new.len(), 3);
    for name in ["a.csv", "renamed.csv"] {
        let again = import(name);
        assert_eq!((again.new.len(), again.already), (0, 0), "{name}");
        assert_eq!((again.summary.unchanged_figures, again.summary.known_associations), (2, 1));
    }
}

#[test]
fn without_a_ledger_to_ask_the_same_file_has_the_same_ids() {
    let text = file(&[row("Storage", "Partner Admin Link", "0", "", "5")]);
    let ids = |name: &str| {
        let context = crate::Context::of_file(name);
        let mut ids = Vec::new();
        crate::read(Kind::AzureUsage, text.as_bytes(), &context, &mut |row| {
            ids.push(row.result.expect("an event").id);
            std::ops::ControlFlow::Continue(())
        })
        .expect("it is read");
        ids
    };
    assert_eq!(ids("a.csv"), ids("a.csv"));
    assert_ne!(ids("a.csv"), ids("b.csv"));
}

#[test]
fn a_figure_that_comes_back_is_recorded_and_an_old_file_is_not() {
    let book = Book::default();
    let text =
        |acr: &str| file(&[row("Storage", "CSP Tier 1", "0", "", acr), row("Backup", "CSP Tier 1", "0", "", "6")]);
    let import =
        |name: &str, acr: &str| book.import(&File::new(Kind::AzureUsage, name, &text(acr))).expect("it is read");
    for (name, acr, new, already, newest) in [
        ("first.csv", "100", 3, 0, "100"),
        ("second.csv", "90", 1, 0, "90"),
        ("second.csv", "90", 0, 0, "90"),
        ("first.csv", "100", 0, 1, "90"),
        ("third.csv", "100", 1, 0, "100"),
        ("second.csv", "90", 0, 1, "100"),
        ("first.csv", "1E2", 0, 0, "100"),
    ] {
        let imported = import(name, acr);
        assert_eq!((imported.new.len(), imported.already), (new, already), "{name} {acr}");
        assert_eq!(book.value("Storage").as_deref(), Some(newest), "{name} {acr}");
    }
}

#[test]
fn an_offer_that_changes_is_a_restatement() {
    let book = Book::default();
    let import = |offer: &str| {
        let text = file(&[row("Storage", "CSP Tier 1", "0", offer, "5")]);
        book.import(&File::new(Kind::AzureUsage, "a.csv", &text)).expect("it is read").new.len()
    };
    assert_eq!([import("Benefit Program"), import("benefit_program"), import("EA")], [2, 0, 1]);
}

#[test]
fn an_earlier_month_moves_the_beginning_of_an_association() {
    let book = Book::default();
    let import = |month: &str| {
        let text = file(&[row("Storage", "CSP Tier 1", "0", "", "5").replace("20230701", month)]);
        book.import(&File::new(Kind::AzureUsage, "a.csv", &text)).expect("it is read").new
    };
    assert!(import("20230701").iter().any(|text| text.contains("2023-07-01 csp")));
    assert!(!import("20230801").iter().any(|text| text.contains("csp")));
    assert!(import("20230601").iter().any(|text| text.contains("2023-06-01 csp")));
    assert_eq!(book.associations().len(), 1);
}

#[test]
fn a_snapshot_ends_what_is_gone_and_a_return_is_a_new_association() {
    let book = Book::default();
    let import = |month: &str, products: &[(&str, &str)], snapshot: bool| {
        let rows: Vec<String> = products
            .iter()
            .map(|(by, subscription)| {
                row("Storage", by, "0", "", "5").replace("20230701", month).replace(FIRST, subscription)
            })
            .collect();
        let text = file(&rows);
        let file = File { snapshot, ..File::new(Kind::AzureUsage, "a.csv", &text) };
        let new = book.import(&file).expect("it is read").new;
        new.into_iter().filter(|text| !text.starts_with("usage")).collect::<Vec<_>>()
    };
    let both = [("CSP Tier 1", "a"), ("Partner of Record", "b")];
    assert_eq!(import("20230101", &both, true).len(), 2);
    assert!(import("20230201", &both[..1], false).is_empty(), "no snapshot, no end");
    assert_eq!(
        import("20230301", &both[..1], true),
        ["association_revoked 6034453/- 2023-03-01 no longer in the report of 2023-03"]
    );
    assert!(import("20230301", &both[..1], true).is_empty());
    assert!(import("20230201", &both, true).is_empty(), "the end stays where it is");
    assert_eq!(import("20230501", &both, true), ["association_accepted 6034453/6034454 2023-05-01 dpor - 8001 - b -"]);
    assert_eq!(book.associations().len(), 3);
    assert!(import("20230601", &both, true).is_empty());
}

#[test]
fn months_of_one_snapshot_are_compared_with_each_other() {
    let of = |month: &str, subscription: &str| {
        row("Storage", "CSP Tier 1", "0", "", "5").replace("20230701", month).replace(FIRST, subscription)
    };
    let text = file(&[
        of("20230101", "a"),
        of("20230101", "b"),
        of("20230201", "a"),
        of("20230301", "a"),
        of("20230301", "b"),
    ]);
    let file = File { snapshot: true, ..File::new(Kind::AzureUsage, "a.csv", &text) };
    let imported = Book::default().import(&file).expect("it is read");
    let associations: Vec<_> = imported.new.iter().filter(|text| text.starts_with("association")).collect();
    assert_eq!(
        associations,
        [
            "association_accepted 6034453/6034454 2023-01-01 csp direct_bill 8001 - a -",
            "association_accepted 6034453/6034454 2023-01-01 csp direct_bill 8001 - b -",
            "association_revoked 6034453/- 2023-02-01 no longer in the report of 2023-02",
            "association_accepted 6034453/6034454 2023-03-01 csp direct_bill 8001 - b -",
        ]
    );
}

#[test]
fn rows_without_customer_product_figure_or_known_attribution_are_counted() {
    let deal = row("Storage", "Deal registration", "0", "", "5");
    let text = file(&[
        deal.replace(FABRIKAM, "UNKNOWN"),
        deal.replace(FABRIKAM, ""),
        deal.clone(),
        row("NULL", "CSP Tier 1", "0", "", "5"),
        row("Storage", "CSP Tier 1", "0", "", ""),
        row("Storage", "Partner of Record", "0", "", "5").replace(FIRST, "00000000-0000-0000-0000-000000000000"),
        ",,,,,,,,,,,,,".to_owned(),
    ]);
    let imported = import(&text);
    assert_eq!(
        usages(&imported),
        ["6034454 2023-07 8001 Storage = 5 of -", "6034454 2023-07 8001 Storage = 5 of 0001"]
    );
    let skipped = imported.summary.skipped;
    for (reason, rows) in
        [(Skip::NoCustomer, 2), (Skip::NoProduct, 1), (Skip::NoFigure, 1), (Skip::NoMechanism, 1), (Skip::BlankRow, 1)]
    {
        assert_eq!(skipped.get(&reason), Some(&rows), "{reason}");
    }
    assert!(imported.summary.unmapped.is_empty());
}

#[test]
fn a_last_row_without_a_value_is_a_cut_one_where_it_has_too_few_cells() {
    let good = row("Storage", "CSP Tier 1", "0", "", "5");
    for (last, is_cut) in [(",", true), ("\"\",", true), ("\"\"", true), ("  ", false), ("\n\n", false)] {
        let imported = import(&file(&[good.clone(), last.to_owned()]));
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        let is_told = refusals.iter().any(|refusal| refusal.contains("the file ends inside a row"));
        assert_eq!((is_told, refusals.len()), (is_cut, usize::from(is_cut)), "{last:?}: {refusals:?}");
        // With rows behind it, it is a blank one.
        let imported = import(&file(&[format!("{}\n", last.trim_end()), good.clone()]));
        assert!(imported.refused.is_empty(), "{last:?}: {:?}", imported.refused);
    }
}

#[test]
fn a_refused_row_names_line_column_and_text_and_breaks_its_figure() {
    let good = row("Storage", "CSP Tier 1", "0", "", "5");
    for (bad, message) in [
        (
            row("Storage", "CSP Tier 1", "0", "", "1e5"),
            "line 3: bad_value: `ACR_USD` is \"1e5\", which must be an amount",
        ),
        (row("Storage", "CSP Tier 1", "0", "", "1,234"), "line 3: bad_value: `ACR_USD` is \"1,234\""),
        (
            row("Storage", "CSP Tier 1", "2", "", "5"),
            "line 3: bad_value: `IsACRDuplicateAtPGALevel` is \"2\", which must be 0 or 1",
        ),
        (row("Storage", "CSP Tier 1", "0", &"x".repeat(300), "5"), "line 3: bad_value: `AI_OfferType` is \"xxx"),
        // A cell over two lines is no sign that the file was cut.
        (row("Storage", "CSP Tier 1", "0", "\"two\nlines\"", "1e5"), "line 3: bad_value: `ACR_USD` is \"1e5\""),
    ] {
        let imported = import(&file(&[good.clone(), bad]));
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        assert!(matches!(refusals.as_slice(), [refusal] if refusal.starts_with(message)), "{refusals:?}");
        assert!(usages(&imported).is_empty(), "{refusals:?}");
        assert_eq!((imported.summary.broken_figures, imported.summary.refused), (1, 1));
    }
    for (bad, message) in [
        (good.replace("20230701", "13/14/2023"), "line 3: bad_value: `Month` is \"13/14/2023\", which must be a month"),
        (good.replace("20230701", ""), "line 3: missing_field: `Month` is blank"),
        (
            good.replace(FABRIKAM, "Fabrikam"),
            "line 3: bad_value: `CustomerTenantId` is \"Fabrikam\", which must be a UUID",
        ),
        (good.replace("6034453", ""), "line 3: missing_field: `PGAMpnId` is blank"),
        (good.replace("6034453", "a b"), "line 3: bad_value: `PGAMpnId` is \"a b\", which must be 1 to 64"),
        (format!("{good},more"), "line 3: malformed: the row has 15 cells and the file 14 columns"),
        (good.replace("Storage", "\"Stor"), "line 3: malformed: the file ends inside a row, which has 4 cells of 14"),
    ] {
        let imported = import(&file(&[good.clone(), bad]));
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        assert!(matches!(refusals.as_slice(), [refusal] if refusal.starts_with(message)), "{refusals:?}");
        assert_eq!(usages(&imported), ["6034454 2023-07 8001 Storage = 5 of 0001"]);
    }
}

#[test]
fn a_partner_named_by_the_command_must_be_the_reports() {
    let text = file(&[row("Storage", "CSP Tier 1", "0", "", "5")]);
    let without = text.replace("PGAMpnId", "Other");
    let import =
        |text: &str, partner| Book::default().import(&File { partner, ..File::new(Kind::AzureUsage, "a.csv", text) });
    assert_eq!(import(&text, Some("6034453")).expect("it is read").new.len(), 2);
    let other = import(&text, Some("1")).expect("it is read");
    assert_eq!((other.new.len(), other.refused.len()), (0, 1));
    assert_eq!(import(&without, Some("6034453")).expect("it is read").summary.unknown_columns, ["Other"]);
    let error = import(&without, None).err().expect("nothing names the partner");
    assert_eq!(error.hint().as_deref(), Some("name the global account with --partner"));
}

#[test]
fn files_come_with_marks_tabs_quotes_and_any_line_ends() {
    let text = file(&[row("\"Azure, the \"\"new\"\" \\\"cloud\\\"\"", "CSP Tier 1", "0", "", "5")]);
    let expected = usages(&import(&text)).join("\n");
    assert_eq!(expected, "6034454 2023-07 8001 Azure, the \"new\" \"cloud\" = 5 of 0001");
    for text in
        [text.replace("\r\n", "\n"), text.replace("\r\n", "\r"), format!("\u{feff}{text}"), text.trim_end().to_owned()]
    {
        assert_eq!(usages(&import(&text)).join("\n"), expected);
    }
    let tabs = file(&[row("Storage", "CSP Tier 1", "0", "", "5")]).replace(',', "\t");
    assert_eq!(usages(&import(&tabs)), ["6034454 2023-07 8001 Storage = 5 of 0001"]);
}

#[test]
fn lines_are_those_of_the_file() {
    let good = row("Storage", "CSP Tier 1", "0", "", "5");
    let bad = row("Storage", "CSP Tier 1", "0", "", "x");
    let lines = |text: &str| import(text).refused.iter().filter_map(|refusal| refusal.line).collect::<Vec<_>>();
    assert_eq!(lines(&file(&[good.clone(), bad.clone(), good.clone(), bad.clone()])), [3, 5]);
    assert_eq!(lines(&file(&[good.clone(), bad.clone()]).replace("\r\n", "\n")), [3]);
    assert_eq!(lines(&file(&[good.replace("Storage", "\"two\nlines\""), bad.clone()])), [4]);
    assert_eq!(lines(&file(&[good, String::new(), String::new(), bad])), [5]);
}

#[test]
fn a_file_without_needed_columns_is_refused_by_name() {
    let text = HEADER.replace("IsACRDuplicateAtPGALevel", "Flag").replace("ACR_USD", "Money");
    let error = Book::default().import(&File::new(Kind::AzureUsage, "a.csv", &text)).err().expect("two are missing");
    let ReportError::MissingColumns { missing, .. } = &error else { panic!("{error}") };
    assert_eq!(*missing, [&["IsACRDuplicateAtPGALevel", "IsDuplicateRowForPGA"][..], &["ACR_USD", "TotalACR"]]);
    assert!(error.to_string().ends_with("AI_OfferType, Money"), "{error}");
    for text in ["", "\r\n", "\u{feff}", ",,,\n"] {
        let error = Book::default().import(&File::new(Kind::AzureUsage, "a.csv", text)).err().expect("it is empty");
        assert!(matches!(error, ReportError::Empty), "{error}");
    }
}

#[test]
fn sources_name_file_line_and_digest() {
    let book = Book::default();
    let text = file(&[row("Storage", "CSP Tier 1", "0", "", "5"), row("Storage", "CSP Tier 1", "0", "", "6")]);
    book.import(&File::new(Kind::AzureUsage, "a.csv", &text)).expect("it is read");
    let lines = book.lines().join("\n");
    assert!(
        lines.contains(
            "\"source\":\"azure-usage a.csv line 2 and 1 more, figure of a month (stated), as of 2023-08-01 with 2023-07 to 2023-07, sha256:"
        ),
        "{lines}"
    );
    assert!(
        lines.contains(
            "\"source\":\"azure-usage a.csv line 2, first month of attribution (seen), as of 2023-08-01 with 2023-07 to 2023-07, sha256:"
        ),
        "{lines}"
    );
}

#[test]
fn reading_ends_when_the_sink_breaks() {
    let text = file(&[row("Storage", "CSP Tier 1", "0", "", "x"), row("Storage", "CSP Tier 1", "0", "", "y")]);
    let mut taken = 0;
    let context = crate::Context::of_file("a.csv");
    let summary = crate::read(Kind::AzureUsage, text.as_bytes(), &context, &mut |_| {
        taken += 1;
        std::ops::ControlFlow::Break(())
    });
    assert_eq!((taken, summary.expect("it is read").refused), (1, 1));
}
