//! Facts as bytes, so that an import need not read all entries of a partner again.
//!
//! The figures of each month are bytes of their own, which are read when they are asked for.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use ledger::Month;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PartnerFacts;

/// Where the figures of facts were kept.
pub trait KeptFigures: Debug {
    /// The bytes of a month, if they are there as they were kept.
    fn part(&self, month: Month) -> Option<Vec<u8>>;

    /// The same facts, made of their entries: for when the bytes are not there.
    fn facts(&self) -> Rc<PartnerFacts>;
}

impl PartnerFacts {
    /// What the bytes are. To be raised when they, or what is learnt of an event, change.
    pub const FORM: u32 = 4;

    /// All but the figures as bytes.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        packed(self)
    }

    /// The figures of each month as bytes; none where they are as they were kept.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<Month, Option<Vec<u8>>> {
        self.figures.parts().collect()
    }

    /// The facts whose head was kept; `None` when the bytes are not of one.
    #[must_use]
    pub fn of_kept(head: &[u8], kept: Rc<dyn KeptFigures>) -> Option<Self> {
        let facts: Self = unpacked(head)?;
        Some(Self { figures: facts.figures.kept_in(kept), ..facts })
    }
}

/// Facts as bytes.
pub(super) fn packed(facts: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(facts).expect("all facts have a form, and memory takes them")
}

/// The facts that were packed; `None` when the bytes are not of such.
pub(super) fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (facts, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(facts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use ledger::{CustomerId, Event, EventId, Month, UsageMetric, parse_event, parse_uuid};
    use sha2::{Digest as _, Sha256};
    use uuid::Uuid;

    use super::{KeptFigures, PartnerFacts};
    use crate::facts::figures::FigureSubject;

    const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

    /// Events of every kind of which something is learnt, of several months.
    fn events() -> Vec<Event> {
        let reported = |kind: &str, rule: &str, months: &str| {
            format!(r#","source":"{kind} a.csv line 2, {rule}, as of 2025-04-04{months}, sha256:00""#)
        };
        let azure = reported("azure-usage", "figure of a month (stated)", " with 2025-01 to 2025-03");
        let list = reported("training-completions", "completion (stated)", "");
        let usage = |month: &str, rest: &str| {
            format!(
                r#""type":"usage_reported","month":"{month}","customer":"{CUSTOMER}","product":"Storage","metric":"acr_usd",{rest}"#
            )
        };
        let at = |kind: &str, rest: &str| format!(r#""type":"{kind}","effective_at":"2025-01-05",{rest}"#);
        let association = format!(r#""association":"{CUSTOMER}""#);
        let terms = format!(r#"{association},"customer":"{CUSTOMER}","mechanism":"dpor","subscription":"s-1""#);
        let lines = [
            usage("2025-01", &format!(r#""value":"1.5","subscription":"s-1","offer":"o","location":"7"{azure}"#)),
            usage("2025-02", r#""value":"-2""#),
            usage("2025-01", r#""value":"3","subscription":"s-1""#),
            usage("2025-03", &format!(r#""value":"0"{azure}"#)),
            at("association_requested", &terms),
            at("association_revoked", &association),
            at("association_accepted", &format!("{terms}{azure}")),
            at("customer_churned", &format!(r#""customer":"{CUSTOMER}""#)),
            at("customer_classified", &format!(r#""customer":"{CUSTOMER}","segment":"smb"{azure}"#)),
            at(
                "certification_linked",
                &format!(r#""person":"p1","certification":"AZ-104","expires_on":"2026-01-05"{list}"#),
            ),
            at("certification_unlinked", r#""person":"p1""#),
            at("certification_earned", r#""person":"p2","certification":"AZ-305","earned_on":"2025-01-05""#),
            at("score_published", r#""area":"security","points":"62.50","metrics":{"deployments":8}"#),
            usage("2025-02", r#""value":"9","subscription":"s-2""#),
        ];
        let event = |line: &String| {
            let line = format!(r#"{{"partner":"6034453",{line}}}"#);
            parse_event(&line, || Some(EventId(Uuid::nil()))).unwrap_or_else(|refusal| panic!("{line}: {refusal}"))
        };
        lines.iter().map(event).collect()
    }

    fn facts(events: &[Event]) -> PartnerFacts {
        let mut facts = PartnerFacts::default();
        for event in events {
            facts.learn(event);
        }
        facts
    }

    /// The bytes of some months alone; the others are made of the events again.
    #[derive(Debug)]
    struct Kept(BTreeMap<Month, Option<Vec<u8>>>, Vec<Event>);

    impl KeptFigures for Kept {
        fn part(&self, month: Month) -> Option<Vec<u8>> {
            self.0.get(&month).cloned().flatten()
        }

        fn facts(&self) -> Rc<PartnerFacts> {
            Rc::new(facts(&self.1))
        }
    }

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn what_was_kept_goes_on_as_what_it_was_made_of() {
        let events = events();
        let whole = facts(&events);
        for kept in 0..events.len() {
            let (before, behind) = events.split_at(kept);
            let made = facts(before);
            for broken in [None, Some(None), Some(Some(vec![0xff; 9]))] {
                let mut parts = made.parts();
                if let (Some(broken), Some(first)) = (broken, parts.first_entry()) {
                    *first.into_mut() = broken;
                }
                let months = parts.clone();
                let mut facts = PartnerFacts::of_kept(&made.head(), Rc::new(Kept(parts, before.to_vec()))).unwrap();
                assert!(facts.parts().values().all(Option::is_none), "all is as it was kept");
                for event in behind {
                    facts.learn(event);
                }
                assert_eq!(facts.head(), whole.head(), "kept after {kept}");
                for (month, part) in whole.parts() {
                    match facts.parts().remove(&month).unwrap() {
                        Some(changed) => assert_eq!(Some(changed), part),
                        None => assert!(
                            behind.iter().all(|event| event.when != ledger::When::In(month))
                                && months.contains_key(&month)
                        ),
                    }
                    let product = "storage";
                    let customer = CustomerId(parse_uuid(CUSTOMER).unwrap());
                    let about = FigureSubject { customer, product, metric: UsageMetric::AcrUsd, month };
                    assert!(facts.figures(&about).eq(whole.figures(&about)));
                }
            }
        }
    }

    #[test]
    fn the_bytes_change_with_their_form_alone() {
        let facts = facts(&events());
        let parts = facts.parts().into_values().flatten().flatten();
        let bytes: Vec<u8> = facts.head().into_iter().chain(parts).collect();
        let digest = format!("{:x}", Sha256::digest(&bytes));
        assert_eq!((PartnerFacts::FORM, &digest[..16]), (4, "ad5545e2d1d7ddec"));
        assert!(PartnerFacts::of_kept(&bytes, Rc::new(Kept(BTreeMap::new(), Vec::new()))).is_none());
        assert_eq!(facts.parts().keys().copied().collect::<Vec<_>>(), ["2025-01", "2025-02", "2025-03"].map(month));
    }
}
