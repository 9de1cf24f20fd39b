//! Group commit: many producers, one writer, one sync for all that wait.

use std::io;

use super::concurrency::{mpsc, oneshot, thread};
use crate::admission::{Outcome, PreparedEvents};
use crate::error::AppendError;
use crate::event::Event;
use crate::ledger::{Ledger, prepare};
use crate::time::Timestamp;

/// Batches that may wait before a producer does.
const WAITING: usize = 1_024;

/// Appends for many producers at the same time.
///
/// A thread of its own has the ledger. It takes every batch that waits, judges each on its own, and commits what it took as one:
/// a batch that is refused fails alone and leaves nothing, and each of the others is answered when it is durable (L5).
/// Batches are taken in the order in which they came. When the last clone is dropped the ledger is closed.
#[derive(Clone, Debug)]
pub struct Appender {
    sender: mpsc::Sender<Message>,
}

#[derive(Debug)]
enum Message {
    Append(PreparedEvents, oneshot::Sender<Answer>),
    Close(oneshot::Sender<Ledger>),
}

type Answer = Result<Vec<Outcome>, AppendError>;

impl Appender {
    /// Starts the thread; `clock` says what time it is, once for each batch.
    ///
    /// # Errors
    /// That of the operating system when it has no thread to give; the ledger is closed then.
    pub fn start(ledger: Ledger, clock: impl Fn() -> Timestamp + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING);
        thread::Builder::new().spawn(move || run(ledger, receiver, &clock))?;
        Ok(Self { sender })
    }

    /// Appends events, all or none, and returns when they are durable.
    ///
    /// A future that is dropped before it is done says nothing about its batch.
    ///
    /// # Errors
    /// As [`Ledger::append`], and [`AppendError::Closed`].
    pub async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, AppendError> {
        let (answer, answered) = oneshot::channel();
        let handed = prepare(&events);
        self.sender.send(Message::Append(handed, answer)).await.map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// Stops when what came before is done, and gives the ledger back.
    ///
    /// # Errors
    /// [`AppendError::Closed`] when it was closed before.
    pub async fn close(self) -> Result<Ledger, AppendError> {
        let (answer, answered) = oneshot::channel();
        self.sender.send(Message::Close(answer)).await.map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)
    }
}

fn run(mut ledger: Ledger, mut receiver: mpsc::Receiver<Message>, clock: &dyn Fn() -> Timestamp) {
    while let Some(first) = receiver.blocking_recv() {
        let mut group = Group::default();
        let mut next = Some(first);
        let mut close = None;
        while let Some(message) = next {
            match message {
                Message::Append(events, answer) => group.stage(&mut ledger, &events, clock(), answer),
                Message::Close(answer) => {
                    close = Some(answer);
                    break;
                }
            }
            // A group has an end, so that those who wait are answered.
            next = if group.staged.len() < WAITING { receiver.try_recv().ok() } else { None };
        }
        group.commit(&mut ledger);
        if let Some(answer) = close {
            // Those who come later find the channel closed. One that is about to send still gets through, and would
            // wait without end for the answer to a message that nobody takes.
            receiver.close();
            while receiver.blocking_recv().is_some() {}
            // The ledger ends here when nobody waits for it.
            drop(answer.send(ledger));
            return;
        }
    }
}

/// The batches of one commit.
#[derive(Default)]
struct Group {
    staged: Vec<(Vec<Outcome>, oneshot::Sender<Answer>)>,
    failure: Option<AppendError>,
}

impl Group {
    fn stage(&mut self, ledger: &mut Ledger, events: &PreparedEvents, now: Timestamp, answer: oneshot::Sender<Answer>) {
        let size = ledger.writer.size();
        match ledger.stage_all(events, now) {
            Ok(outcomes) => self.staged.push((outcomes, answer)),
            Err(error) => {
                // Judging leaves nothing behind; staging that failed may have left a part of the batch.
                if ledger.writer.size() != size {
                    self.failure = Some(error.clone());
                }
                answer_with(answer, Err(error));
            }
        }
    }

    fn commit(self, ledger: &mut Ledger) {
        let committed = match self.failure {
            Some(error) => Err(error),
            None => ledger.writer.make_durable().map_err(AppendError::from),
        };
        if committed.is_err() {
            ledger.rollback();
        }
        for (outcomes, answer) in self.staged {
            answer_with(answer, committed.clone().map(|()| outcomes));
        }
        // The producers go on meanwhile.
        ledger.writer.settle();
    }
}

/// Answers a producer. It is no error when the producer no longer waits.
fn answer_with(answer: oneshot::Sender<Answer>, with: Answer) {
    drop(answer.send(with));
}
