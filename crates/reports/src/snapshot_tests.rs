//! What a snapshot must not end.

use crate::kind::Kind;
use crate::testing::{Book, File};

const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const FIRST: &str = "11111111-0000-4000-8000-000000000001";
const SECOND: &str = "11111111-0000-4000-8000-000000000002";

/// Azure consumption of July 2023: subscriptions with their products and amounts.
fn azure(rows: &[[&str; 3]]) -> String {
    let mut text = "PGAMpnId,SubscriptionId,Month,ServiceLevel2,CustomerTenantId,MPNId,PartnerAttributionType,\
        IsACRDuplicateAtPGALevel,ACR_USD\n"
        .to_owned();
    for [subscription, product, amount] in rows {
        let row = ["6034453", subscription, "20230701", product, FABRIKAM, "6034454", "CSP Tier 1", "0", amount];
        text.extend([&row.join(","), "\n"]);
    }
    text
}

/// Certifications of persons with their days of completion.
fn trainings(rows: &[[&str; 3]]) -> String {
    let mut text = "PGAMpnId,MCPID,TrainingTitle,TrainingType,TrainingCompletionDate\n".to_owned();
    for [person, code, completed] in rows {
        text.extend([&["6034453", person, code, "certification", completed].join(","), "\n"]);
    }
    text
}

#[test]
fn a_refused_row_is_not_a_missing_one() {
    let azure_before = azure(&[[FIRST, "Storage", "5"], [FIRST, "Cosmos DB", "7"], [SECOND, "Storage", "9"]]);
    let seats = |state: &str, month: &str| {
        format!(
            "PGAMpnId,SubscriptionId,SubscriptionState,Month,CustomerTenantId,Product,PartnerAttributionType,\
             IsDuplicateRowForPGA,AvailableSeatsEOP,BilledRevenueUSD\n\
             6034453,{FIRST},Active,{month},{FABRIKAM},Power BI,CSP Tier 1,0,10,99.5\n\
             6034453,{SECOND},{state},{month},0c39d6d5-c70d-4c55-bc02-f620844f3fd1,Power BI,CSP Tier 1,0,,\n"
        )
    };
    let persons = [["1", "AZ-104", "2022-09-12"], ["2", "AZ-305", "2022-11-02"]];
    for (kind, before, with_bad_row) in [
        (Kind::AzureUsage, azure_before.clone(), azure_before.replace(",7\n", ",much\n")),
        (Kind::AzureUsage, azure_before.clone(), azure_before.replace(&format!("{SECOND},20230701"), "x,soon")),
        (
            Kind::SeatsAndRevenue,
            seats("Active", "20230601"),
            seats("Active", "20230701").replace("0c39d6d5-c70d-4c55-bc02-f620844f3fd1", "Relecloud"),
        ),
        (Kind::TrainingCompletions, trainings(&persons), trainings(&persons).replace("2022-11-02", "soon")),
    ] {
        let book = Book::default();
        book.import(&File::new(kind, "20230805.csv", &before)).expect("the columns are there");
        let file = File { snapshot: true, ..File::new(kind, "20230806.csv", &with_bad_row) };
        let imported = book.import(&file).expect("the columns are there");
        assert_eq!(imported.refused.len(), 1, "{:?}", imported.refused);
        let ends = |text: &&String| text.contains(" = 0 ") || text.contains("no longer") || text.contains("unlinked");
        assert_eq!(imported.new.iter().find(ends), None, "{kind}");
    }
}

/// Consumption of a month with the columns by which associations are told apart.
fn attributed(month: &str, columns: &[&str], cells: &[[&str; 2]]) -> String {
    let mut text = format!(
        "PGAMpnId,Month,ServiceLevel2,CustomerTenantId,IsACRDuplicateAtPGALevel,ACR_USD,{}\n",
        columns.join(",")
    );
    for cells in cells {
        text.extend(["6034453,", month, ",Storage,", FABRIKAM, ",0,5,", &cells[..columns.len()].join(","), "\n"]);
    }
    text
}

