//! Questions that are answered at a time, and those that wait: more are turned away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::problem::Problem;

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

impl Work {
    /// So many places, and so many that wait for one.
    pub(crate) fn new(places: usize, most_waiting: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// Does something that takes the processor, at one of the places. What has begun goes on to its end at its place, even
    /// if nobody waits for it any more.
    ///
    /// # Errors
    /// `busy` when too many wait, or when it takes longer than `most`; `failed` for a panic.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        most: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let waiting = self.waiting.fetch_add(1, Ordering::AcqRel);
        let waits = Waiting(&self.waiting);
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) if waiting >= self.most_waiting => {
                return Err(Problem::busy("too many questions wait for an answer"));
            }
            Err(_) => Arc::clone(&self.places).acquire_owned().await.map_err(|_| Problem::failed())?,
        };
        drop(waits);
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        match tokio::time::timeout(most, done).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::error!("a question ended in a panic: {error}");
                Err(Problem::failed())
            }
            Err(_) => Err(Problem::busy("the answer takes too long")),
        }
    }
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
}
