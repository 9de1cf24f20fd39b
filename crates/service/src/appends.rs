//! Events that many hand over: one thread has the writer's lock for the time of each commit, and no longer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, TrySendError};
use std::time::Duration;

use app::Error;
use app::append::{self, Appended, Handed};
use tokio::sync::oneshot;

use crate::problem::Problem;
use crate::shared::Shared;

/// Batches that share a commit at most.
const TOGETHER: usize = 1_024;
/// How long it waits for another process that has the ledger.
pub(crate) const WAIT: Duration = Duration::from_secs(5);

/// Where events go.
pub(crate) struct Appends {
    sender: mpsc::SyncSender<Job>,
}

/// One batch, and who waits for it.
struct Job {
    handed: Handed,
    answer: oneshot::Sender<Result<Appended, Problem>>,
}

/// Whether the last append failed for a reason of the ledger's own.
#[derive(Debug, Default)]
pub(crate) struct LastAppend(AtomicBool);

impl LastAppend {
    pub(crate) fn has_failed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Notes how an append ended.
    pub(crate) fn note(&self, has_failed: bool) {
        self.0.store(has_failed, Ordering::Release);
    }
}

impl Appends {
    /// Starts the thread. It ends when nobody can hand anything over any more.
    ///
    /// # Errors
    /// That of the operating system when it has no thread to give.
    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<Self> {
        let (sender, jobs) = mpsc::sync_channel(TOGETHER);
        // The thread must not keep alive what hands over to it.
        let shared = Arc::downgrade(shared);
        let log = tracing::dispatcher::get_default(tracing::Dispatch::clone);
        std::thread::Builder::new().name("appends".to_owned()).spawn(move || {
            let _log = tracing::dispatcher::set_default(&log);
            let mut appends = append::Appends::default();
            while let Ok(first) = jobs.recv() {
                let all: Vec<Job> = std::iter::once(first).chain(jobs.try_iter()).take(TOGETHER).collect();
                let Some(shared) = shared.upgrade() else { return };
                // Whoever waits hears of a panic by the end of their channel. What comes later is recorded all the same.
                if catch_unwind(AssertUnwindSafe(|| append(&shared, &mut appends, all))).is_err() {
                    tracing::error!("recording ended in a panic");
                    appends = append::Appends::default();
                    shared.last_append.0.store(true, Ordering::Release);
                }
            }
        })?;
        Ok(Self { sender })
    }

    /// Appends a batch; returns when it is durable.
    ///
    /// # Errors
    /// What is refused of it; `busy` when too many wait; `locked`, when another process has the ledger for long.
    pub(crate) async fn append(&self, handed: Handed) -> Result<Appended, Problem> {
        let (answer, answered) = oneshot::channel();
        self.sender.try_send(Job { handed, answer }).map_err(|error| match error {
            TrySendError::Full(_) => Problem::busy("too many events wait to be recorded"),
            TrySendError::Disconnected(_) => Problem::failed(),
        })?;
        answered.await.map_err(|_| Problem::failed())?
    }
}

fn append(shared: &Shared, appends: &mut append::Appends, all: Vec<Job>) {
    let (handed, answers): (Vec<Handed>, Vec<_>) = all.into_iter().map(|job| (job.handed, job.answer)).unzip();
    let appended = shared.with_own_session(|session| appends.append_all(session, &handed));
    // Another process that has the ledger gives it back.
    let is_own_fault = |error: &Error| !error.is_refusal() && error.code() != "locked";
    let (has_failed, appended): (bool, Vec<Result<Appended, Problem>>) = match appended {
        Ok((appended, reader)) => {
            // Whoever listens hears of it before the answer is there.
            shared.ledger.set(reader);
            let has_failed = appended.iter().any(|answer| answer.as_ref().is_err_and(is_own_fault));
            (has_failed, appended.into_iter().map(|answer| answer.map_err(Problem::from)).collect())
        }
        Err(error) => {
            let (has_failed, problem) = (is_own_fault(&error), Problem::from(error));
            (has_failed, answers.iter().map(|_| Err(problem.clone())).collect())
        }
    };
    shared.last_append.note(has_failed);
    for (answer, appended) in answers.into_iter().zip(appended) {
        // It is no error when nobody waits any more.
        drop(answer.send(appended));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use app::append::{Handed, ReadChoice};

    use super::Appends;
    use crate::settings::Settings;
    use crate::testing::{Events as _, new_ledger, now, settings, shared};
    use crate::token::Tokens;

    /// Whether the clock fails, which it does once.
    static FAILS: AtomicBool = AtomicBool::new(true);

    fn handed(number: u32) -> Handed {
        let line = format!(
            r#"{{"id":"0195d3c0-0000-7000-8000-{number:012}","type":"customer_churned","partner":"6034453","effective_at":"2025-02-01","customer":"4fdbff88-9d6b-42e0-9713-{number:012}"}}"#
        );
        Handed::read(line.as_bytes(), ReadChoice { key: None, dry_run: false, longest: 1 << 20 }).unwrap()
    }

    #[tokio::test]
    async fn a_panic_fails_one_append_and_those_behind_it_are_recorded() {
        let dir = tempfile::tempdir().unwrap();
        new_ledger(dir.path()).append_some(0, 1);
        let clock = || {
            assert!(!FAILS.swap(false, Ordering::AcqRel), "a clock that fails once");
            now()
        };
        let shared = shared(Settings { now: clock, ..settings(dir.path()) }, Tokens::default());
        let appends = Appends::start(&shared).unwrap();
        assert_eq!(appends.append(handed(1)).await.unwrap_err().code, "failed");
        while !shared.last_append.has_failed() {
            tokio::task::yield_now().await;
        }
        assert_eq!(appends.append(handed(2)).await.unwrap().to_json().matches("\"new\":1").count(), 1);
        assert!(!shared.last_append.has_failed());
    }
}