#[test]
fn what_a_file_cannot_tell_has_not_ended() {
    let both = ["PartnerAttributionType", "SubscriptionId"];
    let before = attributed("20230701", &both, &[["CSP Tier 1", FIRST], ["PartnerAdminLink", SECOND]]);
    for (columns, cells, ends) in [
        (&both[..], &[["CSP Tier 1", FIRST], ["PartnerAdminLink", SECOND]][..], 0),
        (&both, &[["CSP Tier 1", FIRST], ["", SECOND]], 1),
        (&both, &[["Deal registration", FIRST]], 2),
        (&both, &[["", FIRST], ["", SECOND]], 0),
        (&both, &[["CSP Tier 1", FIRST], ["Zorg", SECOND]], 0),
        (&both[1..], &[[FIRST, ""]], 0),
        (&both[..1], &[["CSP Tier 1", ""]], 0),
    ] {
        let book = Book::default();
        for (name, text) in [("20230805.csv", &before), ("20230905.csv", &attributed("20230801", columns, cells))] {
            let file = File { snapshot: true, ..File::new(Kind::AzureUsage, name, text) };
            let imported = book.import(&file).expect("the columns are there");
            let ended = imported.new.iter().filter(|text| text.contains("no longer")).count();
            let is_second = name.starts_with("202309");
            assert_eq!(ended, if is_second { ends } else { 0 }, "{columns:?} {cells:?}: {:?}", imported.new);
            let says = columns.contains(&both[0]) && cells.iter().any(|cells| !cells[0].is_empty());
            assert_eq!(imported.summary.blind_reports, u64::from(is_second && !says), "{columns:?} {cells:?}");
        }
    }
}

#[test]
fn a_type_of_training_that_nobody_knows_and_a_row_of_nobody_unlink_nothing() {
    let before = trainings(&[["1", "AZ-104", "2022-09-12"], ["2", "AZ-305", "2022-11-02"]]);
    for (with, without, gone) in [
        ("", "", 0),
        (",AZ-305,certification", ",AZ-305,Zertifikat", 0),
        ("2,AZ-305,certification", ",AZ-305,certification", 0),
        (",AZ-305,certification", ",Exam AZ-305,exam", 1),
        (",AZ-305,certification", ",AZ-305,assessment", 1),
    ] {
        let book = Book::default();
        let after = before.replace(with, without);
        for (name, text) in [("20230105.csv", &before), ("20230205.csv", &after)] {
            let file = File { snapshot: true, ..File::new(Kind::TrainingCompletions, name, text) };
            let imported = book.import(&file).expect("the columns are there");
            let unlinked = imported.new.iter().filter(|text| text.contains("unlinked")).count();
            assert_eq!(unlinked, if name.starts_with("202302") { gone } else { 0 }, "{without}: {:?}", imported.new);
        }
    }
}

#[test]
fn a_figure_beyond_all_bounds_is_not_a_missing_one() {
    let book = Book::default();
    let before = azure(&[[FIRST, "Storage", "5"]]);
    book.import(&File::new(Kind::AzureUsage, "20230805.csv", &before)).expect("the columns are there");
    let most = "999999999999999";
    let after = azure(&[[FIRST, "Storage", most], [FIRST, "Storage", most]]);
    let file = File { snapshot: true, ..File::new(Kind::AzureUsage, "20230806.csv", &after) };
    let imported = book.import(&file).expect("the columns are there");
    assert!(imported.new.is_empty(), "{:?}", imported.new);
    let refused: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
    let expected = "line 2: bad_value: one figure, of 2 rows from here on, comes to 10^15 or more";
    assert!(matches!(refused.as_slice(), [refusal] if refusal.starts_with(expected)), "{refused:?}");
}

