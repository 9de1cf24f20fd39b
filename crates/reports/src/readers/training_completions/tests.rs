//! Certifications from lists.

use ledger::{Fact, When};

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip, UnmappedText};

const HEADER: &str = "PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,\
    Email,CorpEmail,TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCPID,MPNId,PartnerName,\
    PartnerCityLocation,PartnerCountryLocation,AADUserId,UserCount";

fn row(title: &str, training_type: &str, completed: &str, expires: &str, account: &str, work: &str) -> String {
    format!(
        "6034453,ACT-1,\"{title}\",{training_type},Ana,Lopez,ana@example.com,ana@{account}{work}.example,{completed},{expires},\
         Active,20220901,1,{account},6034454,Contoso Partner US,Redmond,United States,{work},1\n"
    )
}

fn import(book: &Book, rows: &[String]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}", rows.concat());
    book.import(&File::new(Kind::TrainingCompletions, "t.csv", &text)).expect("the columns are there")
}

#[test]
fn a_certification_is_linked_under_a_pseudonym() {
    let book = Book::default();
    let row = row("Azure Administrator Associate", "certification", "2022-09-12", "2023-09-12", "990001", "aad-1");
    let imported = import(&book, &[row]);
    assert_eq!(
        imported.new,
        ["certification_linked 6034453/6034454 2022-09-12 mcp:990001 AZ-104 2022-09-12 2023-09-12 \
          (ActivationStatus: Active)"]
    );
    assert!(imported.summary.unknown_columns.is_empty());
    for secret in ["Ana", "Lopez", "ana@"] {
        assert!(!book.lines().concat().contains(secret), "{secret} left the report");
    }
}

#[test]
fn the_system_query_has_no_global_account_and_no_expiry() {
    let text = "TrainingActivityId,TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,IcMCP,MCPID,MPNID,\
        PartnerName,PartnerCityLocation,PartnerCountryLocation\n\
        ACT-1,Azure Administrator Associate,certification,aad-1,2022-09-12,20220901,1,990001,6034454,Contoso,Redmond,US\n";
    let file = File::new(Kind::TrainingCompletions, "q.csv", text);
    let error = Book::default().import(&file).err().expect("nothing names the partner");
    assert!(matches!(error, ReportError::PartnerNeeded { kind: Kind::TrainingCompletions }));
    let imported = Book::default().import(&File { partner: Some("6034453"), ..file }).expect("it is read");
    assert_eq!(imported.new, ["certification_linked 6034453/6034454 2022-09-12 mcp:990001 AZ-104 2022-09-12 -"]);
}

#[test]
fn titles_are_codes_names_and_old_names_with_or_without_prefix() {
    for (title, code) in [
        ("AZ-104", "AZ-104"),
        ("Microsoft Certified: Azure Administrator Associate", "AZ-104"),
        ("microsoft certified:  Azure  Administrator Associate ", "AZ-104"),
        ("Microsoft 365 Certified: Modern Desktop Administrator Associate", "MD-102"),
        ("Microsoft 365 Certified: Fundamentals", "MS-900"),
        ("Microsoft 365 Fundamentals", "MS-900"),
    ] {
        let imported = import(&Book::default(), &[row(title, "Certification", "9/12/2022", "", "1", "")]);
        let expected = format!("certification_linked 6034453/6034454 2022-09-12 mcp:1 {code} 2022-09-12 -");
        assert!(imported.new.concat().starts_with(&expected), "{title}: {:?}", imported.new);
    }
}

#[test]
fn what_is_no_known_certification_of_a_person_is_counted() {
    let imported = import(
        &Book::default(),
        &[
            row("Exam AZ-104: Microsoft Azure Administrator", "exam", "2022-09-12", "", "1", ""),
            row("Azure Wizard", "certification", "2022-09-12", "", "1", ""),
            row("Azure Wizard", "certification", "2022-09-12", "", "2", ""),
            row("AZ-104", "certification", "2022-09-12", "", "", "NULL"),
            row("AZ-104", "certification", "2022-09-12", "", "", "AAD-7"),
        ],
    );
    assert_eq!(imported.new.len(), 1);
    assert!(imported.new.concat().contains("aad:aad-7 AZ-104"), "{:?}", imported.new);
    let summary = imported.summary;
    assert_eq!(summary.skipped.get(&Skip::NotACertification), Some(&1));
    assert_eq!(summary.skipped.get(&Skip::NoPerson), Some(&1));
    assert_eq!(summary.unmapped.get(&(UnmappedText::Certification, "Azure Wizard".to_owned())), Some(&2));
}

