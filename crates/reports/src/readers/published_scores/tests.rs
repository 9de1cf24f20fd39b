//! Scores as the programme showed them.

use ledger::Code;

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip};

const HEADER: &str = "day,area,total,net_customer_adds,deployments";

fn import(book: &Book, rows: &[&str]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    let file = File { partner: Some("6034453"), ..File::new(Kind::PublishedScores, "p.csv", &text) };
    book.import(&file).expect("the columns are there")
}

fn facts(book: &Book) -> Vec<String> {
    let line = |line: &String| {
        let (_, fact) = line.split_once("\"effective_at\":").expect("all have one");
        fact.split_once(",\"source\"").map_or(fact, |(fact, _)| fact).to_owned()
    };
    book.lines().iter().map(line).collect()
}

#[test]
fn a_row_is_a_score_with_the_digits_that_were_shown() {
    let book = Book::default();
    let rows = ["2025-03-21,infrastructure,62.0,20,", "3/25/2025,Modern Work,70.50,,\"0\"", "2025-03-21,Data & AI,8,,"];
    assert_eq!(import(&book, &rows).new.len(), 3);
    assert_eq!(
        facts(&book),
        [
            r#""2025-03-21T00:00:00.000000Z","area":"infrastructure","points":"62.0","metrics":{"net_customer_adds":"20"}"#,
            r#""2025-03-25T00:00:00.000000Z","area":"modern_work","points":"70.50","metrics":{"deployments":"0"}"#,
            r#""2025-03-21T00:00:00.000000Z","area":"data_ai","points":"8""#,
        ]
    );
}

#[test]
fn a_score_that_is_known_is_told_once() {
    let book = Book::default();
    let (first, second) = ("2025-03-21,infrastructure,62.0,20,", "2025-03-21,security,50,,");
    assert_eq!(import(&book, &[first, first]).summary.skipped.get(&Skip::KnownScore), Some(&1));
    let imported = import(&book, &[first, second]);
    assert_eq!((imported.new.len(), imported.summary.skipped.get(&Skip::KnownScore)), (1, Some(&1)));
    let other = import(&book, &["2025-03-21,infrastructure,62,20,"]);
    assert_eq!(other.new.len(), 1, "other digits tell another thing");
    let remarks: Vec<_> = other.summary.remarks.keys().collect();
    assert!(remarks[0].0.contains("another score") && remarks[0].1 == "infrastructure on 2025-03-21", "{remarks:?}");
}

#[test]
fn what_cannot_have_been_shown_is_refused_with_its_column() {
    for (row, code, text) in [
        (",security,50,,", Code::MissingField, "`day` is blank"),
        ("soon,security,50,,", Code::BadValue, "`day` is \"soon\""),
        ("2025-03-21,,50,,", Code::MissingField, "`area` is blank"),
        ("2025-03-21,azure,50,,", Code::BadValue, "`area` is \"azure\", which is no area"),
        ("2025-03-21,security,,20,", Code::MissingField, "`total` is blank"),
        ("2025-03-21,security,-1,,", Code::BadValue, "`total` is \"-1\""),
        ("2025-03-21,security,\"62,5\",,", Code::BadValue, "`total` is \"62,5\""),
        ("2025-03-21,security,62.505,,", Code::BadValue, "`total` is \"62.505\""),
        ("2025-03-21,security,6e1,,", Code::BadValue, "`total` is \"6e1\""),
        ("2025-03-21,security,62,many,", Code::BadValue, "`net_customer_adds` is \"many\""),
        ("2025-03-21,security,62", Code::Malformed, "3 cells"),
    ] {
        let imported = import(&Book::default(), &[row]);
        let [refusal] = imported.refused.as_slice() else { panic!("{row}: {:?}", imported.new) };
        assert_eq!((refusal.code, refusal.line), (code, Some(2)), "{row}");
        assert!(refusal.message.contains(text), "{row}: {refusal}");
    }
    let imported = import(&Book::default(), &["2025-03-21,security,50,,", "2025-03-21,security,51,,"]);
    assert_eq!((imported.new.len(), imported.refused[0].line), (1, Some(3)));
    assert!(imported.refused[0].message.contains("line 2 has another score of security on 2025-03-21"));
}

#[test]
fn a_column_or_the_command_tells_the_partner() {
    let read = |text: &str, partner| {
        Book::default().import(&File { partner, ..File::new(Kind::PublishedScores, "p.csv", text) })
    };
    let named = "partner,day,area,total\n7000001,2025-03-21,security,50\n";
    let imported = read(named, None).expect("it is named");
    assert!(imported.new[0].starts_with("score_published 7000001/- 2025-03-21 "), "{:?}", imported.new);
    let other = read(named, Some("6034453")).expect("it can be read");
    assert!(other.refused[0].message.contains("is not 6034453"), "{:?}", other.refused);
    let error = read("day,area,total\n2025-03-21,security,50\n", None).err().expect("nothing names the partner");
    assert!(matches!(error, ReportError::PartnerNeeded { kind: Kind::PublishedScores }));
    let error = read("day,total\n", Some("1")).err().expect("a column is missing");
    assert!(error.to_string().contains("area is missing"), "{error}");
}
