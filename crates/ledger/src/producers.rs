//! Many producers at an appender, on the threads of the operating system.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::admission::Outcome;
use crate::appender::Appender;
use crate::error::{AppendError, StoreError};
use crate::refusal::Code;
use crate::testing::{at, churn, ledger, retract};
use crate::time::Timestamp;
use crate::verification::verify;

const PRODUCERS: u128 = 64;
const BATCHES: u128 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_producers_share_commits_and_a_refused_batch_fails_alone() {
    let (dir, ledger) = ledger();
    let ticks = AtomicI64::new(0);
    let appender = Appender::start(ledger, move || at(ticks.fetch_add(1, Ordering::Relaxed) % 100));
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|producer| {
            let appender = appender.clone();
            tokio::spawn(async move {
                let mut new = 0;
                for batch in 0..BATCHES {
                    let first = producer * 1_000 + batch * 10;
                    let mut events = vec![churn(first, "a"), churn(first + 1, "b"), churn(first, "a")];
                    let is_bad = (producer + batch) % 5 == 0;
                    if is_bad {
                        events.push(retract(first + 2, "a", first + 1));
                    }
                    match appender.append(events).await {
                        Ok(outcomes) => {
                            assert!(!is_bad);
                            let [Outcome::New { seq }, Outcome::New { seq: next }, Outcome::Already { seq: same }] =
                                outcomes[..]
                            else {
                                panic!("{outcomes:?}");
                            };
                            assert_eq!((next, same), (seq + 1, seq));
                            new += 2;
                        }
                        Err(AppendError::Refused { index, refusal }) => {
                            assert!(is_bad && index == 3 && refusal.code == Code::UnknownEvent);
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                new
            })
        })
        .collect();
    let mut new = 0;
    for producer in producers {
        new += producer.await.unwrap();
    }
    let other = appender.clone();
    let ledger = appender.close().await.unwrap();
    assert_eq!(ledger.size(), new);
    let reader = ledger.reader();
    for entry in reader.entries("a", new).unwrap() {
        let next = reader.entry(entry.seq + 1).unwrap();
        assert_eq!(next.event.partner.unwrap().as_str(), "b", "a batch was torn apart");
    }
    assert!(matches!(other.append(vec![churn(1, "a")]).await, Err(AppendError::Closed)));
    assert!(matches!(other.close().await, Err(AppendError::Closed)));
    drop(ledger);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().size, new);
}

#[tokio::test]
async fn the_same_event_from_two_producers_is_recorded_once() {
    let (_dir, ledger) = ledger();
    let appender = Appender::start(ledger, || at(0));
    let (one, two) = tokio::join!(appender.append(vec![churn(1, "a")]), appender.append(vec![churn(1, "a")]));
    let mut outcomes = [one.unwrap(), two.unwrap()].concat();
    outcomes.sort_by_key(|outcome| matches!(outcome, Outcome::Already { .. }));
    assert_eq!(outcomes, [Outcome::New { seq: 0 }, Outcome::Already { seq: 0 }]);
    assert_eq!(appender.close().await.unwrap().size(), 1);
}

#[tokio::test]
async fn a_batch_that_fails_on_its_way_leaves_nothing_of_its_group() {
    let (dir, ledger) = ledger();
    // There is room for two instants, and the batch has three events.
    let appender = Appender::start(ledger, || Timestamp::parse("9999-12-31T23:59:59.999998Z").unwrap());
    let error = appender.append(vec![churn(1, "a"), churn(2, "a"), churn(3, "a")]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::EndOfTime)), "{error:?}");
    // The ledger is well, and takes what has room.
    let mut ledger = appender.close().await.unwrap();
    assert_eq!(ledger.append(&[churn(4, "a")], at(0)).unwrap(), [Outcome::New { seq: 0 }]);
    assert_eq!(ledger.size(), 1);
    drop(ledger);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().size, 1);
}