#[test]
fn a_download_of_the_whole_history_records_what_is_new() {
    let book = Book::default();
    let first = row("AZ-104", "certification", "2022-09-12", "2023-09-12", "1", "aad-1");
    let renewal = row("AZ-104", "certification", "2023-08-30", "2024-09-12", "1", "aad-1");
    let extended = first.replace("2023-09-12", "2024-09-12");
    assert_eq!(import(&book, std::slice::from_ref(&first)).new.len(), 1);
    let rows = [first, renewal, extended];
    let imported = import(&book, &rows);
    assert!(import(&book, &rows).new.is_empty());
    assert_eq!((imported.new.len(), imported.already), (2, 0));
}

fn snapshot(book: &Book, name: &str, rows: &[String]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}", rows.concat());
    let file = File { snapshot: true, ..File::new(Kind::TrainingCompletions, name, &text) };
    book.import(&file).expect("the columns are there")
}

#[test]
fn a_snapshot_unlinks_what_it_no_longer_lists_and_links_what_comes_back() {
    let book = Book::default();
    let ana = row("AZ-104", "certification", "2022-09-12", "2023-09-12", "1", "");
    let bo = row("AZ-305", "certification", "2022-11-02", "2023-11-02", "2", "");
    assert_eq!(snapshot(&book, "20230105.csv", &[ana.clone(), bo.clone()]).new.len(), 2);
    let gone = snapshot(&book, "20230305.csv", std::slice::from_ref(&ana)).new;
    assert_eq!(gone.len(), 1);
    assert!(gone.concat().starts_with("certification_unlinked 6034453/- 2023-03-05"), "{gone:?}");
    assert!(snapshot(&book, "20230405.csv", std::slice::from_ref(&ana)).new.is_empty(), "it is gone already");
    assert!(snapshot(&book, "20230105.csv", &[ana.clone(), bo.clone()]).new.is_empty(), "an older download again");
    assert_eq!(
        snapshot(&book, "20230505.csv", &[ana.clone(), bo.clone()]).new,
        [
            "certification_linked 6034453/6034454 2023-05-05 mcp:2 AZ-305 2022-11-02 2023-11-02 (ActivationStatus: Active)"
        ]
    );
    assert!(snapshot(&book, "20230605.csv", &[ana, bo]).new.is_empty());
}

/// The score of a day asks which link is in force; the day and the last day of each tell that.
fn in_force(book: &Book, day: &str) -> Vec<String> {
    let day = ledger::parse_date(day).expect("a date");
    let mut events: Vec<ledger::Event> = book.events().into_iter().filter(|event| at(event) <= day).collect();
    events.sort_by_key(at);
    let mut held = std::collections::BTreeMap::new();
    for event in events {
        if let Fact::CertificationLinked { person, certification, expires_on, .. } = event.fact {
            held.insert((person, certification), expires_on.expect("all have one"));
        } else if let Fact::CertificationUnlinked { person, certification: Some(certification), .. } = event.fact {
            held.remove(&(person, certification));
        }
    }
    held.into_iter().map(|((person, code), until)| format!("{person} {code} {until}")).collect()
}

fn at(event: &ledger::Event) -> ledger::Date {
    let When::At(at) = event.when else { panic!("a link has a day") };
    at.date()
}

#[test]
fn a_renewal_that_an_older_list_alone_tells_is_linked_until_the_newer_one_in_any_order() {
    let ana = row("AZ-104", "certification", "2024-01-01", "2027-01-01", "1", "");
    let first = row("SC-200", "certification", "2024-04-13", "2025-04-13", "1", "");
    let renewal = row("SC-200", "certification", "2025-02-13", "2026-02-13", "1", "");
    let lists = [
        ("20240505.csv", vec![ana.clone(), first.clone()]),
        ("20250305.csv", vec![ana.clone(), first, renewal]),
        ("20251205.csv", vec![ana]),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let book = Book::default();
        for place in order {
            snapshot(&book, lists[place].0, &lists[place].1);
        }
        for (name, rows) in &lists {
            assert!(snapshot(&book, name, rows).new.is_empty(), "{order:?}, {name} again");
        }
        assert_eq!(in_force(&book, "2025-06-30"), ["mcp:1 AZ-104 2027-01-01", "mcp:1 SC-200 2026-02-13"], "{order:?}");
        assert_eq!(in_force(&book, "2025-12-05"), ["mcp:1 AZ-104 2027-01-01"], "{order:?}");
    }
}

