//! Certifications that people hold, from what Learn tells their organisation.

use ledger::Code;

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip, UnmappedText};

const HEADER: &str = "tenantId,userId,awardReason,awardType,awardUid,SourceType,SourceUid,AwardedOn";
const TENANT: &str = "60d5c4bb-f78a-4200-a002-953d7cc1f5f8";

fn row(user: &str, award: &str, source_type: &str, source: &str, awarded: &str) -> String {
    format!("{TENANT},{user},reason,{award},{source}.badge,{source_type},{source},{awarded}\n")
}

fn file(text: &str) -> File<'_> {
    File { partner: Some("6034453"), ..File::new(Kind::LearnAchievements, "a.csv", text) }
}

fn import(book: &Book, rows: &[String]) -> ImportedFiles {
    book.import(&file(&format!("{HEADER}\n{}", rows.concat()))).expect("the columns are there")
}

fn certification(user: &str, source: &str, awarded: &str) -> String {
    row(user, "Badge", "Certification", source, awarded)
}

#[test]
fn a_certification_is_earned_under_a_pseudonym_on_the_day_of_its_award_in_utc() {
    let book = Book::default();
    let imported = import(&book, &[certification("User-1", "AZ-305", "2023-05-04T23:11:12-02:00")]);
    assert_eq!(imported.new, ["certification_earned 6034453/- 2023-05-05 learn:user-1 AZ-305 2023-05-05 -"]);
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn codes_names_old_names_and_ids_on_learn_lead_to_codes() {
    for (text, code) in [
        ("AZ-104", "AZ-104"),
        ("certification.azure-administrator-associate", "AZ-104"),
        ("learn.certification.AZ-104", "AZ-104"),
        ("Microsoft Certified: Azure Administrator Associate", "AZ-104"),
        ("Microsoft 365 Certified: Modern Desktop Administrator Associate", "MD-102"),
    ] {
        let imported = import(&Book::default(), &[certification("u", text, "2023-05-04")]);
        let expected = format!("certification_earned 6034453/- 2023-05-04 learn:u {code} 2023-05-04 -");
        assert_eq!(imported.new, [expected], "{text}");
    }
}

#[test]
fn what_is_no_known_certification_of_a_person_is_counted() {
    let rows = [
        row("u", "Badge", "Module", "learn.intro-to-compute", "2023-05-04T10:11:12Z"),
        row("u", "Trophy", "LearningPath", "learn.cloud-foundations", "2023-05-04T10:11:12Z"),
        row("u", "Badge", "Exam", "exam.az-104", "2023-05-04"),
        row("u", "Medal", "Contest", "AZ-104", "2023-05-04"),
        certification("u", "certification.azure-wizard", "2023-05-04"),
        certification("", "AZ-104", "2023-05-04"),
        certification("u", "AZ-104", "2023-05-04"),
    ];
    let imported = import(&Book::default(), &rows);
    assert_eq!((imported.new.len(), imported.refused.len()), (1, 0), "{:?}", imported.refused);
    let summary = imported.summary;
    assert_eq!(summary.skipped.get(&Skip::NotACertification), Some(&4));
    assert_eq!(summary.skipped.get(&Skip::NoPerson), Some(&1));
    let unknown = (UnmappedText::Certification, "certification.azure-wizard".to_owned());
    assert_eq!(summary.unmapped.get(&unknown), Some(&1));
    let remarked: Vec<&str> = summary.remarks.keys().map(|(_, text)| text.as_str()).collect();
    assert_eq!(remarked, ["Contest", "Medal"]);
}

#[test]
fn a_work_account_tells_a_person_better_than_a_profile() {
    let text = format!(
        "userId,AADObjectId,certificationName,awardType,AwardedOn,ExpiresOn\n\
         u1,{TENANT},Azure Administrator Associate,Certification,2023-05-04,2024-05-04\n\
         u2,NULL,AZ-305,Certification,2023-05-04,9999-12-31\n"
    );
    let imported = Book::default().import(&file(&text)).expect("the columns are there");
    assert_eq!(
        imported.new,
        [
            format!("certification_earned 6034453/- 2023-05-04 aad:{TENANT} AZ-104 2023-05-04 2024-05-04"),
            "certification_earned 6034453/- 2023-05-04 learn:u2 AZ-305 2023-05-04 -".to_owned(),
        ]
    );
}

#[test]
fn a_later_file_records_what_is_new_alone() {
    let book = Book::default();
    let head = "userId,awardUid,awardType,AwardedOn,ExpiresOn\n";
    let read =
        |rows: &[&str]| book.import(&file(&format!("{head}{}", rows.join("\n")))).expect("the columns are there");
    let (first, none) = ("u,AZ-104,Certification,2023-05-04,2024-05-04", "u,AZ-104,Certification,2023-05-04,");
    assert_eq!(read(&[first, first]).new.len(), 1);
    for rows in [&[first][..], &[none], &[first, none]] {
        let imported = read(rows);
        assert_eq!((imported.new.len(), imported.summary.known_links), (0, rows.len() as u64), "{rows:?}");
    }
    let (renewed, put_off) =
        ("u,AZ-104,Certification,2024-04-01,2025-05-04", first.replace("2024-05-04", "2025-05-04"));
    let imported = read(&[first, renewed, &put_off]);
    assert_eq!((imported.new.len(), imported.summary.known_links), (2, 1), "{:?}", imported.new);
    assert!(read(&[first, renewed, &put_off]).new.is_empty());
}

#[test]
fn what_cannot_be_read_is_refused_and_nothing_of_a_person_is_shown() {
    for (row, code, text) in [
        (certification("u", "AZ-104", ""), Code::MissingField, "`AwardedOn` is blank"),
        (certification("u", "AZ-104", "soon"), Code::BadValue, "`AwardedOn` is \"soon\""),
        (certification("u,v", "AZ-104", "2023-05-04"), Code::Malformed, "9 cells"),
        (certification("{0d5c4bb}", "AZ-104", "2023-05-04"), Code::BadValue, "looks like a UUID"),
    ] {
        let imported = import(&Book::default(), std::slice::from_ref(&row));
        let [refusal] = imported.refused.as_slice() else { panic!("{row}: {:?}", imported.new) };
        assert_eq!((refusal.code, refusal.line), (code, Some(2)), "{row}");
        assert!(refusal.message.contains(text) && !refusal.message.contains("0d5c4bb"), "{refusal}");
    }
}

#[test]
fn the_tenant_or_the_command_tells_the_partner() {
    let text = format!("{HEADER}\n{}", certification("u", "AZ-104", "2023-05-04"));
    let alone = || File { partner: None, ..file(&text) };
    let error = Book::default().import(&alone()).err().expect("nothing names the partner");
    assert!(matches!(error, ReportError::PartnerNeeded { kind: Kind::LearnAchievements }), "{error:?}");
    let imported = Book::default().import_with_accounts(&alone(), &[(TENANT, "7000001")]).expect("it is mapped");
    assert!(imported.new.concat().starts_with("certification_earned 7000001/"), "{:?}", imported.new);
    let imported = Book::default().import_with_accounts(&alone(), &[("x", "7000001")]).expect("it can be read");
    assert_eq!((imported.new.len(), imported.refused.len()), (0, 1), "the tenant belongs to no account");
}

#[test]
fn a_file_without_the_columns_is_refused_and_they_are_named() {
    let text = "tenantId,awardType,awardUid,AwardedOn\n";
    let error = Book::default().import(&file(text)).err().expect("a column is missing");
    assert!(error.to_string().contains("userId is missing"), "{error}");
}