#[test]
fn what_a_newer_snapshot_no_longer_has_does_not_come_back_with_an_older_one() {
    let older = azure(&[[FIRST, "Storage", "5"], [SECOND, "Storage", "9"]]);
    let newer = azure(&[[FIRST, "Storage", "6"]]);
    let files = [("20230805.csv", &older), ("20230905.csv", &newer)];
    for order in [&[0, 1][..], &[1, 0], &[0, 1, 0], &[1, 0, 1, 0]] {
        let book = Book::default();
        for place in order {
            let (name, text) = files[*place];
            let file = File { snapshot: true, ..File::new(Kind::AzureUsage, name, text) };
            book.import(&file).expect("the columns are there");
        }
        let counting: Vec<String> = book.counting().into_iter().map(|(key, value)| format!("{key} {value}")).collect();
        assert_eq!(counting, ["2023-07 Storage acr_usd 0001 6"], "{order:?}");
    }
}

#[test]
fn lists_without_a_day_that_are_imported_again_unlink_nothing() {
    let first = trainings(&[["1", "AZ-104", "2022-09-12"], ["2", "AZ-305", "2022-11-02"]]);
    let second = trainings(&[["1", "AZ-104", "2022-09-12"], ["3", "AZ-500", "2023-02-01"]]);
    let book = Book::default();
    let import = |text: &str, today: &str| {
        let file = File { snapshot: true, today, ..File::new(Kind::TrainingCompletions, "t.csv", text) };
        book.import(&file).expect("the columns are there").new.len()
    };
    assert_eq!((import(&first, "2023-03-01"), import(&second, "2023-03-01")), (2, 2));
    for today in ["2023-03-01", "2023-03-02"] {
        assert_eq!((import(&first, today), import(&second, today)), (0, 0), "{today}");
    }
}

#[test]
fn a_list_of_no_certification_that_is_imported_again_unlinks_nothing() {
    let list = trainings(&[["1", "AZ-104", "2022-09-12"]]);
    let empty = list.replace(",certification,", ",exam,").replace("2022-09-12", "2022-10-01");
    let book = Book::default();
    let import = |text: &str| {
        let file = File { snapshot: true, ..File::new(Kind::TrainingCompletions, "t.csv", text) };
        book.import(&file).expect("the columns are there").new.len()
    };
    assert_eq!((import(&list), import(&empty)), (1, 1));
    let relisted = trainings(&[["1", "AZ-104", "2022-09-12"], ["2", "AZ-305", "2022-11-02"]]);
    assert_eq!((import(&relisted), import(&empty)), (2, 0));
}

#[test]
fn a_list_without_a_day_is_of_its_newest_row_and_an_older_one_unlinks_nothing() {
    let older = trainings(&[["1", "AZ-104", "2024-02-10"]]);
    let newer = trainings(&[["1", "AZ-104", "2024-02-10"], ["2", "AZ-305", "2024-08-10"]]);
    let without = trainings(&[["1", "AZ-104", "2024-02-10"], ["3", "AZ-500", "2024-09-01"]]);
    for order in [[&newer, &older, &newer], [&older, &newer, &older]] {
        let book = Book::default();
        let import = |text: &str| {
            let today = "2025-04-01";
            let file = File { snapshot: true, today, ..File::new(Kind::TrainingCompletions, "t.csv", text) };
            book.import(&file).expect("the columns are there").new
        };
        let all: Vec<String> = order.into_iter().flat_map(|text| import(text)).collect();
        assert!(all.len() == 2 && !all.concat().contains("unlinked"), "{all:?}");
        let lines = book.lines().concat();
        assert!(lines.contains(", as of 2024-08-10, ") && !lines.contains("2025-04-01"), "{lines}");
        let new = import(&without);
        assert!(new.iter().any(|text| text.contains("2024-09-01") && text.contains("mcp:2")), "{new:?}");
    }
}