#[test]
fn what_is_gone_from_one_list_on_is_unlinked_on_its_day_in_any_order() {
    // A list that tells nothing new leaves no trace, so that the one before it must come before it or once more.
    let untraced = [2, 1, 0];
    let ana = row("AZ-104", "certification", "2022-09-12", "2027-01-01", "1", "");
    let bo = row("AZ-305", "certification", "2022-11-02", "2027-01-01", "2", "");
    let lists =
        [("20230105.csv", vec![ana.clone(), bo]), ("20230205.csv", vec![ana.clone()]), ("20230305.csv", vec![ana])];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let book = Book::default();
        for place in order {
            snapshot(&book, lists[place].0, &lists[place].1);
        }
        for (name, rows) in &lists {
            let new = snapshot(&book, name, rows).new.len();
            assert_eq!(new, usize::from(order == untraced && *name == "20230205.csv"), "{order:?}, {name} again");
        }
        assert_eq!(in_force(&book, "2023-02-04").len(), 2, "{order:?}");
        assert_eq!(in_force(&book, "2023-02-05").len(), 1, "{order:?}");
    }
}

#[test]
fn of_the_completions_of_what_comes_back_the_newest_decides_whatever_the_order_of_rows() {
    let ana = row("AZ-104", "certification", "2024-01-01", "2027-01-01", "1", "");
    let first = row("SC-200", "certification", "2024-04-13", "2025-04-13", "1", "");
    let renewal = row("SC-200", "certification", "2024-07-20", "2025-07-20", "1", "");
    for back in [[&first, &renewal], [&renewal, &first]] {
        let book = Book::default();
        snapshot(&book, "20240505.csv", &[ana.clone(), first.clone()]);
        snapshot(&book, "20240805.csv", std::slice::from_ref(&ana));
        let rows = [&ana, back[0], back[1]].map(Clone::clone);
        assert_eq!(snapshot(&book, "20241005.csv", &rows).new.len(), 1);
        assert!(snapshot(&book, "20241005.csv", &rows).new.is_empty(), "once more");
        assert_eq!(in_force(&book, "2025-05-31")[1], "mcp:1 SC-200 2025-07-20");
        let extended = rows.map(|row| row.replace("2025-07-20", "2026-07-20"));
        snapshot(&book, "20250505.csv", &extended);
        assert_eq!(in_force(&book, "2025-05-31")[1], "mcp:1 SC-200 2026-07-20");
    }
    let book = Book::default();
    for (name, rows) in [
        ("20240505.csv", vec![&ana, &first]),
        ("20240805.csv", vec![&ana]),
        ("20241005.csv", vec![&ana, &first]),
        ("20241105.csv", vec![&ana, &first, &renewal]),
    ] {
        snapshot(&book, name, &rows.into_iter().cloned().collect::<Vec<_>>());
    }
    assert_eq!(in_force(&book, "2025-05-31")[1], "mcp:1 SC-200 2025-07-20", "a renewal from before the return");
}

#[test]
fn an_unknown_title_keeps_what_was_completed_on_its_day_alone() {
    let known = row("AZ-104", "certification", "2022-09-12", "2023-09-12", "1", "");
    let unknown = |day| row("Azure Wizard", "certification", day, "", "1", "");
    let book = Book::default();
    snapshot(&book, "20230105.csv", &[known.clone(), unknown("2021-01-01")]);
    let renamed = snapshot(&book, "20230205.csv", &[unknown("2022-09-12")]);
    assert!(renamed.new.is_empty(), "{:?}", renamed.new);
    assert!(renamed.summary.remarks.keys().any(|(_, title)| title == "Azure Wizard"));
    let gone = snapshot(&book, "20230305.csv", &[unknown("2021-01-01")]).new;
    assert!(gone.concat().starts_with("certification_unlinked 6034453/- 2023-03-05"), "{gone:?}");
}

#[test]
fn a_snapshot_that_lists_no_certification_of_a_partner_unlinks_all() {
    let book = Book::default();
    let ana = row("AZ-104", "certification", "2022-09-12", "2023-09-12", "1", "");
    assert_eq!(snapshot(&book, "20230105.csv", &[ana]).new.len(), 1);
    let exam = row("Exam AZ-104", "exam", "2022-09-12", "", "1", "");
    let gone = snapshot(&book, "20230305.csv", std::slice::from_ref(&exam)).new;
    assert!(gone.concat().starts_with("certification_unlinked 6034453/- 2023-03-05"), "{gone:?}");
    assert!(snapshot(&book, "20230305.csv", &[exam]).new.is_empty());
}

