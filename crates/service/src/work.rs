//! Questions that are answered at a time, and those that wait: more are turned away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use app::interrupt::Interrupt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// The signal that stands for nobody who waits any more, as of a terminal that is gone (SIGHUP).
const UNWANTED: u8 = 1;

/// The places at which questions are answered.
pub(crate) struct Work {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// Somebody who waits, until it is dropped.
struct Waiting<'w>(&'w AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Work that somebody waits for: it is interrupted when nobody does any more, since it took too long, the client went away
/// or the service ends.
struct WaitedFor(Interrupt);

impl Drop for WaitedFor {
    fn drop(&mut self) {
        // What is done already is not interrupted.
        let _: bool = self.0.raise(UNWANTED);
    }
}

impl Work {
    /// So many places, and so many that wait for one.
    pub(crate) fn new(places: usize, most_waiting: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// Does something that takes the processor, at one of the places. What has begun goes on to its end at its place, even
    /// if nobody waits for it any more, unless it looks at the interrupt, which is raised then.
    ///
    /// # Errors
    /// `busy` when too many wait, or when it takes longer than `most` to wait and be done; `failed` for a panic.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        most: Duration,
        work: impl FnOnce(Interrupt) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let done = async {
            let place = self.place().await?;
            let waited_for = WaitedFor(Interrupt::default());
            let interrupt = waited_for.0.clone();
            aside(move || {
                let _place = place;
                work(interrupt)
            })
            .await
        };
        tokio::time::timeout(most, done).await.unwrap_or_else(|_| Err(Problem::busy("the answer takes too long")))
    }

    /// Does the same with what looks at no interrupt.
    ///
    /// # Errors
    /// Those of [`Work::ask`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        most: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.ask(most, |_| work()).await
    }

    /// Waits for a place.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let waiting = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waits = Waiting(&self.waiting);
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Ok(place),
            Err(_) if waiting >= self.most_waiting => Err(Problem::busy("too many questions wait for an answer")),
            Err(_) => Arc::clone(&self.places).acquire_owned().await.map_err(|_| Problem::failed()),
        }
    }
}

/// Does something on a thread that may wait for a disk.
///
/// # Errors
/// `failed` for a panic.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!("a question ended in a panic: {error}");
        Problem::failed()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Work;

    #[tokio::test(flavor = "multi_thread")]
    async fn those_that_find_no_place_wait_and_too_many_are_turned_away() {
        let work = Arc::new(Work::new(1, 1));
        let (release, held) = mpsc::channel::<()>();
        let minute = Duration::from_mins(1);
        let first = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.run(minute, move || held.recv().is_ok()).await.unwrap() }
        });
        while work.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.run(minute, || 2).await.unwrap() }
        });
        while work.waiting.load(std::sync::atomic::Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(work.run(minute, || 3).await.unwrap_err().code, "busy");
        release.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (true, 2));
    }

    #[tokio::test]
    async fn what_takes_too_long_and_what_panics_is_told() {
        let work = Work::new(2, 1);
        let (release, held) = mpsc::channel::<()>();
        let late = work.run(Duration::from_millis(1), move || held.recv().is_ok()).await;
        assert_eq!(late.unwrap_err().code, "busy");
        drop(release);
        let panicked = work.run(Duration::from_mins(1), || panic!("a secret")).await;
        assert_eq!(panicked.unwrap_err().code, "failed");
    }
    #[tokio::test(start_paused = true)]
    async fn the_time_to_wait_for_a_place_counts() {
        let work = Work::new(1, 1);
        let minute = Duration::from_mins(1);
        let _place = work.place().await.unwrap();
        assert_eq!(work.run(minute, || 2).await.unwrap_err().detail(), "the answer takes too long");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_interrupted() {
        let work = Work::new(1, 1);
        let (sender, interrupts) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let late = work.ask(Duration::from_millis(1), move |interrupt| {
            sender.send(interrupt).unwrap();
            held.recv().is_ok()
        });
        assert_eq!(late.await.unwrap_err().code, "busy");
        assert_eq!(interrupts.recv().unwrap().check().unwrap_err().code(), "interrupted");
        drop(release);
    }
}
