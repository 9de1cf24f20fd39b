//! What comes, and what would be if something were added.

use serde_json::Value;

use super::{PARTNER, Service, check, count, demo, links, plain, rows, said};
use crate::processes::answer;

const VIEW: &str = "/p/6034453/infrastructure/ahead?as_of=2025-03-31";
/// What the first plan of the demo changes.
const PERSON: &str = "intermediate_certifications.people_1";

fn json(dir: &std::path::Path, command: &str) -> Value {
    let args: Vec<&str> = command.split(' ').chain(["--format", "json", "-q"]).collect();
    serde_json::from_str(&answer(dir, &args)).expect("one object")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn what_comes_is_what_forecast_and_advice_say() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let reply = service.get(VIEW);
    let (shown, cells) = (said(reply.text()), rows(reply.text()));
    let of = format!("--partner {PARTNER} --area infrastructure");
    let forecast = json(dir.path(), &format!("forecast {of} --from 2025-03-31 --until 2025-09-30"));
    assert!(shown.contains("Nothing that is known changes whether it qualifies up to 2025-09-30."), "{shown}");
    for span in items(&forecast["spans"]) {
        let begins = format!("{} to {} ", text(&span["first"]), text(&span["last"]));
        let begins = if span["first"] == span["last"] { format!("{} ", text(&span["first"])) } else { begins };
        let is_row = |row: &&String| row.starts_with(&begins) && row.contains(&span["points"].to_string());
        assert!(cells.iter().any(|row| is_row(&row)), "{span}: {cells:?}");
    }
    assert!(items(&forecast["ends"]).len() > 2);
    for end in items(&forecast["ends"]) {
        let begins = format!("{} {} ", text(&end["day"]), text(&end["kind"]));
        let entry = items(&end["entries"]).first().map(Value::to_string).unwrap_or_default();
        let is_row = |row: &&String| row.starts_with(&begins) && row.contains(&entry);
        assert!(cells.iter().any(|row| is_row(&row)), "{end}: {cells:?}");
    }
    let advice = json(dir.path(), &format!("advise {of} --as-of 2025-03-31"));
    assert!(shown.contains("people for step 1 (Intermediate certifications) +1: 74.72 points."), "{shown}");
    for one in items(&advice["candidates"]) {
        let subject = text(&one["customer"].as_str().map_or_else(|| one["person"].clone(), Value::from));
        let reason = match one["reason"].as_str() {
            Some("not_associated") => "no association that counts",
            Some("association_ended") => "the association has ended",
            Some("expired") => "it counted within the last year and no longer does",
            Some("prerequisite") => "the step before is done, and this one is not",
            other => panic!("{other:?} is new in the demo"),
        };
        let is_row = |row: &&String| row.contains(subject.get(..8).unwrap_or(&subject)) && row.contains(reason);
        assert!(cells.iter().any(|row| is_row(&row)), "{one}: {cells:?}");
    }
    for one in items(&advice["at_risk"]) {
        let subject = text(&one["customer"].as_str().map_or_else(|| one["person"].clone(), Value::from));
        let is_row = |row: &&String| row.contains(subject.get(..8).unwrap_or(&subject)) && row.contains(" no ");
        assert!(cells.iter().any(|row| is_row(&row)), "{one}: {cells:?}");
    }
    assert!(
        shown.contains("In the SMB track it would have 72.72 points and qualify; 5 customers without a class"),
        "{shown}"
    );
    // An area that crosses what is needed says when.
    let crossing = service.get("/p/6034453/infrastructure/ahead?as_of=2024-12-15&until=2025-03-31");
    let shown = said(crossing.text());
    assert!(shown.contains("It falls below what is needed on 20"), "{shown}");
    // Without a plan it says what stands in the way.
    let none = service.get("/p/6034453/business_applications/ahead?as_of=2025-03-31");
    let advice =
        json(dir.path(), &format!("advise --partner {PARTNER} --area business_applications --as-of 2025-03-31"));
    assert_eq!(
        said(none.text()).contains("No change of customers, people or figures reaches"),
        !items(&advice["impossible"]).is_empty()
    );
}

