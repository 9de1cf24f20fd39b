//! Packs the full frames of a large group on a thread of its own, while the next ones are filled.
//!
//! Frames come back in their order, and always as many steps later: what is written to the disk, and when, does not
//! depend on how fast the thread is. Without a thread a frame is packed when it is asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::log::pending::{FrameSpan, Packed, Packer, Pending};
use crate::store::error::AppendError;

/// Packs frames, one after the other, some of them apart.
pub(crate) struct Packing {
    packer: Packer,
    apart: Option<Apart>,
    under_way: VecDeque<Job>,
}

#[derive(Clone)]
struct Job {
    lines: Arc<Pending>,
    span: FrameSpan,
}

/// The two ends of a thread that packs; it ends when they are dropped.
struct Apart {
    jobs: Sender<Job>,
    packed: Receiver<Result<Packed, AppendError>>,
}

impl Packing {
    /// Nothing is under way.
    pub(crate) fn new() -> Self {
        Self { packer: Packer::new(), apart: None, under_way: VecDeque::new() }
    }

    /// Packs a frame at once.
    pub(crate) fn pack(&mut self, lines: &Pending, span: &FrameSpan) -> Result<Packed, AppendError> {
        self.packer.pack(lines, span)
    }

    /// Begins to pack a frame.
    pub(crate) fn begin(&mut self, lines: Pending, span: FrameSpan) {
        if self.under_way.is_empty() && self.apart.is_none() {
            self.apart = start();
        }
        let job = Job { lines: Arc::new(lines), span };
        self.under_way.push_back(job.clone());
        if self.apart.as_ref().is_some_and(|apart| apart.jobs.send(job).is_err()) {
            self.apart = None;
        }
    }

    /// The number of frames that were begun and not finished.
    pub(crate) fn count(&self) -> usize {
        self.under_way.len()
    }

    /// Waits for the frame that was begun first; `None` when none is under way.
    pub(crate) fn finish_first(&mut self) -> Option<Result<Packed, AppendError>> {
        let job = self.under_way.pop_front()?;
        let packed = self.apart.as_ref().map(|apart| apart.packed.recv());
        Some(match packed {
            Some(Ok(packed)) => packed,
            // The thread is gone, or never was: the lines are still here.
            Some(Err(_)) | None => {
                self.apart = None;
                self.packer.pack(&job.lines, &job.span)
            }
        })
    }

    /// Forgets what is under way.
    pub(crate) fn abandon(&mut self) {
        if !self.under_way.is_empty() {
            self.under_way.clear();
            self.apart = None;
        }
    }

    /// The line of an entry whose frame is under way.
    pub(crate) fn line(&self, seq: u64) -> Option<&[u8]> {
        self.under_way.iter().find_map(|job| {
            let at = usize::try_from(seq.checked_sub(job.span.first_seq)?).ok()?;
            job.lines.line(at)
        })
    }
}

/// Starts a thread that packs; none when the operating system has none to give.
fn start() -> Option<Apart> {
    let (jobs, waiting) = channel::<Job>();
    let (done, packed) = channel();
    let pack_all = move || {
        let mut packer = Packer::new();
        for Job { lines, span } in waiting {
            if done.send(packer.pack(&lines, &span)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("pack".to_owned()).spawn(pack_all).ok().map(|_| Apart { jobs, packed })
}

#[cfg(test)]
mod tests {
    use super::{Packing, start};
    use crate::log::pending::{FrameSpan, Packed, Packer, Pending};

    fn lines(first: u64) -> (Pending, FrameSpan) {
        let mut pending = Pending::default();
        for seq in first..first + 10 {
            let micros = i64::try_from(seq).unwrap();
            pending.push(format!("the line of {seq} {}", "x".repeat(100)).as_bytes(), micros);
        }
        let last_recorded_at = i64::try_from(first).unwrap() + 9;
        (pending, FrameSpan { commit: false, first_seq: first, group_first_seq: 0, last_recorded_at })
    }

    fn check(packed: Packed, first: u64) {
        let (pending, span) = lines(first);
        let expected = Packer::new().pack(&pending, &span).unwrap();
        assert_eq!(packed.header, expected.header);
        assert_eq!(packed.bytes, expected.bytes);
        assert_eq!(packed.leaves, expected.leaves);
    }

    #[test]
    fn frames_come_back_in_their_order_with_the_bytes_that_one_packer_makes() {
        let mut packing = Packing::new();
        for first in [0, 10, 20] {
            let (pending, span) = lines(first);
            packing.begin(pending, span);
        }
        assert_eq!(packing.count(), 3);
        assert_eq!(packing.line(15), lines(10).0.line(5));
        assert_eq!(packing.line(30), None);
        for first in [0, 10, 20] {
            check(packing.finish_first().unwrap().unwrap(), first);
        }
        assert!(packing.finish_first().is_none());
    }

    #[test]
    fn what_is_abandoned_never_comes_back() {
        let mut packing = Packing::new();
        for first in [0, 10] {
            let (pending, span) = lines(first);
            packing.begin(pending, span);
            packing.abandon();
            assert!(packing.finish_first().is_none());
        }
        let (pending, span) = lines(20);
        packing.begin(pending, span);
        check(packing.finish_first().unwrap().unwrap(), 20);
    }

    #[test]
    fn frames_are_packed_here_when_the_thread_is_gone() {
        let mut packing = Packing::new();
        let (pending, span) = lines(0);
        packing.begin(pending, span);
        // Another thread that never gets the job, and whose end is gone.
        let mut apart = start().unwrap();
        apart.packed = std::sync::mpsc::channel().1;
        packing.apart = Some(apart);
        check(packing.finish_first().unwrap().unwrap(), 0);
        let (pending, span) = lines(10);
        packing.begin(pending, span);
        check(packing.finish_first().unwrap().unwrap(), 10);
    }
}
