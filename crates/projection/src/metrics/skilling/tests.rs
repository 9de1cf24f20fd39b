//! How long certifications count, and which codes are one, by links of one person.

use ledger::{Area, Date, Entry, parse_date};

use crate::rulebook::Rulebook;
use crate::score::answer::Measure;
use crate::{Basis, Desk, History, Question, Unmeasured, score};

/// Facts of a person, such as `linked 2026-01-10 "certification":"GH-300"`.
fn history(lines: &[&str]) -> History {
    let entry = |(seq, line): (usize, &&str)| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (kind, day, fields) = (word(), word(), word());
        let line = format!(
            r#"{{"seq":{seq},"recorded_at":"2027-06-01T00:00:00.{seq:06}Z","event":{{"id":"00000000-0000-0000-0000-{seq:012}","type":"certification_{kind}","partner":"1","effective_at":"{day}T00:00:00.000000Z","person":"ada"{fields}}}}}"#
        );
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    };
    History::fold(&lines.iter().enumerate().map(entry).collect::<Vec<_>>())
}

/// How many people have a certification of a metric's last step, or of its list: by one question, and by many.
fn people(history: &History, rulebook: &Rulebook, area: Area, metric: &str, as_of: Date) -> i64 {
    let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
    let answer = score(history, rulebook, area, &question).expect("the programme has begun");
    assert_eq!(Ok(&answer), Desk::new(history, rulebook).score(area, &question).as_ref(), "{as_of}");
    let found = answer.score.metrics.iter().find(|found| found.metric.name() == metric).expect("the metric");
    let Measure::People { people, .. } = &found.measure else { panic!("{:?}", found.measure) };
    *people
}

const INTERMEDIATE: &str = "intermediate_certifications";
const ADVANCED: &str = "advanced_certifications";

/// Facts, area and metric, and the first and the last day on which the certification counts, in the newest rules.
#[rustfmt::skip]
const ROWS: &[(&[&str], Area, &str, &str, &str)] = &[
    // A year, where the catalogue says nothing; 29 February has 28 February.
    (&[r#"linked 2025-01-10 ,"certification":"PL-400""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2026-01-10"),
    (&[r#"linked 2024-02-29 ,"certification":"PL-400""#], Area::DigitalApp, INTERMEDIATE, "2024-02-29", "2025-02-28"),
    // Two years, unless the link has a last day of its own.
    (&[r#"linked 2024-06-20 ,"certification":"GH-300""#], Area::DigitalApp, ADVANCED, "2026-06-15", "2026-06-20"),
    (&[r#"linked 2024-02-29 ,"certification":"GH-300""#], Area::DigitalApp, ADVANCED, "2025-03-26", "2026-02-28"),
    (&[r#"linked 2026-01-10 ,"certification":"GH-300","earned_on":"2025-01-10""#], Area::DigitalApp, ADVANCED, "2026-01-10", "2027-01-10"),
    (&[r#"linked 2026-01-10 ,"certification":"GH-300","expires_on":"2027-01-10""#], Area::DigitalApp, ADVANCED, "2026-01-10", "2027-01-10"),
    // Another exam for the same, at all dates.
    (&[r#"linked 2025-01-10 ,"certification":"AB-400""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2026-01-10"),
    (&[r#"linked 2025-01-10 ,"certification":"AZ-802""#], Area::Infrastructure, INTERMEDIATE, "2025-01-10", "2026-01-10"),
    // The newest link of either decides, and an unlink of either ends both.
    (&[r#"linked 2025-01-10 ,"certification":"PL-400","expires_on":"2026-12-31""#, r#"linked 2025-02-10 ,"certification":"AB-400","expires_on":"2025-03-31""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2025-03-31"),
    (&[r#"linked 2025-01-10 ,"certification":"PL-400""#, r#"unlinked 2025-02-10 ,"certification":"AB-400""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2025-02-09"),
    (&[r#"linked 2025-01-10 ,"certification":"AB-400""#, r#"unlinked 2025-02-10 ,"certification":"PL-400""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2025-02-09"),
    (&[r#"linked 2025-01-10 ,"certification":"AB-400""#, "unlinked 2025-02-10 "], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2025-02-09"),
    // Codes are compared exactly.
    (&[r#"linked 2025-01-10 ,"certification":"PL-400""#, r#"unlinked 2025-02-10 ,"certification":"ab-400""#], Area::DigitalApp, INTERMEDIATE, "2025-01-10", "2026-01-10"),
];

#[test]
fn a_certification_counts_from_its_first_day_to_its_last() {
    for (lines, area, metric, first, last) in ROWS {
        let history = history(lines);
        let day = |text| parse_date(text).expect("a date");
        let (before, first) = (day(first).pred_opt(), day(first));
        let (last, after) = (day(last), day(last).succ_opt());
        let count = |day| people(&history, Rulebook::builtin(), *area, metric, day);
        assert_eq!((count(first), count(last), after.map(count)), (1, 1, Some(0)), "{lines:?}");
        if lines.iter().any(|line| line.contains(&first.to_string())) {
            assert_eq!(before.map(count), Some(0), "{lines:?}");
        }
    }
}

#[test]
fn rules_of_format_1_know_one_code_and_one_year() {
    let rulebook = Rulebook::builtin_named("builtin-2026-08").expect("the rules of August");
    let as_of = parse_date("2026-06-20").expect("a date");
    for (line, area, metric) in [
        (r#"linked 2026-01-10 ,"certification":"AB-400""#, Area::DigitalApp, INTERMEDIATE),
        (r#"linked 2025-01-10 ,"certification":"GH-300""#, Area::DigitalApp, ADVANCED),
    ] {
        let history = history(&[line]);
        let count = |rulebook| people(&history, rulebook, area, metric, as_of);
        assert_eq!((count(rulebook), count(Rulebook::builtin())), (0, 1), "{line}");
    }
}

#[test]
fn a_list_and_an_end_may_name_another_code() {
    let text = Rulebook::builtin().text();
    let edited = text.replace("\"PL-400\"]", "\"AB-400\"]");
    assert_ne!(edited, text);
    let end = "\n[[cert_end]]\ncertification = \"AB-400\"\ncounts_through = 2025-06-30\nsource = \"s\"\nconf = \"A\"\n";
    let rulebook = Rulebook::parse(&format!("{edited}{end}")).expect("rules");
    let history = history(&[r#"linked 2025-01-10 ,"certification":"PL-400""#]);
    let count = |day| people(&history, &rulebook, Area::DigitalApp, INTERMEDIATE, parse_date(day).expect("a date"));
    assert_eq!((count("2025-06-30"), count("2025-07-01")), (1, 0));
}
