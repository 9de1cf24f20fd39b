//! What the views of a partner show, beside what the commands answer.

use std::path::Path;

use serde_json::Value;

use super::{PARTNER, Service, between, demo, links, rows, said};
use crate::processes::answer;

/// The day of the demo that is asked about.
const DAY: &str = "2025-03-31";

/// The objects that a command prints.
fn json(dir: &Path, command: &str) -> Vec<Value> {
    let args: Vec<&str> = command.split(' ').chain(["--format", "json", "-q"]).collect();
    answer(dir, &args).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn a_partner_has_six_cards_with_what_is_missing_and_where_it_stands() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let reply = service.get(&format!("/p/{PARTNER}?as_of={DAY}"));
    let cards = between(reply.text(), "<article class=\"card\"", "</article>");
    let scores = json(dir.path(), &format!("score --partner {PARTNER} --as-of {DAY}"));
    let statuses = json(dir.path(), &format!("status --partner {PARTNER} --as-of {DAY}"));
    assert_eq!((cards.len(), scores.len(), statuses.len()), (6, 6, 6));
    for ((card, score), status) in cards.iter().zip(&scores).zip(&statuses) {
        let (shown, area) = (said(card), text(&score["area"]));
        assert!(
            shown.contains(&format!("{} of 100 {}", score["points"], text(&status["status"]).replace('_', " "))),
            "{shown}"
        );
        let days = &status["days"];
        let window = format!("Qualified on {} of {} days from 2024-10-01 to {DAY}.", days["qualified"], days["asked"]);
        assert!(shown.contains(&window), "{shown}");
        let best = &status["best"];
        assert!(shown.contains(&format!("Best {} on {}.", best["points"], text(&best["day"]))), "{shown}");
        assert_eq!(shown.contains("Secured until"), status["secured_until"].is_string(), "{shown}");
        // The small timeline says what the large one does.
        let command =
            ["timeline", "--partner", PARTNER, "--area", &area, "--from", "2024-03-31", "--to", DAY, "--svg", "-"];
        let desc = between(card, "-desc\">", "</desc>");
        let wanted = between(&answer(dir.path(), &command), "<desc id=\"desc\">", "</desc>")[0].to_owned();
        assert!(wanted.ends_with(desc[0]) && desc[0].contains("best"), "{desc:?} and {wanted}");
    }
    let infrastructure = said(cards[1]);
    for shown in [
        "7.29 points are missing to 70; no points in Intermediate certifications, and every metric needs some.",
        "Secured until 2025-05-31 . Then in progress from 2025-06-01 on.",
        "Infrastructure from 2024-03-31 to 2025-03-31",
    ] {
        assert!(infrastructure.contains(shown), "{shown}: {infrastructure}");
    }
    // The points of the two days that qualify stand on a band, and nothing qualifies elsewhere.
    let bands: Vec<bool> = cards.iter().map(|card| card.contains("class=\"band\"")).collect();
    assert_eq!(bands, [false, true, false, false, false, false]);
}

#[test]
fn a_partner_shows_what_ends_and_contradictions_in_the_data() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let reply = service.get(&format!("/p/{PARTNER}?as_of={DAY}"));
    let shown = rows(reply.text());
    let forecast = json(dir.path(), &format!("forecast --partner {PARTNER} --from {DAY} --until 2025-06-29"));
    let ends: Vec<&Value> = forecast.iter().flat_map(|area| items(&area["ends"])).collect();
    assert!(ends.len() > 2, "{ends:?}");
    for end in &ends {
        let entry = items(&end["entries"]).first().map(Value::to_string).unwrap_or_default();
        let is_row = |row: &&String| {
            row.starts_with(&text(&end["day"])) && row.contains(&text(&end["kind"])) && row.contains(&entry)
        };
        assert!(shown.iter().any(|row| is_row(&row)), "{end}: {shown:?}");
    }
    let findings = json(dir.path(), &format!("check --partner {PARTNER}"));
    assert_eq!(findings.len(), 6);
    for finding in &findings {
        let (code, message) = (text(&finding["code"]), text(&finding["message"]));
        assert!(said(reply.text()).contains(&message) && !reply.text().contains(&code), "{code}: {message}");
        assert!(links(reply.text()).contains(&format!("/entries/{}", finding["seqs"][0])), "{finding}");
    }
}

#[test]
fn what_programs_get_as_codes_is_said_in_words() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let crossed = "why?as_of=2025-03-31&from=2024-06-30&to=2025-03-31";
    for (view, words, codes) in [
        (
            "timeline?as_of=2025-03-31",
            &["One row for each change of the score day month", "the enterprise track"][..],
            &["<td>enterprise</td>", ">change</option>"][..],
        ),
        (
            "timeline?as_of=2025-03-31&known_from=2025-03-01",
            &["day on which another score was known"],
            &[">instant</option>"],
        ),
        (
            "ahead?as_of=2025-03-31",
            &["no association that counts", "2025-07-01 certification"],
            &["not associated", "below bound"],
        ),
        (crossed, &["that a customer needs"], &[">min "]),
    ] {
        let reply = service.get(&format!("/p/{PARTNER}/infrastructure/{view}"));
        let shown = said(reply.text());
        assert!(words.iter().all(|words| shown.contains(words)), "{view}: {shown}");
        assert!(!codes.iter().any(|code| reply.text().contains(code)), "{view}: {shown}");
    }
}

