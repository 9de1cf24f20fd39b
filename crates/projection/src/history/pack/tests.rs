use std::fmt::Write as _;

use ledger::{Area, Entry, EventId, Fold, Timestamp, parse_date, parse_event};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::rulebook::Rulebook;
use crate::{Basis, History, Question, Unmeasured, findings, score};

const CUSTOMERS: [&str; 2] = ["4fdbff88-9d6b-42e0-9713-45c922ba8001", "4fdbff88-9d6b-42e0-9713-45c922ba8002"];

/// An entry of a partner, by what stands behind its id.
fn entry(seq: u64, rest: &str) -> Entry {
    let id = EventId(Uuid::from_u128(u128::from(seq)));
    let event = parse_event(&format!("{{{rest}}}"), || Some(id)).unwrap_or_else(|refusal| panic!("{rest}: {refusal}"));
    let recorded_at = Timestamp::start_of(parse_date("2026-01-01").unwrap()).micros() + seq.cast_signed();
    Entry { seq, recorded_at: Timestamp::from_micros(recorded_at), event }
}

/// A history with every kind of fact, every optional field there and not, restatements and a retraction of one.
fn entries() -> Vec<Entry> {
    let [one, two] = CUSTOMERS;
    let dated = |kind: &str, at: &str, rest: &str| {
        format!(r#""type":"{kind}","partner":"1","effective_at":"{at}T00:00:00.000000Z"{rest}"#)
    };
    let usage = |month: &str, customer: &str, product: &str, value: &str, rest: &str| {
        format!(
            r#""type":"usage_reported","partner":"1","month":"{month}","customer":"{customer}","product":"{product}","metric":"paid_seats","value":{value}{rest}"#
        )
    };
    let association = r#","association":"0195d3c0-0000-7000-8000-00000000000a""#;
    let all = format!(
        r#"{association},"customer":"{one}","mechanism":"cpor","role":"osu","workload":"Exchange","subscription":"s""#
    );
    let lines = [
        dated("association_requested", "2024-01-01", &all),
        dated("association_accepted", "2024-01-02", association),
        dated("association_declined", "2024-09-01", &format!(r#"{association},"by":"customer""#)),
        dated("association_revoked", "2024-10-01", association),
        dated("customer_churned", "2024-11-01", &format!(r#","customer":"{two}","areas":["security"]"#)),
        dated("customer_churned", "2024-11-02", &format!(r#","customer":"{two}""#)),
        dated("customer_classified", "2027-01-01", &format!(r#","customer":"{one}","segment":"smb""#)),
        dated("certification_linked", "2024-01-01", r#","person":"x","certification":"MS-700""#),
        dated(
            "certification_linked",
            "2024-01-01",
            r#","person":"y","certification":"MS-700","earned_on":"2023-12-01","expires_on":"2024-12-01","note":"shares its work address with x""#,
        ),
        dated("certification_unlinked", "2024-05-01", r#","person":"x""#),
        dated("certification_unlinked", "2024-05-01", r#","person":"y","certification":"MS-700""#),
        usage("2024-02", two, "Exchange", "-2.5", ""),
        usage("2024-02", one, "Exchange", "10", r#","subscription":"s","offer":"Trial""#),
        usage("2024-02", one, "EXCHANGE", "999999999999999.999999", r#","subscription":"s""#),
        usage("2024-02", one, "exchange", "12", r#","subscription":"s""#),
        usage("2024-03", one, "Teams", "7", ""),
        dated("event_retracted", "2024-04-01", r#","event":"00000000-0000-0000-0000-00000000000e","reason":"r""#),
        dated(
            "certification_earned",
            "2025-06-01",
            r#","person":"z","certification":"AZ-104","earned_on":"2025-06-01""#,
        ),
        dated(
            "certification_earned",
            "2025-06-01",
            r#","person":"z","certification":"AZ-305","earned_on":"2025-06-01","expires_on":"2027-06-01","note":"shares its work address with x""#,
        ),
        dated(
            "association_accepted",
            "2025-06-01",
            &format!(
                r#","location":"1","association":"0195d3c0-0000-7000-8000-00000000000b","customer":"{one}","mechanism":"pal","principal":"p""#
            ),
        ),
        dated("designation_enrolled", "2025-06-01", r#","area":"data_ai","anniversary":"2026-06-01","track":"smb""#),
        dated("designation_enrolled", "2025-07-01", r#","area":"data_ai","anniversary":"2026-07-01""#),
        dated("score_published", "2025-06-01", r#","area":"security","points":"63.40","metrics":{"deployments":"0"}"#),
        dated("score_published", "2025-07-01", r#","area":"security","points":"70""#),
        usage("2024-02", one, "Exchange", "1000000", "").replace("paid_seats", "active_users"),
    ];
    (0..).zip(&lines).map(|(seq, line)| entry(seq, line)).collect()
}

fn answers(history: &History) -> String {
    let mut answers = String::new();
    for (area, day) in [(Area::ModernWork, "2024-03-31"), (Area::Security, "2025-03-31"), (Area::DataAi, "2026-06-01")]
    {
        let as_of = parse_date(day).unwrap();
        let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Include, explain: true };
        writeln!(answers, "{:?}", score(history, Rulebook::builtin(), area, &question)).unwrap();
    }
    writeln!(answers, "{:?}", history.published(Area::Security).collect::<Vec<_>>()).unwrap();
    writeln!(answers, "{:?}", findings(history, &[], Rulebook::builtin(), parse_date("2026-01-01").unwrap())).unwrap();
    answers
}

#[test]
fn what_is_packed_comes_back() {
    let entries = entries();
    let history = History::fold(&entries);
    let bytes = history.to_bytes();
    let again = History::from_bytes(bytes.clone()).unwrap();
    assert_eq!(answers(&again), answers(&history));
    assert_eq!(again.to_bytes(), bytes);
    assert!(again.is_retracted(14) && !again.is_retracted(13));
    // Whatever was read of it before, and in whatever pieces it was folded.
    for split in 0..=entries.len() {
        let (kept, rest) = entries.split_at(split);
        for is_read in [true, false] {
            let mut history = History::from_bytes(History::fold(kept).to_bytes()).unwrap();
            if is_read {
                answers(&history);
            }
            history.extend(rest);
            assert!(history.to_bytes() == bytes, "split at {split}");
        }
        let mut turned = History::fold(rest.iter().filter(|entry| entry.seq != 16));
        turned = History::from_bytes(turned.to_bytes()).unwrap();
        turned.extend(kept);
        turned.extend(rest.iter().filter(|entry| entry.seq == 16));
        assert!(split > 16 || turned.to_bytes() == bytes, "the rest first, split at {split}");
    }
}

/// Whoever changes what the bytes are, or what is folded into them, raises `FORM` and writes the new digest here.
#[test]
fn the_form_has_a_number() {
    let bytes = History::fold(&entries()).to_bytes();
    let digest = hex::encode(Sha256::digest(&bytes));
    assert_eq!((super::FORM, digest.as_str()), (4, "cd3b96723229195ebcf13b4afe9586e8ab2d2403eba6b56989efeb86f3ad5e0f"));
}

#[test]
fn bytes_that_were_cut_or_changed_are_none_or_are_read_without_a_panic() {
    let bytes = History::fold(&entries()).to_bytes();
    for len in 0..bytes.len() {
        assert!(History::from_bytes(bytes[..len].to_vec()).is_none(), "cut at {len}");
    }
    assert!(History::from_bytes([&*bytes, &[0]].concat()).is_none());
    let mut taken = 0;
    for at in 0..bytes.len() {
        for flip in [1, 0x40, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            if let Some(history) = History::from_bytes(changed) {
                answers(&history);
                history.to_bytes();
                taken += 1;
            }
        }
    }
    assert!(taken > 0);
}