#[test]
fn of_an_older_download_the_dates_of_a_newer_one_stay() {
    let old = row("AZ-104", "certification", "2022-09-12", "2023-09-12", "1", "");
    let renewed = row("AZ-104", "certification", "2022-09-12", "2024-09-12", "1", "");
    let downloads = [("20230105.csv", old), ("20230905.csv", renewed)];
    for order in [[0, 1, 0], [1, 0, 1]] {
        let book = Book::default();
        let mut imported: Vec<ImportedFiles> = Vec::new();
        for place in order {
            let (name, row) = &downloads[place];
            let text = format!("{HEADER}\n{row}");
            imported.push(book.import(&File::new(Kind::TrainingCompletions, name, &text)).expect("it is read"));
        }
        let last = imported.iter().rev().find_map(|imported| imported.new.last()).expect("something is new");
        assert!(last.contains("2024-09-12"), "{order:?}: {last}");
        assert_eq!(imported.iter().map(|imported| imported.summary.older_links).sum::<u64>(), 1, "{order:?}");
    }
}

#[test]
fn a_file_without_days_of_expiry_takes_none_away() {
    let with = row("AZ-104", "certification", "2022-09-12", "2024-01-31", "1", "");
    let without = row("AZ-104", "certification", "2022-09-12", "", "1", "");
    let downloads = [("20230105.csv", &with), ("20230905.csv", &without)];
    for order in [[0, 1, 0, 1], [1, 0, 1, 0]] {
        let book = Book::default();
        let mut new = Vec::new();
        for place in order {
            let (name, row) = downloads[place];
            let text = format!("{HEADER}\n{row}");
            new.extend(book.import(&File::new(Kind::TrainingCompletions, name, &text)).expect("it is read").new);
        }
        assert!(new.last().is_some_and(|last| last.contains("2022-09-12 2024-01-31")), "{order:?}: {new:?}");
    }
}

#[test]
fn texts_that_may_be_of_a_person_stay_out_of_the_ledger() {
    let row = row("AZ-104", "certification", "2022-09-12", "", "1", "");
    for text in [row.replace(",Active,", ",ana@example.com,"), row.replace(",6034454,", ",ana@example.com,")] {
        let book = Book::default();
        assert_eq!(import(&book, &[text]).new.len(), 1);
        assert!(!book.lines().concat().contains("ana@"), "{:?}", book.lines());
    }
}

#[test]
fn a_last_day_of_the_first_or_the_last_year_there_is_stands_for_none() {
    for (expires, expected) in
        [("1/1/0001 12:00:00 AM", "2022-09-12 -"), ("9999-12-31", "2022-09-12 -"), ("2023-09-12", "2023-09-12")]
    {
        let new = import(&Book::default(), &[row("AZ-104", "certification", "2022-09-12", expires, "1", "")]).new;
        assert!(new.concat().contains(expected), "{expires}: {new:?}");
    }
    let refused = import(&Book::default(), &[row("AZ-104", "certification", "0001-01-01", "", "1", "")]).refused;
    assert_eq!(refused.len(), 1);
}

#[test]
fn a_list_that_names_persons_by_the_work_account_alone_says_so() {
    let text = "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,AADUserId\n\
        6034453,AZ-104,certification,2022-09-12,aad-1\n";
    let book = Book::default();
    let imported = book.import(&File::new(Kind::TrainingCompletions, "t.csv", text)).expect("it is read");
    assert!(imported.summary.remarks.keys().any(|(_, text)| text == "AADUserId alone"));
}

#[test]
fn a_row_without_a_readable_day_is_refused() {
    for (completed, expires, message) in [
        ("", "", "line 2: missing_field: `TrainingCompletionDate` is blank"),
        ("soon", "", "line 2: bad_value: `TrainingCompletionDate` is \"soon\", which must be a date"),
        ("2022-09-12", "never", "line 2: bad_value: `ExpirationDate` is \"never\", which must be a date"),
    ] {
        let imported = import(&Book::default(), &[row("AZ-104", "certification", completed, expires, "1", "")]);
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        assert!(matches!(refusals.as_slice(), [refusal] if refusal.starts_with(message)), "{refusals:?}");
    }
}

#[test]
fn a_file_without_an_id_of_persons_is_refused() {
    let text = "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,Email\n";
    let error = Book::default().import(&File::new(Kind::TrainingCompletions, "t.csv", text)).err().expect("no ids");
    assert!(error.to_string().contains("AADUserId (or MCPID) is missing"), "{error}");
}