#[test]
fn a_snapshot_of_which_nothing_tells_the_day_is_refused() {
    let list = trainings(&[["1", "AZ-104", ""]]).replace(",certification,", ",exam,");
    let attestation = "{\"tenantId\":\"1b1121dd-6900-412a-af73-e8d44f81e1c1\",\"partnerId\":\"314159\",\
        \"objectId\":\"aa67f786-0552-423e-8849-244ed12bf581\",\"partnerAdminLink\":\"/x/partners/314159\"}";
    for (kind, text) in [(Kind::TrainingCompletions, list.as_str()), (Kind::Pal, attestation)] {
        let file = |snapshot, downloaded| File {
            snapshot,
            downloaded,
            partner: Some("6034453"),
            ..File::new(kind, "x.csv", text)
        };
        let book = Book::default();
        let error = book.import(&file(true, None)).err().expect("nobody knows the day");
        assert!(matches!(error, crate::ReportError::DayNeeded), "{error}");
        assert_eq!(error.hint().as_deref(), Some("name the day of the download with --downloaded"));
        assert!(book.events().is_empty());
        assert!(book.import(&file(false, None)).is_ok() && book.import(&file(true, Some("2024-03-05"))).is_ok());
    }
}

#[test]
fn what_a_newer_list_lacks_is_not_linked_for_good_by_an_older_one() {
    let older = trainings(&[["1", "AZ-104", "2022-09-12"], ["2", "AZ-305", "2022-11-02"]]);
    let newer = trainings(&[["1", "AZ-104", "2022-09-12"]]);
    let files = [("20230105.csv", &older), ("20230305.csv", &newer)];
    let links = |order: &[usize]| {
        let book = Book::default();
        let import = |place: &usize| {
            let (name, text) = files[*place];
            let file = File { snapshot: true, ..File::new(Kind::TrainingCompletions, name, text) };
            book.import(&file).expect("the columns are there").new
        };
        let mut new: Vec<String> = order.iter().flat_map(import).collect();
        assert_eq!(order.iter().flat_map(import).next(), None, "{order:?} again");
        new.sort();
        new
    };
    assert_eq!(links(&[0, 1]).len(), 3);
    assert_eq!(links(&[1, 0]), links(&[0, 1]));
}

#[test]
fn a_figure_that_its_kind_took_back_is_told_by_the_next_one() {
    let book = Book::default();
    let of = |workload: &str, users: &str| {
        format!(
            "CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,MpnId,Date,PGAMpnId\n\
             {FABRIKAM},{workload},{users},50,6034454,2023-07-01,6034453\n"
        )
    };
    let office = |users: &str| {
        format!(
            "PGAMpnId,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,MPNId,\
             IsDuplicateRowForPGA\n6034453,{FABRIKAM},Teams,20230701,50,{users},6034454,0\n"
        )
    };
    let import = |kind, name, text: &str, snapshot| {
        let file = File { snapshot, ..File::new(kind, name, text) };
        book.import(&file).expect("it is read");
    };
    import(Kind::CporM365Usage, "20230805.csv", &of("Teams", "42"), false);
    import(Kind::OfficeUsage, "20230806.csv", &office("40"), false);
    assert_eq!(book.value("Teams").as_deref(), Some("42"), "the claim tells it");
    import(Kind::CporM365Usage, "20230905.csv", &of("Exchange", "1"), true);
    assert_eq!(book.value("Teams").as_deref(), Some("0"), "the claim is gone");
    import(Kind::OfficeUsage, "20230906.csv", &office("41"), false);
    assert_eq!(book.value("Teams").as_deref(), Some("41"));
}

#[test]
fn a_title_that_nobody_knows_unlinks_nothing_of_its_person() {
    let book = Book::default();
    let before = trainings(&[["1", "AZ-104", "2023-01-01"], ["2", "AZ-104", "2023-01-01"]]);
    book.import(&File::new(Kind::TrainingCompletions, "20230805.csv", &before)).expect("it is read");
    let after = trainings(&[["1", "Cloud Keeper", "2023-01-01"]]);
    let file = File { snapshot: true, ..File::new(Kind::TrainingCompletions, "20230905.csv", &after) };
    let new = book.import(&file).expect("it is read").new;
    assert!(matches!(new.as_slice(), [one] if one.contains("mcp:2")), "{new:?}");
}
