use super::{Nearest, Recognised};
use crate::{Kind, Survey, survey};

/// What each file is, a tab, and its first row, or its JSON with nothing in it.
const HEADERS: &str = include_str!("headers.txt");

fn name_of(survey: &Survey) -> &'static str {
    match survey.recognised {
        Recognised::Events => "events",
        Recognised::Entries => "entries",
        Recognised::Report(name) | Recognised::NoProof { name, .. } => name,
        Recognised::Unknown { .. } => "unknown",
    }
}

#[test]
fn every_file_that_partners_have_is_recognised() {
    for line in HEADERS.lines() {
        let (name, text) = line.split_once('\t').expect("a name and a text");
        for text in [text.to_owned(), text.replace(',', "\t"), text.to_uppercase()] {
            if text.starts_with(['{', '[']) && !line.ends_with(&text) {
                continue;
            }
            assert_eq!(name_of(&survey(text.as_bytes()).expect("it is text")), name, "{text}");
        }
    }
}

#[test]
fn the_kinds_with_a_reader_are_recognised_by_their_names() {
    for kind in Kind::ALL {
        assert!(HEADERS.lines().any(|line| line.starts_with(&format!("{kind}\t"))), "{kind}");
    }
}

#[test]
fn any_order_and_further_columns_change_nothing() {
    for line in HEADERS.lines().filter(|line| !line.contains('{')) {
        let (name, text) = line.split_once('\t').expect("a name and a text");
        let mut columns: Vec<&str> = text.split(',').collect();
        columns.reverse();
        columns.insert(columns.len() / 2, "A further column");
        assert_eq!(name_of(&survey(columns.join(",").as_bytes()).expect("it is text")), name, "{text}");
    }
}

#[test]
fn an_unknown_file_is_told_with_its_columns_and_what_the_nearest_kind_has() {
    for (text, nearest) in [
        ("Colour,Size\n", None),
        ("{\"code\": \"malformed\", \"line\": 3}\n", None),
        ("Month,ServiceLevel2,Cost\n", Some(("azure-usage", "ACR_USD"))),
        ("TrainingTitle,Person\n", Some(("training-completions", "TrainingCompletionDate"))),
    ] {
        let Recognised::Unknown { found, nearest: told } = survey(text.as_bytes()).expect("it is text").recognised
        else {
            panic!("{text} was recognised");
        };
        assert!(found.len() >= 2, "{found:?}");
        let told =
            told.map(|Nearest { kind, lacks, .. }| (kind, lacks.first().and_then(|names| names.first()).copied()));
        assert_eq!(told, nearest.map(|(kind, lacks)| (kind, Some(lacks))), "{text}");
    }
}

#[test]
fn a_survey_finds_the_newest_month_and_the_accounts() {
    let azure =
        "Month,ServiceLevel2,ACR_USD,MPNId,PGAMpnId\n20240101,a,1,2,1\nMAR-2024,a,1,2,1\nFEB-2024,a,1,3,1\nx,a,1,,1\n";
    let trainings = "TrainingTitle,TrainingCompletionDate\na,2024-01-05\nb,12/31/2023\n";
    let hooks = "{\"EventName\":\"x\",\"ResourceUri\":null,\"ResourceChangeUtcDate\":\"2024-01-05T06: 07: 08Z\"}\n";
    let pal =
        "[{\"properties\":{\"partnerId\":\"1\",\"tenantId\":\"2\",\"updatedTime\":\"2018-02-11T22:18:10.5395747Z\"}}]";
    let profile = "MPNId,PartnerName,PGAMpnId,HierarchyLevel\n5,x,1,Global\n";
    for (text, newest, accounts) in [
        (azure, "2024-04-01", "2>1 3>1"),
        (trainings, "2024-01-05", ""),
        (hooks, "2024-01-05", ""),
        (pal, "2018-02-11", ""),
        (profile, "", "5>1"),
    ] {
        let survey = survey(text.as_bytes()).expect("it is read");
        let day = crate::as_of(None, "a", survey.newest).map_or(String::new(), |day| day.to_string());
        let pairs: Vec<String> =
            survey.accounts.iter().map(|(location, account)| format!("{location}>{account}")).collect();
        assert_eq!((day.as_str(), pairs.join(" ").as_str()), (newest, accounts), "{text}");
    }
}
