//! What the appender uses of threads and channels, run by a scheduler that tries many orders.
//!
//! The channels promise what those of `tokio` promise, and no more. They block where those wait: each future here has a
//! thread of its own.

pub(super) use shuttle::thread;

pub(super) mod mpsc {
    //! Messages of many to one, as `tokio::sync::mpsc` has them.

    use std::collections::VecDeque;
    use std::future::{Ready, ready};

    use shuttle::sync::{Arc, Condvar, Mutex};
    use shuttle::thread;

    #[derive(Debug)]
    struct Queue<T> {
        waiting: VecDeque<T>,
        /// Senders that may send and have not yet.
        permits: usize,
        senders: usize,
        is_closed: bool,
    }

    #[derive(Debug)]
    struct Channel<T> {
        state: Mutex<Queue<T>>,
        changed: Condvar,
        most: usize,
    }

    #[derive(Debug)]
    pub(crate) struct Sender<T>(Arc<Channel<T>>);

    #[derive(Debug)]
    pub(crate) struct Receiver<T>(Arc<Channel<T>>);

    pub(crate) fn channel<T>(most: usize) -> (Sender<T>, Receiver<T>) {
        let state = Queue { waiting: VecDeque::new(), permits: 0, senders: 1, is_closed: false };
        let channel = Arc::new(Channel { state: Mutex::new(state), changed: Condvar::new(), most });
        (Sender(Arc::clone(&channel)), Receiver(channel))
    }

    impl<T> Channel<T> {
        fn change<R>(&self, change: impl FnOnce(&mut Queue<T>) -> R) -> R {
            let changed = change(&mut self.state.lock().unwrap());
            self.changed.notify_all();
            changed
        }
    }

    impl<T> Clone for Sender<T> {
        fn clone(&self) -> Self {
            self.0.change(|state| state.senders += 1);
            Self(Arc::clone(&self.0))
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.0.change(|state| state.senders -= 1);
        }
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, message: T) -> Ready<Result<(), T>> {
            ready(self.send_now(message))
        }

        fn send_now(&self, message: T) -> Result<(), T> {
            {
                let mut state = self.0.state.lock().unwrap();
                while !state.is_closed && state.waiting.len() + state.permits >= self.0.most {
                    state = self.0.changed.wait(state).unwrap();
                }
                if state.is_closed {
                    return Err(message);
                }
                state.permits += 1;
            }
            // The other end may be closed from here on. What is sent still gets there.
            thread::yield_now();
            self.0.change(|state| {
                state.permits -= 1;
                state.waiting.push_back(message);
            });
            Ok(())
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn blocking_recv(&mut self) -> Option<T> {
            let mut state = self.0.state.lock().unwrap();
            loop {
                if let Some(message) = state.waiting.pop_front() {
                    self.0.changed.notify_all();
                    return Some(message);
                }
                if (state.is_closed || state.senders == 0) && state.permits == 0 {
                    return None;
                }
                state = self.0.changed.wait(state).unwrap();
            }
        }

        pub(crate) fn try_recv(&mut self) -> Result<T, ()> {
            self.0.change(|state| state.waiting.pop_front()).ok_or(())
        }

        pub(crate) fn close(&mut self) {
            self.0.change(|state| state.is_closed = true);
        }
    }

    impl<T> Drop for Receiver<T> {
        fn drop(&mut self) {
            // What is sent later stays where it is until the last sender is gone.
            let dropped = self.0.change(|state| {
                state.is_closed = true;
                std::mem::take(&mut state.waiting)
            });
            drop(dropped);
        }
    }
}

pub(super) mod oneshot {
    //! One message of one to one, as `tokio::sync::oneshot` has it.

    use std::future::{IntoFuture, Ready, ready};

    use shuttle::sync::mpsc::{self, RecvError, SyncSender};

    #[derive(Debug)]
    pub(crate) struct Sender<T>(SyncSender<T>);

    #[derive(Debug)]
    pub(crate) struct Receiver<T>(mpsc::Receiver<T>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::sync_channel(1);
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(self, message: T) -> Result<(), T> {
            self.0.send(message).map_err(|error| error.0)
        }
    }

    impl<T> IntoFuture for Receiver<T> {
        type Output = Result<T, RecvError>;
        type IntoFuture = Ready<Self::Output>;

        fn into_future(self) -> Self::IntoFuture {
            ready(self.0.recv())
        }
    }
}