#[test]
fn an_area_shows_each_unit_with_its_reason_its_class_and_the_rules() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for area in ["infrastructure", "modern_work", "business_applications", "security"] {
        let view = format!("/p/{PARTNER}/{area}?as_of={DAY}");
        let reply = service.get(&view);
        let (shown, cells, all) = (said(reply.text()), rows(reply.text()), links(reply.text()));
        let score = &json(dir.path(), &format!("score --partner {PARTNER} --area {area} --as-of {DAY} --explain"))[0];
        assert!(shown.contains(&format!("{} of 100", score["points"])), "{shown}");
        for metric in items(&score["metrics"]) {
            assert!(shown.contains(&format!(": {} of {}", metric["points"], metric["max"])), "{metric}");
            for unit in items(&metric["because"]) {
                let what = ["customer", "person"].iter().find_map(|field| unit[*field].as_str()).unwrap_or_default();
                let of_unit = |row: &&String| row.contains(what.get(..8).unwrap_or(what));
                let told = match unit["reason"].as_str() {
                    Some(reason) => format!("no: {reason}"),
                    None => "yes".to_owned(),
                };
                let figure = unit["figure"].as_str().unwrap_or_default();
                let is_told = cells.iter().filter(of_unit).any(|row| row.contains(&told) && row.contains(figure));
                assert!(is_told, "{area}: {unit}");
                for seq in items(&unit["seqs"]) {
                    assert!(all.contains(&format!("/entries/{seq}")), "{area}: {unit}");
                }
            }
        }
        for other in items(&score["tracks"]).iter().filter(|other| other["track"] != score["track"]) {
            assert!(shown.contains(&format!("track: {} of 100", other["points"])), "{area}: {shown}");
        }
        let rules = &json(dir.path(), &format!("rulebook show --as-of {DAY} --area {area}"))[0];
        for row in items(&rules["rows"]) {
            let place = format!("line {}, {} , {}", row["line"], text(&row["source"]), text(&row["conf"]));
            let dates = format!("from {}", text(&row["from"]));
            assert!(cells.iter().any(|cell| cell.ends_with(&place) && cell.contains(&dates)), "{place}: {cells:?}");
        }
        for source in items(&rules["sources"]) {
            assert!(shown.contains(&text(&source["title"])), "{source}");
        }
    }
    let view = format!("/p/{PARTNER}/infrastructure?as_of={DAY}");
    let now = service.get(&view);
    let shown = said(now.text());
    for told in [
        "7.29 points are missing to 70; no points in Intermediate certifications, and every metric needs some",
        "SMB customers: 1 of 7 ; the SMB track takes a share above 0.8, and USD in twelve months below 1000000, which are 235518.94",
        "11 count, 3 nearly count",
        "growth +14.72 %",
        "Step 1: 1 person, not met, 0.0 points",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    // The basis and the details that are open are in the address.
    assert_eq!(
        (now.text().matches("<details open").count(), now.text().contains("<strong aria-current=\"true\">live")),
        (0, true)
    );
    let open = service.get(&format!("{view}&open=usage_growth,rules"));
    assert_eq!(open.text().matches("<details open").count(), 2);
    let published = links(now.text()).into_iter().find(|link| link.contains("basis=published")).expect("a link");
    let published = service.get(&format!("/p/{PARTNER}/infrastructure{published}"));
    let score =
        &json(dir.path(), &format!("score --partner {PARTNER} --area infrastructure --as-of {DAY} --basis published"))
            [0];
    let measured = format!("{} of 100", score["points"]);
    assert!(said(published.text()).contains(&measured) && measured != "62.72 of 100", "{measured}");
}

