//! A value on a thread of its own, for what may panic or hang: neither ends whoever asks it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// What is done with the value; whether it goes on.
type Operation<T> = Box<dyn FnOnce(&T) -> bool + Send>;

/// A value that is made, used and dropped on its thread. After a failure there it is as if it were gone.
#[derive(Debug)]
pub(crate) struct Apart<T> {
    operations: Option<Sender<Operation<T>>>,
    /// Told when the value was dropped.
    ended: Receiver<()>,
    name: &'static str,
    is_broken: Cell<bool>,
    limit: Duration,
}

/// Why a value was not made.
#[derive(Debug)]
pub(crate) enum NotMade<E> {
    /// The operating system has no thread to give.
    NoThread,
    /// Making it failed.
    Failed(E),
    /// Making it panicked.
    Panicked,
    /// Making it took too long, and may go on.
    TimedOut,
}

impl<T: 'static> Apart<T> {
    /// Makes a value in at most the time of `making`; whatever is done with it then may take `limit`.
    pub(crate) fn make<E: Send + 'static>(
        name: &'static str,
        making: Duration,
        limit: Duration,
        make: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<Self, NotMade<E>> {
        let (operations, asked) = mpsc::channel::<Operation<T>>();
        let (readiness, is_made) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let serve = move || {
            match catch_unwind(AssertUnwindSafe(make)) {
                Ok(Ok(value)) => {
                    if readiness.send(Ok(())).is_ok() {
                        asked.into_iter().all(|operation| operation(&value));
                    }
                    // What panics here ends the thread, and nothing else.
                    drop(value);
                    let _nobody_waits = ending.send(());
                }
                Ok(Err(error)) => drop(readiness.send(Err(error))),
                Err(panic) => forget(panic),
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(serve).map_err(|_| NotMade::NoThread)?;
        match is_made.recv_timeout(making) {
            Ok(Ok(())) => Ok(Self { operations: Some(operations), ended, name, is_broken: Cell::new(false), limit }),
            Ok(Err(error)) => Err(NotMade::Failed(error)),
            Err(RecvTimeoutError::Disconnected) => Err(NotMade::Panicked),
            Err(RecvTimeoutError::Timeout) => Err(NotMade::TimedOut),
        }
    }

    /// Does something with the value; `None` when that failed, panicked or took too long, now or before.
    pub(crate) fn with<R: Send + 'static, E>(
        &self,
        operation: impl FnOnce(&T) -> Result<R, E> + Send + 'static,
    ) -> Option<R> {
        if self.is_broken.get() {
            return None;
        }
        let (answer, answered) = mpsc::channel();
        let operation: Operation<T> = Box::new(move |value| {
            let done = catch_unwind(AssertUnwindSafe(|| operation(value)));
            let done = done.map_err(forget).ok().and_then(Result::ok);
            let goes_on = done.is_some();
            // Nobody waits any more when it took too long.
            drop(answer.send(done));
            goes_on
        });
        let sent = self.operations.as_ref().is_some_and(|operations| operations.send(operation).is_ok());
        let done = if sent { answered.recv_timeout(self.limit).ok().flatten() } else { None };
        self.is_broken.set(done.is_none());
        done
    }

    /// Whether something failed.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.get()
    }
}

impl<T> Drop for Apart<T> {
    /// Waits until the value was dropped, unless something failed before.
    fn drop(&mut self) {
        drop(self.operations.take());
        if !self.is_broken.get() && self.ended.recv_timeout(self.limit).is_err() {
            tracing::warn!("the {} was not closed as it should be, and may be made again", self.name);
        }
    }
}

/// Leaves what a panic carries where it is: dropping it could panic again.
fn forget(panic: Box<dyn Any + Send>) {
    std::mem::forget(panic);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Attempt = Box<dyn FnOnce(&u32) -> Result<u32, ()> + Send>;

    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(20);

    /// What fails when it is dropped, as a store does whose last sync fails.
    struct Failing(Sender<&'static str>);

    impl Drop for Failing {
        fn drop(&mut self) {
            self.0.send("dropped").unwrap();
            panic!("a sync failed");
        }
    }

    fn make<T: 'static>(limit: Duration, make: impl FnOnce() -> T + Send + 'static) -> Result<Apart<T>, NotMade<()>> {
        Apart::make("apart", limit, limit, move || Ok(make()))
    }

    #[test]
    fn a_value_that_fails_when_it_is_dropped_fails_alone() {
        let (sender, dropped) = mpsc::channel();
        let apart = make(LONG, move || Failing(sender)).unwrap();
        assert_eq!(apart.with(|_| Ok::<_, ()>(5)), Some(5));
        drop(apart);
        assert_eq!(dropped.try_recv(), Ok("dropped"), "it was waited for");
    }

    #[test]
    fn what_fails_panics_or_hangs_is_as_if_it_were_gone() {
        let fail = |_: &u32| Err::<u32, ()>(());
        let panic = |_: &u32| -> Result<u32, ()> { panic!("it is damaged") };
        let (_never, forever) = mpsc::channel::<()>();
        let hang = move |_: &u32| forever.recv().map(|()| 0).map_err(drop);
        let operations: [(Duration, Attempt); 3] =
            [(LONG, Box::new(fail)), (LONG, Box::new(panic)), (SHORT, Box::new(hang))];
        for (limit, operation) in operations {
            let apart = Apart::make("apart", LONG, limit, || Ok::<_, ()>(7)).unwrap();
            assert_eq!(apart.with(|value| Ok::<_, ()>(*value)), Some(7));
            assert_eq!(apart.with(operation), None);
            assert!(apart.is_broken());
            assert_eq!(apart.with(|value| Ok::<_, ()>(*value)), None, "it stays gone");
        }
    }

    #[test]
    fn a_value_that_is_not_made_is_told() {
        let panicked = Apart::<()>::make("apart", LONG, LONG, || -> Result<(), ()> { panic!("it is damaged") });
        assert!(matches!(panicked, Err(NotMade::Panicked)));
        let failed = Apart::<()>::make("apart", LONG, LONG, || Err(5));
        assert!(matches!(failed, Err(NotMade::Failed(5))));
        let (_never, forever) = mpsc::channel::<()>();
        assert!(matches!(make(SHORT, move || forever.recv().is_ok()), Err(NotMade::TimedOut)));
    }
}
