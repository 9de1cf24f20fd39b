//! Every field wrong in every way, and the canonical form of what is right.

use uuid::Uuid;

use super::{MAX_LINE_BYTES, parse_event};
use crate::canonical::canonical_event;
use crate::event::{Event, EventType};
use crate::ids::EventId;
use crate::proof::{Checkpoint, Claims, Rotation, SigningKey};
use crate::refusal::{Code, Refusal};

const ID: &str = r#""id":"00000000-0000-4000-8000-000000000001""#;
const UUID: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

fn parse(line: &str) -> Result<Event, Refusal> {
    parse_event(line, || Some(EventId(Uuid::nil())))
}

/// A valid line of a type, in which a test changes one thing.
fn line(event_type: &str) -> String {
    let own = match event_type {
        "association_requested" | "association_accepted" => {
            r#""association":"U","customer":"U","mechanism":"cpor","role":"osu","workload":"exchange""#
        }
        "association_declined" => r#""association":"U","by":"customer","reason":"no""#,
        "association_revoked" => r#""association":"U","by":"program","reason":"over""#,
        "customer_churned" => r#""customer":"U","areas":["security","data_ai"]"#,
        "customer_classified" => r#""customer":"U","segment":"smb""#,
        "usage_reported" => r#""customer":"U","product":"Exchange","metric":"active_users","value":"12.5""#,
        "certification_linked" | "certification_earned" => {
            r#""person":"p1","certification":"AZ-305","earned_on":"2024-02-29","expires_on":"2025-03-01""#
        }
        "certification_unlinked" => r#""person":"p1""#,
        "designation_enrolled" => r#""area":"infrastructure","anniversary":"2025-03-02","track":"smb""#,
        "score_published" => {
            r#""area":"security","points":"62.50","metrics":{"deployments":"8","net_customer_adds":20.0}"#
        }
        "event_retracted" => r#""event":"U","reason":"wrong""#,
        "rulebook_adopted" => r#""rulebook":"[meta]","name":"rules""#,
        _ => &rotation_fields(),
    };
    let when = if event_type == "usage_reported" { r#""month":"2025-02""# } else { r#""effective_at":"2025-03-01""# };
    let is_shared = EventType::from_name(event_type).unwrap().is_shared();
    let partner = if is_shared { "" } else { r#""partner":"6034453","# };
    format!(r#"{{{ID},"type":"{event_type}",{partner}{when},{own}}}"#).replace("\"U\"", &format!("\"{UUID}\""))
}

/// A change from one key to another before the first entry.
fn rotation_fields() -> String {
    let key = |secret| SigningKey::of_secret("o", &[secret; 32]).unwrap();
    let checkpoint = Checkpoint { origin: "o".to_owned(), size: 0, root: [0; 32], claims: Claims::default() };
    let rotation = Rotation::sign(checkpoint, &key(1), &key(2).verifier());
    let note = rotation.checkpoint().to_string().replace('\n', "\\n");
    let (old, new) = (rotation.old_key(), rotation.new_key());
    format!(r#""old_key":"{old}","new_key":"{new}","checkpoint":"{note}""#)
}

#[test]
fn a_change_of_key_must_be_signed_by_the_old_one() {
    use Code::{BadValue, UnknownField};
    assert_refused(&[
        ("key_rotated", "\"old_key\":\"o+", "\"old_key\":\"p+", BadValue, "\"p+"),
        ("key_rotated", "\"checkpoint\":\"o", "\"checkpoint\":\"", BadValue, "\"\\n"),
        ("key_rotated", "\"checkpoint\":\"o", "\"checkpoint\":\"p", BadValue, ""),
        ("key_rotated", "next-key o+", "next-key q+", BadValue, "\"o\\n0"),
        ("key_rotated", "\"old_key\":", "\"key\":", UnknownField, "key\""),
        ("key_rotated", "\"effective_at\"", "\"partner\":\"p\",\"effective_at\"", UnknownField, "partner"),
    ]);
    let swapped =
        line("key_rotated").replace("old_key", "x").replace("new_key", "old_key").replace("\"x\"", "\"new_key\"");
    let refusal = parse(&swapped).unwrap_err();
    assert_eq!(refusal.code, BadValue);
    assert!(refusal.message.contains("not signed by"), "{refusal}");
}

#[test]
fn each_type_is_read_from_its_example_and_from_its_canonical_form() {
    for name in EventType::NAMES {
        let event = parse(&line(name)).unwrap();
        let canonical = canonical_event(&event);
        assert_eq!(parse(&canonical), Ok(event), "{canonical}");
    }
}

/// Type, what to replace, with what, the code, and what stands at the column (empty: no column).
type Row = (&'static str, &'static str, &'static str, Code, &'static str);

fn assert_refused(rows: &[Row]) {
    for &(event_type, from, to, code, place) in rows {
        let right = line(event_type);
        assert!(right.contains(from), "{from} is not in {right}");
        let wrong = right.replacen(from, to, 1);
        let refusal = parse(&wrong).expect_err(&wrong);
        assert_eq!(refusal.code, code, "{wrong}: {refusal}");
        let found = refusal.column.and_then(|column| wrong.get(column - 1..));
        match found {
            Some(found) => assert!(!place.is_empty() && found.starts_with(place), "{wrong}: {refusal} at {found}"),
            None => assert!(place.is_empty(), "{wrong}: {refusal} has no column"),
        }
    }
}

#[test]
fn what_is_wrong_about_an_event_is_told_with_code_and_column() {
    use Code::{BadValue, MissingField, UnknownField, UnknownType};
    const CHURNED: &str = "customer_churned";
    assert_refused(&[
        (CHURNED, "\"customer_churned\"", "\"customer_gone\"", UnknownType, "\"customer_gone\""),
        (CHURNED, "\"customer_churned\"", "\"Customer_Churned\"", UnknownType, "\"Customer"),
        (CHURNED, "\"customer_churned\"", "7", BadValue, "7"),
        (CHURNED, "\"customer_churned\"", "null", BadValue, "null"),
        (CHURNED, "\"type\":\"customer_churned\",", "", MissingField, ""),
        (CHURNED, "00000000-0000-4000-8000-000000000001", "1", BadValue, "\"1\""),
        (CHURNED, "00000000-0000-4000", "{0000000-0000-4000", BadValue, "\"{"),
        (CHURNED, "00000000-0000-4000-8000-000000000001", "00000000000040008000000000000001", BadValue, "\"0"),
        (CHURNED, "\"00000000-0000-4000-8000-000000000001\"", "null", BadValue, "null"),
        (CHURNED, "\"6034453\"", "6034453", BadValue, "6034453"),
        (CHURNED, "\"6034453\"", "\"\"", BadValue, "\"\""),
        (CHURNED, "\"6034453\"", "\"60 34\"", BadValue, "\"60"),
        (CHURNED, "\"6034453\"", "\"é\"", BadValue, "\"é"),
        (CHURNED, "6034453", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", BadValue, "\"aaa"),
        (CHURNED, "\"partner\":\"6034453\",", "", MissingField, ""),
        (CHURNED, "\"partner\":", "\"location\":\"\",\"partner\":", BadValue, "\"\""),
        (CHURNED, "\"2025-03-01\"", "\"2025-02-29\"", BadValue, "\"2025"),
        (CHURNED, "\"2025-03-01\"", "\"2025-03-01T09:00:00\"", BadValue, "\"2025"),
        (CHURNED, "\"2025-03-01\"", "\"2025-03-01T09:00:00.1234567Z\"", BadValue, "\"2025"),
        (CHURNED, "\"2025-03-01\"", "\"2025-03-01T23:59:60Z\"", BadValue, "\"2025"),
        (CHURNED, "\"2025-03-01\"", "\"2025-03\"", BadValue, "\"2025"),
        (CHURNED, "\"2025-03-01\"", "1740787200", BadValue, "17407"),
        (CHURNED, "\"effective_at\":\"2025-03-01\",", "", MissingField, ""),
        (CHURNED, "effective_at\":\"2025-03-01", "month\":\"2025-03", UnknownField, "month"),
        (CHURNED, "\"customer\":", "\"who\":", UnknownField, "who"),
        (CHURNED, "\"customer\":", "\"Customer\":", UnknownField, "Customer"),
        (CHURNED, "\"areas\":[\"security\",\"data_ai\"]", "\"areas\":[]", BadValue, "[]"),
        (CHURNED, "\"data_ai\"", "\"azure\"", BadValue, "[\"security\""),
        (CHURNED, "[\"security\",\"data_ai\"]", "\"security\"", BadValue, "\"security\""),
        (CHURNED, "[\"security\",\"data_ai\"]", "[1]", BadValue, "[1]"),
        (CHURNED, "[\"security\",\"data_ai\"]", "[null]", BadValue, "[null]"),
        (CHURNED, "[\"security\",\"data_ai\"]", "null", BadValue, "null"),
        (CHURNED, "\"areas\":", "\"by\":\"customer\",\"areas\":", UnknownField, "by"),
        (CHURNED, "\"customer\":", "\"note\":null,\"customer\":", BadValue, "null"),
        (CHURNED, "\"customer\":", "\"source\":7,\"customer\":", BadValue, "7"),
        (CHURNED, "\"customer\":", "\"reason\":[],\"customer\":", BadValue, "[]"),
    ]);
}

#[test]
fn what_is_wrong_about_the_fields_of_a_type_is_told() {
    use Code::{BadValue, MissingField, UnknownField};
    const REQUESTED: &str = "association_requested";
    const USAGE: &str = "usage_reported";
    const LINKED: &str = "certification_linked";
    assert_refused(&[
        (REQUESTED, "\"association\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\",", "", MissingField, ""),
        (REQUESTED, "\"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\",", "", MissingField, ""),
        (REQUESTED, "\"mechanism\":\"cpor\",\"role\":\"osu\",", "", MissingField, ""),
        (REQUESTED, "\"role\":\"osu\",", "", MissingField, ""),
        (REQUESTED, "\"cpor\",\"role\":\"osu\"", "\"csp\"", MissingField, ""),
        (REQUESTED, ",\"workload\":\"exchange\"", "", MissingField, ""),
        (REQUESTED, "\"cpor\",\"role\":\"osu\"", "\"dpor\"", MissingField, ""),
        (REQUESTED, "\"cpor\",\"role\":\"osu\"", "\"tpor\"", MissingField, ""),
        (REQUESTED, "\"cpor\",\"role\":\"osu\"", "\"pal\"", MissingField, ""),
        (REQUESTED, "\"cpor\"", "\"CPOR\"", BadValue, "\"CPOR\""),
        (REQUESTED, "\"osu\"", "\"direct_bill\"", BadValue, "\"direct_bill\""),
        (REQUESTED, "\"osu\"", "\"owner\"", BadValue, "\"owner\""),
        (REQUESTED, "\"cpor\"", "\"dpor\"", BadValue, "\"osu\""),
        (REQUESTED, "\"exchange\"", "\"\"", BadValue, "\"\""),
        ("association_accepted", "\"mechanism\":\"cpor\",\"role\":\"osu\"", "\"role\":\"own\"", BadValue, "\"own\""),
        ("association_accepted", "\"association\":", "\"reason\":\"x\",\"association\":", UnknownField, "reason"),
        ("association_declined", "\"customer\"", "\"nobody\"", BadValue, "\"nobody\""),
        ("association_declined", "\"by\"", "\"track\"", UnknownField, "track"),
        ("association_declined", "\"no\"", "7", BadValue, "7"),
        ("association_revoked", "\"association\"", "\"event\"", UnknownField, "event"),
        ("customer_classified", "\"smb\"", "\"mid\"", BadValue, "\"mid\""),
        ("customer_classified", ",\"segment\":\"smb\"", "", MissingField, ""),
        (USAGE, "\"month\":\"2025-02\",", "", MissingField, ""),
        (USAGE, "\"month\":\"2025-02\"", "\"effective_at\":\"2025-02-01\"", UnknownField, "effective_at"),
        (USAGE, "\"2025-02\"", "\"2025-13\"", BadValue, "\"2025-13"),
        (USAGE, "\"2025-02\"", "\"2025-02-01\"", BadValue, "\"2025-02-01"),
        (USAGE, "\"2025-02\"", "202502", BadValue, "202502"),
        (USAGE, "\"active_users\"", "\"users\"", BadValue, "\"users\""),
        (USAGE, "\"metric\":\"active_users\",", "", MissingField, ""),
        (USAGE, "\"product\":\"Exchange\",", "", MissingField, ""),
        (USAGE, ",\"value\":\"12.5\"", "", MissingField, ""),
        (USAGE, "\"12.5\"", "1e3", BadValue, "1e3"),
        (USAGE, "\"12.5\"", "1234567890123456", BadValue, "1234567890123456"),
        (USAGE, "\"12.5\"", "0.1234567", BadValue, "0.1234567"),
        (USAGE, "\"12.5\"", "\"1,5\"", BadValue, "\"1,5\""),
        (USAGE, "\"12.5\"", "\"\"", BadValue, "\"\""),
        (USAGE, "\"12.5\"", "\"+1\"", BadValue, "\"+1\""),
        (USAGE, "\"12.5\"", "true", BadValue, "true"),
        (USAGE, "\"12.5\"", "{}", BadValue, "{}"),
        (LINKED, "\"person\":\"p1\",", "", MissingField, ""),
        (LINKED, "\"p1\"", "\"\"", BadValue, "\"\""),
        (LINKED, "\"certification\":\"AZ-305\",", "", MissingField, ""),
        (LINKED, "\"2024-02-29\"", "\"2023-02-29\"", BadValue, "\"2023"),
        (LINKED, "\"2025-03-01\"}", "\"2025-03-01T00:00:00Z\"}", BadValue, "\"2025-03-01T"),
        ("certification_unlinked", "\"person\"", "\"earned_on\"", UnknownField, "earned_on"),
        ("event_retracted", ",\"reason\":\"wrong\"", "", MissingField, ""),
        ("event_retracted", "\"event\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\",", "", MissingField, ""),
        ("event_retracted", "\"4fdbff88-", "\"4fdbff88_", BadValue, "\"4fdbff88_"),
        ("rulebook_adopted", "\"effective_at\"", "\"partner\":\"p\",\"effective_at\"", UnknownField, "partner"),
        ("rulebook_adopted", ",\"name\":\"rules\"", "", MissingField, ""),
        ("rulebook_adopted", "\"[meta]\"", "{}", BadValue, "{}"),
    ]);
}

#[test]
fn what_is_wrong_about_what_was_earned_enrolled_or_shown_is_told() {
    use Code::{BadValue, Malformed, MissingField, UnknownField};
    const EARNED: &str = "certification_earned";
    const ENROLLED: &str = "designation_enrolled";
    const SHOWN: &str = "score_published";
    const METRICS: &str = r#"{"deployments":"8","net_customer_adds":20.0}"#;
    assert_refused(&[
        (EARNED, "\"person\":\"p1\",", "", MissingField, ""),
        (EARNED, "\"certification\":\"AZ-305\",", "", MissingField, ""),
        (EARNED, "\"earned_on\":\"2024-02-29\",", "", MissingField, ""),
        (EARNED, "\"2024-02-29\"", "\"2023-02-29\"", BadValue, "\"2023"),
        (EARNED, "\"2025-03-01\"}", "null}", BadValue, "null"),
        (EARNED, "\"expires_on\"", "\"reason\"", UnknownField, "reason"),
        (EARNED, "\"p1\"", "\"\"", BadValue, "\"\""),
        (ENROLLED, "\"area\":\"infrastructure\",", "", MissingField, ""),
        (ENROLLED, "\"infrastructure\"", "\"azure\"", BadValue, "\"azure\""),
        (ENROLLED, "\"infrastructure\"", "[\"infrastructure\"]", BadValue, "["),
        (ENROLLED, ",\"anniversary\":\"2025-03-02\"", "", MissingField, ""),
        (ENROLLED, "\"2025-03-02\"", "\"2025-03-01\"", BadValue, "\"2025-03-01\",\"track\""),
        (ENROLLED, "\"2025-03-02\"", "\"2024-03-02\"", BadValue, "\"2024"),
        // The date of an instant is that in UTC.
        (ENROLLED, "\"2025-03-01\"", "\"2025-03-01T23:00:00-02:00\"", BadValue, "\"2025-03-02\""),
        (ENROLLED, "\"2025-03-02\"", "\"2025-03-02T00:00:00Z\"", BadValue, "\"2025-03-02T"),
        (ENROLLED, "\"smb\"", "\"single\"", BadValue, "\"single\""),
        (ENROLLED, "\"smb\"", "null", BadValue, "null"),
        (ENROLLED, "\"track\"", "\"segment\"", UnknownField, "segment"),
        (SHOWN, "\"area\":\"security\",", "", MissingField, ""),
        (SHOWN, "\"security\"", "\"Security\"", BadValue, "\"Security\""),
        (SHOWN, "\"points\":\"62.50\",", "", MissingField, ""),
        (SHOWN, "\"62.50\"", "null", BadValue, "null"),
        (SHOWN, "\"62.50\"", "-1", BadValue, "-1"),
        (SHOWN, "\"62.50\"", "\"-0\"", BadValue, "\"-0\""),
        (SHOWN, "\"62.50\"", "\"+1\"", BadValue, "\"+1\""),
        (SHOWN, "\"62.50\"", "62.505", BadValue, "62.505"),
        (SHOWN, "\"62.50\"", "62.500", BadValue, "62.500"),
        (SHOWN, "\"62.50\"", "6e1", BadValue, "6e1"),
        (SHOWN, "\"62.50\"", "\"06\"", BadValue, "\"06\""),
        (SHOWN, "\"62.50\"", "\"62,5\"", BadValue, "\"62,5\""),
        (SHOWN, "\"62.50\"", "true", BadValue, "true"),
        (SHOWN, "\"62.50\"", "{}", BadValue, "{}"),
        (SHOWN, METRICS, "{}", BadValue, "{}"),
        (SHOWN, METRICS, "null", BadValue, "null"),
        (SHOWN, METRICS, "[]", BadValue, "[]"),
        (SHOWN, METRICS, "\"deployments\"", BadValue, "\"deployments\""),
        (SHOWN, "\"deployments\"", "\"total\"", BadValue, "total"),
        (SHOWN, "\"deployments\"", "\"Deployments\"", BadValue, "Deployments"),
        (SHOWN, "\"deployments\"", "\"net_customer_adds\"", Malformed, "\":20.0"),
        (SHOWN, "\"8\"", "null", BadValue, "null"),
        (SHOWN, "\"8\"", "-8", BadValue, "-8"),
        (SHOWN, "\"8\"", "\"8.001\"", BadValue, "\"8.001\""),
        (SHOWN, "20.0", "2e1", BadValue, "2e1"),
        (SHOWN, "20.0", "{}", BadValue, "{}"),
        (SHOWN, "\"metrics\"", "\"metric\"", UnknownField, "metric"),
    ]);
}

#[test]
fn what_is_no_json_object_of_its_own_is_malformed() {
    let right = line("customer_classified");
    let rows = [
        (String::new(), Some(1)),
        ("[]".to_owned(), Some(1)),
        ("null".to_owned(), Some(1)),
        (" 7".to_owned(), Some(2)),
        (format!("{right} {{}}"), Some(right.len() + 2)),
        (right.replace("\"segment\":\"smb\"", "\"segment\":\"smb\",\"segment\":\"smb\""), None),
        (right.replace("\"segment\"", "\"partner\":\"x\",\"segment\""), None),
        (right.replace("\"segment\"", "\"p\\u0061rtner\":\"x\",\"segment\""), None),
        (right.replace("\"smb\"}", "\"smb\",}"), None),
        (right.replace("\"smb\"}", "smb}"), None),
        (right.replace("\"smb\"", "\"s\u{1}mb\""), None),
        (right.replace("\"smb\"", "\"\\ud800\""), None),
        (right.replace("\"smb\"", "\"\\x\""), None),
        (right[..right.len() - 1].to_owned(), None),
        (format!("{}{right}", '\u{feff}'), Some(1)),
        (format!("{right}{}", " ".repeat(MAX_LINE_BYTES)), None),
    ];
    for (line, column) in rows {
        let refusal = parse(&line).expect_err(&line);
        assert_eq!(refusal.code, Code::Malformed, "{line}: {refusal}");
        if column.is_some() {
            assert_eq!(refusal.column, column, "{line}: {refusal}");
        }
    }
}

#[test]
fn texts_are_as_long_as_they_may_be() {
    let rows = [
        ("customer_churned", "location", 1, 256),
        ("customer_churned", "note", 0, 1_000),
        ("customer_churned", "reason", 0, 1_000),
        ("customer_churned", "source", 0, 256),
        ("usage_reported", "subscription", 1, 256),
        ("usage_reported", "offer", 1, 256),
    ];
    for (event_type, field, least, most) in rows {
        for (length, valid) in [(0, least == 0), (1, true), (most, true), (most + 1, false)] {
            let text = "é".repeat(length);
            let line = line(event_type).replace("\"customer\":", &format!("\"{field}\":\"{text}\",\"customer\":"));
            assert_eq!(parse(&line).is_ok(), valid, "{field} of {length}");
        }
    }
}

#[test]
fn an_absent_id_is_made_or_missing() {
    let line = line("customer_churned").replace(&format!("{ID},"), "");
    assert_eq!(parse(&line).map(|event| event.id), Ok(EventId(Uuid::nil())));
    assert_eq!(parse_event(&line, || None).map_err(|refusal| refusal.code), Err(Code::MissingField));
}

#[test]
fn each_field_of_a_type_is_known_and_in_its_canonical_place() {
    for &event_type in EventType::ALL {
        let canonical = canonical_event(&parse(&line(event_type.name())).unwrap());
        let places: Vec<usize> =
            event_type.fields().filter_map(|field| canonical.find(&format!("\"{}\":", field.name))).collect();
        assert!(places.is_sorted() && !places.is_empty(), "{canonical}");
    }
}

#[test]
fn the_canonical_form_of_an_event_is_written_in_one_way() {
    let rows = [
        (
            // Fields in any order, ids in any case, areas out of order and twice, an instant with an offset.
            concat!(
                r#" { "source" : "s", "areas":["security","data_ai","security"], "note":"n","#,
                r#" "customer":"4FDBFF88-9D6B-42E0-9713-45C922BA8001", "effective_at":"2025-03-01T01:30:00.5+02:00","#,
                r#" "location":"l", "partner":"P-1_a", "reason":"r", "type":"customer_churned","#,
                r#" "id":"0195D3C0-0000-7000-8000-00000000000A" } "#
            ),
            concat!(
                r#"{"id":"0195d3c0-0000-7000-8000-00000000000a","type":"customer_churned","partner":"P-1_a","#,
                r#""location":"l","effective_at":"2025-02-28T23:30:00.500000Z","#,
                r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","areas":["data_ai","security"],"reason":"r","#,
                r#""note":"n","source":"s"}"#
            ),
        ),
        (
            concat!(
                r#"{"type":"usage_reported","partner":"p","month":"2025-02","offer":"o","subscription":"s","#,
                r#""value":-0.0,"metric":"acr_usd","product":"a\/b","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"usage_reported","partner":"p","#,
                r#""month":"2025-02","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","product":"a/b","#,
                r#""metric":"acr_usd","value":"0","subscription":"s","offer":"o"}"#
            ),
        ),
        (
            // Escapes: the short ones, the others below U+0020 in lower case, nothing else.
            concat!(
                r#"{"type":"certification_unlinked","partner":"p","effective_at":"2024-02-29","person":"p","#,
                r#""reason":"\u0008\u000C\u000a\r\t\u001F\u0000\u0022\u005c\u002f\u007f\u00e9\ud83d\ude00e\u0301 "}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"certification_unlinked","partner":"p","#,
                r#""effective_at":"2024-02-29T00:00:00.000000Z","person":"p","reason":""#,
                r#"\b\f\n\r\t\u001f\u0000\"\\/"#,
                "\u{7f}é😀e\u{301} \"}"
            ),
        ),
        (
            concat!(
                r#"{"type":"association_requested","principal":"pr","subscription":"s","workload":"w","role":"osa","#,
                r#""mechanism":"cpor","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","effective_at":"2025-03-01","#,
                r#""association":"4fdbff88-9d6b-42e0-9713-45c922ba8002","partner":"p"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"association_requested","partner":"p","#,
                r#""effective_at":"2025-03-01T00:00:00.000000Z","association":"4fdbff88-9d6b-42e0-9713-45c922ba8002","#,
                r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","mechanism":"cpor","role":"osa","workload":"w","#,
                r#""subscription":"s","principal":"pr"}"#
            ),
        ),
        (
            concat!(
                r#"{"name":"r","rulebook":"[a]\nb = \"c\"","effective_at":"2025-03-01","#,
                r#""type":"rulebook_adopted"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"rulebook_adopted","#,
                r#""effective_at":"2025-03-01T00:00:00.000000Z","rulebook":"[a]\nb = \"c\"","name":"r"}"#
            ),
        ),
    ];
    assert_canonical(&rows);
}

fn assert_canonical(rows: &[(&str, &str)]) {
    for (line, canonical) in rows {
        assert_eq!(parse(line).map(|event| canonical_event(&event)).as_deref(), Ok(*canonical));
    }
}

#[test]
fn what_was_earned_enrolled_shown_or_declined_is_written_in_one_way() {
    assert_canonical(&[
        (
            // Metrics stand in the order of an answer, and points keep their digits.
            concat!(
                r#"{"metrics":{"deployments":8,"usage_growth":"0.00","advanced_certifications":4.50,"#,
                r#""net_customer_adds":"20","intermediate_certifications":"8.0"},"points":70.0,"#,
                r#""area":"infrastructure","effective_at":"2025-03-21T09:00:00+01:00","type":"score_published","#,
                r#""partner":"p"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"score_published","partner":"p","#,
                r#""effective_at":"2025-03-21T08:00:00.000000Z","area":"infrastructure","points":"70.0","#,
                r#""metrics":{"net_customer_adds":"20","intermediate_certifications":"8.0","#,
                r#""advanced_certifications":"4.50","usage_growth":"0.00","deployments":"8"}}"#
            ),
        ),
        (
            concat!(
                r#"{"track":"enterprise","anniversary":"2026-03-01","area":"data_ai","partner":"p","#,
                r#""effective_at":"2025-03-01","type":"designation_enrolled","note":"n"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"designation_enrolled","partner":"p","#,
                r#""effective_at":"2025-03-01T00:00:00.000000Z","area":"data_ai","anniversary":"2026-03-01","#,
                r#""track":"enterprise","note":"n"}"#
            ),
        ),
        (
            concat!(
                r#"{"expires_on":"2026-02-28","earned_on":"2025-02-28","certification":"AZ-305","person":"x","#,
                r#""partner":"p","effective_at":"2025-03-01","type":"certification_earned"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"certification_earned","partner":"p","#,
                r#""effective_at":"2025-03-01T00:00:00.000000Z","person":"x","certification":"AZ-305","#,
                r#""earned_on":"2025-02-28","expires_on":"2026-02-28"}"#
            ),
        ),
        (
            concat!(
                r#"{"reason":"r","by":"program","association":"4fdbff88-9d6b-42e0-9713-45c922ba8002","#,
                r#""partner":"p","effective_at":"2025-03-01","type":"association_declined"}"#
            ),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","type":"association_declined","partner":"p","#,
                r#""effective_at":"2025-03-01T00:00:00.000000Z","#,
                r#""association":"4fdbff88-9d6b-42e0-9713-45c922ba8002","by":"program","reason":"r"}"#
            ),
        ),
    ]);
}

#[test]
fn values_that_are_the_same_number_are_written_the_same() {
    for (written, canonical) in [
        ("1000.50", "1000.5"),
        ("\"1000.50\"", "1000.5"),
        ("1000.0", "1000"),
        ("-0", "0"),
        ("\"-0.000\"", "0"),
        ("-12.250000", "-12.25"),
        ("999999999999999.999999", "999999999999999.999999"),
    ] {
        let event = parse(&line("usage_reported").replace("\"12.5\"", written)).unwrap();
        assert!(canonical_event(&event).contains(&format!("\"value\":\"{canonical}\"")), "{written}");
    }
}