#[test]
fn a_timeline_has_every_span_with_what_changed_it_on_both_axes() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for (view, command) in [
        (format!("as_of={DAY}&from=2024-09-01&to={DAY}"), format!("--from 2024-09-01 --to {DAY}")),
        (format!("as_of={DAY}"), format!("--from 2024-03-31 --to {DAY}")),
        (
            format!("as_of={DAY}&from=2024-09-01&step=month&known_at=2025-03-10&basis=published"),
            format!("--from 2024-09-01 --to {DAY} --step month --known-at 2025-03-10 --basis published"),
        ),
        (format!("as_of={DAY}&from=2025-01-01&known_at=then"), format!("--from 2025-01-01 --to {DAY} --known-at then")),
        (
            "as_of=2025-02-28&known_from=2025-03-01&known_to=2025-04-30&step=instant".to_owned(),
            "--as-of 2025-02-28 --known-from 2025-03-01 --known-to 2025-04-30 --step instant".to_owned(),
        ),
        (
            "as_of=2025-02-28&known_from=2025-03-01".to_owned(),
            "--as-of 2025-02-28 --known-from 2025-03-01 --known-to 2025-04-04T09:05:00.000015Z".to_owned(),
        ),
    ] {
        let reply = service.get(&format!("/p/{PARTNER}/infrastructure/timeline?{view}"));
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        let command = format!("timeline --partner {PARTNER} --area infrastructure {command}");
        let spans = json(dir.path(), &command).remove(0);
        let shown = rows(reply.text());
        assert!(items(&spans["spans"]).len() > 1, "{spans}");
        for span in items(&spans["spans"]) {
            let ends = [("first", "last"), ("known_from", "known_to")].map(|(first, last)| [&span[first], &span[last]]);
            let [first, last] = ends.into_iter().find(|[first, _]| first.is_string()).expect("a span begins");
            let place = if first == last { text(first) } else { format!("{} to {}", text(first), text(last)) };
            let track = match span["track"].as_str() {
                Some("smb") => "the SMB track",
                Some("enterprise") => "the enterprise track",
                _ => "the only track",
            };
            let begins = format!("{place} {} {track} {} ", text(&span["measured_month"]), span["points"]);
            let row =
                shown.iter().find(|row| row.starts_with(&begins)).unwrap_or_else(|| panic!("{begins}: {shown:?}"));
            for one in items(&span["contributions"]) {
                assert!(
                    row.contains(&text(&one["subject"])) && row.contains(&one["entries"][0].to_string()),
                    "{row}: {one}"
                );
            }
        }
        // The chart is that of the command, but for its style.
        let mut args: Vec<&str> = command.split(' ').collect();
        args.extend(["--svg", "-"]);
        let svg = answer(dir.path(), &args);
        let drawn = svg.split_once("</style>").expect("a style").1.trim();
        assert!(reply.text().contains(drawn), "{view}");
        let way = if view.contains("known_from") { "The scores of many days" } else { "as it was known over time" };
        assert!(said(reply.text()).contains(way), "{view}");
    }
}

#[test]
fn why_a_score_changed_adds_up_and_names_what_was_before_and_after() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for (view, command) in [
        ("as_of=2025-01-31&from=2024-12-15&to=2025-01-31", "--from 2024-12-15 --to 2025-01-31"),
        (
            "as_of=2025-02-28&from=2025-02-28&to=2025-02-28&known_from=2025-03-10",
            "--from 2025-02-28 --to 2025-02-28 --known-from 2025-03-10",
        ),
        (
            "as_of=2025-03-31&known_at=2025-04-30&basis=published",
            "--from 2025-02-28 --to 2025-03-31 --known-from 2025-04-30 --known-to 2025-04-30 --basis published",
        ),
    ] {
        let reply = service.get(&format!("/p/{PARTNER}/infrastructure/why?{view}"));
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        let diff = &json(dir.path(), &format!("diff --partner {PARTNER} --area infrastructure {command} --explain"))[0];
        let (shown, cells) = (said(reply.text()), rows(reply.text()));
        let ends = [&diff["from"], &diff["to"]];
        let told = ends.map(|end| format!("{} on {}", end["points"], text(&end["as_of"]))).join(" to ");
        assert!(shown.contains(&told), "{told}: {shown}");
        let together = format!("Together {} {} ", ends[0]["points"], ends[1]["points"]);
        assert!(cells.iter().any(|row| row.starts_with(&together)), "{together}: {cells:?}");
        for metric in items(&diff["metrics"]) {
            let contributions = items(&metric["contributions"]);
            for one in contributions {
                let points = one["points"].to_string();
                assert!(shown.contains(&points) && shown.contains(&text(&one["subject"])), "{one}: {shown}");
                for moved in items(&one["figures"]).iter().chain(items(&one["units"])) {
                    let customer = moved["customer"].as_str().or(moved["person"].as_str()).unwrap_or_default();
                    let values = [&moved["from"], &moved["to"]].map(|side| side["figure"].as_str().or(side.as_str()));
                    let is_row = |row: &&String| {
                        row.contains(customer.get(..8).unwrap_or(customer))
                            && values.iter().flatten().all(|value| row.contains(value))
                    };
                    assert!(cells.iter().any(|row| is_row(&row)), "{moved}: {cells:?}");
                }
            }
        }
    }
    let reply = service.get(&format!("/p/{PARTNER}/infrastructure/why?as_of=2025-01-31&from=2024-12-15"));
    let shown = said(reply.text());
    for told in [
        "70.1 on 2024-12-15 to 62.4 on 2025-01-31: -7.7",
        "Together 70.1 62.4 -7.7",
        "Net customer adds: -10.0",
        "-10.0 month rolled, 2024-12-31 : months measured: 2024-12 in",
        "2261.82 in 2024-11, counted",
        "not counted: the association ended on 2024-12-15",
        "What stayed as it was Intermediate certifications: 12.0 points Advanced certifications: 8.0 points",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
}