#[test]
fn what_is_assumed_is_in_the_address_and_nothing_of_it_is_recorded() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let plan = links(service.get(VIEW).text()).into_iter().find(|link| link.contains("assume=")).expect("a plan");
    assert!(plan.contains(&format!("assume={PERSON}:1")), "{plan}");
    let (path, _) = VIEW.split_once('?').unwrap();
    let reply = service.get(&format!("{path}{plan}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    check(&reply, &plan);
    let shown = said(reply.text());
    let told = "With people for step 1 (Intermediate certifications) +1: 74.72 instead of 62.72 points on 2025-03-31, which qualifies.";
    assert!(shown.contains(told), "{shown}");
    assert!(shown.contains("The target of 70.0 is reached."), "{shown}");
    assert_eq!(service.get("/v1/ledger").json()["size"], 732);
    // Its events are the same whenever it is asked, and programs take them.
    let events = service.get(&format!("{path}{plan}&format=jsonl"));
    assert_eq!((events.status, events.text().lines().count()), (200, 1), "{}", events.text());
    assert_eq!(service.get(&format!("{path}{plan}&format=jsonl")).body, events.body);
    let scores = format!("/v1/partners/{PARTNER}/scores?as_of=2025-03-31&area=infrastructure&carry=last");
    let assumed = service.ask("POST", &scores, &[("Content-Type", "application/jsonl")], &events.body);
    assert_eq!(assumed.json()["items"][0]["points"].to_string(), "74.72", "{}", assumed.text());
    // Every quantity of the area can be assumed, also of all areas.
    for area in ["data_ai", "infrastructure", "digital_app", "business_applications", "modern_work", "security"] {
        let view = format!("/p/{PARTNER}/{area}/ahead?as_of=2025-03-31");
        let form = service.get(&view).text().to_owned();
        let names: Vec<String> = super::between(&form, "name=\"assume.", "\"").into_iter().map(plain).collect();
        assert!(names.len() > 2, "{area}: {names:?}");
        for name in names {
            let reply = service.get(&format!("{view}&assume={name}:3"));
            let wrong = super::between(reply.text(), "<ul class=\"wrong\"", "</ul>");
            // What no events bring about says so in the form.
            assert_eq!(reply.status, if wrong.is_empty() { 200 } else { 400 }, "{area} {name}: {}", reply.text());
            assert!(
                wrong.iter().all(|wrong| said(wrong).contains("no events add these amounts")),
                "{area} {name}: {wrong:?}"
            );
            assert_eq!(
                count(reply.text(), "of which nothing is recorded"),
                usize::from(wrong.is_empty()),
                "{area} {name}"
            );
        }
    }
}

#[test]
fn the_form_makes_the_address_and_says_what_to_write() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let sent = format!(
        "{VIEW}&until=2025-09-30&assume.{PERSON}=2&assume.usage_growth.usd=12000.50&assume.net_customer_adds.customers="
    );
    let reply = service.get(&sent);
    let to = format!("?as_of=2025-03-31&until=2025-09-30&assume={PERSON}:2,usage_growth.usd:12000.50");
    assert_eq!((reply.status, reply.header("location")), (303, Some(to.as_str())));
    let (path, _) = VIEW.split_once('?').unwrap();
    let shown = said(service.get(&format!("{path}{to}")).text());
    assert!(
        shown.contains("With people for step 1 (Intermediate certifications) +2, USD (Usage growth) +12000.5:"),
        "{shown}"
    );
    for (assumed, why) in [
        (
            format!("{PERSON}:x"),
            "\"x\" is not a whole number above 0 and up to 1000; write intermediate_certifications.people_1:1",
        ),
        (format!("{PERSON}:1.5"), "is not a whole number above 0"),
        (format!("{PERSON}:-1"), "is not a whole number above 0"),
        (format!("{PERSON}:1001"), "up to 1000"),
        (PERSON.to_owned(), "\"\" is not a whole number"),
        ("usage_growth.usd:1.005".to_owned(), "is not an amount with at most two decimals above 0"),
        ("usage_growth.usd:10000001".to_owned(), "up to 10000000"),
        (format!("{PERSON}:1,{PERSON}:2"), "it stands there twice"),
        (
            "nothing.much:1".to_owned(),
            "it is no quantity of the area; write an amount of net_customer_adds.customers, ",
        ),
        ("%3Cscript%3E:1".to_owned(), "<script> : it is no quantity"),
    ] {
        let reply = service.get(&format!("{VIEW}&assume={assumed}"));
        assert_eq!(reply.status, 400, "{assumed}");
        check(&reply, &assumed);
        assert!(said(reply.text()).contains(why), "{assumed}: {}", said(reply.text()));
        assert_eq!(count(reply.text(), "<form class=\"assume\""), 1, "{assumed}");
    }
    let wrong = service.get(&format!("{VIEW}&assume={PERSON}:x"));
    assert_eq!(
        count(wrong.text(), "value=\"x\" placeholder=\"0\" aria-invalid=\"true\" aria-describedby=\"wrong\""),
        1
    );
}
