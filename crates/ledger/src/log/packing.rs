//! Packs the full frames of a large group on a thread of its own, while the next ones are filled.
//!
//! Frames come back in their order, and each is waited for at a fixed step. So what is written to the disk, and when,
//! does not depend on how fast the thread is. Frames go to the thread a few at a time, since waking it costs as much as
//! packing one. Frames that it does not have when all are wanted are packed here, and all are where there is no thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::log::error::WriteError;
use crate::log::pending::{PackedFrame, Packer, PendingLines};

/// Frames that go to the thread together.
const AT_ONCE: usize = 4;

/// Packs frames, one after the other, some of them on a thread.
pub(crate) struct Packing {
    packer: Packer,
    apart: Option<PackingThread>,
    /// Frames that the thread has, in their order.
    under_way: VecDeque<Job>,
    /// Frames that came after them, fewer than [`AT_ONCE`].
    waiting: Vec<Job>,
}

/// The lines of a frame that does not commit its group.
type Job = Arc<PendingLines>;

/// The two ends of a thread that packs; it ends when they are dropped.
struct PackingThread {
    jobs: Sender<Vec<Job>>,
    packed: Receiver<Result<PackedFrame, WriteError>>,
}

impl Packing {
    /// Nothing is under way.
    pub(crate) fn new() -> Self {
        Self { packer: Packer::new(), apart: None, under_way: VecDeque::new(), waiting: Vec::new() }
    }

    /// Packs the last frame of a group at once.
    pub(crate) fn pack_last(&mut self, lines: &PendingLines) -> Result<PackedFrame, WriteError> {
        self.packer.pack(lines, true)
    }

    /// Takes a frame to be packed.
    pub(crate) fn begin(&mut self, lines: PendingLines) {
        self.waiting.push(Arc::new(lines));
        if self.waiting.len() < AT_ONCE {
            return;
        }
        if self.under_way.is_empty() && self.apart.is_none() {
            self.apart = start();
        }
        let jobs = std::mem::take(&mut self.waiting);
        self.under_way.extend(jobs.iter().cloned());
        if self.apart.as_ref().is_some_and(|apart| apart.jobs.send(jobs).is_err()) {
            self.apart = None;
        }
    }

    /// Waits until no more than `left` frames are left of those that the thread has; returns the others.
    pub(crate) fn finish_until(&mut self, left: usize) -> Result<Vec<PackedFrame>, WriteError> {
        let mut packed = Vec::new();
        while self.under_way.len() > left
            && let Some(job) = self.under_way.pop_front()
        {
            packed.push(self.finish(&job)?);
        }
        Ok(packed)
    }

    /// Waits until all frames are packed, and returns them.
    pub(crate) fn finish_all(&mut self) -> Result<Vec<PackedFrame>, WriteError> {
        // The thread goes on with what it has meanwhile.
        let waiting = std::mem::take(&mut self.waiting);
        let last: Vec<_> = waiting.iter().map(|job| self.packer.pack(job, false)).collect();
        let mut packed = self.finish_until(0)?;
        for last in last {
            packed.push(last?);
        }
        Ok(packed)
    }

    fn finish(&mut self, job: &Job) -> Result<PackedFrame, WriteError> {
        if let Some(Ok(packed)) = self.apart.as_ref().map(|apart| apart.packed.recv()) {
            return packed;
        }
        // The thread is gone, or never was: the lines are still here.
        self.apart = None;
        self.packer.pack(job, false)
    }

    /// Forgets what is under way.
    pub(crate) fn abandon(&mut self) {
        self.waiting.clear();
        if !self.under_way.is_empty() {
            self.under_way.clear();
            self.apart = None;
        }
    }

    /// The line of an entry whose frame is under way.
    pub(crate) fn line(&self, seq: u64) -> Option<&[u8]> {
        self.under_way.iter().chain(&self.waiting).find_map(|job| job.lines.line(seq))
    }
}

/// Starts a thread that packs; none when the operating system has none to give.
fn start() -> Option<PackingThread> {
    let (jobs, taken) = channel::<Vec<Job>>();
    let (done, packed) = channel();
    let pack_all = move || {
        let mut own = Packer::new();
        for job in taken.into_iter().flatten() {
            if done.send(own.pack(&job, false)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("pack".to_owned()).spawn(pack_all).ok().map(|_| PackingThread { jobs, packed })
}

#[cfg(test)]
mod tests {
    use super::{Packing, start};
    use crate::log::pending::{PackedFrame, Packer, PendingLines};

    fn lines(first: u64) -> PendingLines {
        let mut pending = PendingLines::new(first, 0);
        for seq in first..first + 10 {
            let micros = i64::try_from(seq).unwrap();
            pending.push(format!("the line of {seq} {}", "x".repeat(100)).as_bytes(), micros);
        }
        pending
    }

    fn check(packed: &PackedFrame, first: u64) {
        let expected = Packer::new().pack(&lines(first), false).unwrap();
        assert_eq!(packed.header, expected.header);
        assert_eq!(packed.bytes, expected.bytes);
        assert_eq!(packed.leaves, expected.leaves);
    }

    fn begin(packing: &mut Packing, firsts: impl Iterator<Item = u64>) {
        for first in firsts {
            packing.begin(lines(first));
        }
    }

    fn check_all(packed: &[PackedFrame], firsts: impl Iterator<Item = u64>) {
        let firsts: Vec<u64> = firsts.collect();
        assert_eq!(packed.len(), firsts.len());
        packed.iter().zip(firsts).for_each(|(packed, first)| check(packed, first));
    }

    #[test]
    fn frames_come_back_in_their_order_with_the_bytes_that_one_packer_makes() {
        for count in 0..15 {
            let mut packing = Packing::new();
            let firsts = || (0..count).map(|nth| nth * 10);
            begin(&mut packing, firsts());
            let early = packing.finish_until(2).unwrap();
            let left = early.len();
            check_all(&early, firsts().take(left));
            if count > 0 {
                let last = (count - 1) * 10;
                assert_eq!(packing.line(last + 5), lines(last).lines.line(last + 5));
                assert_eq!(packing.line(last + 10), None);
            }
            check_all(&packing.finish_all().unwrap(), firsts().skip(left));
            check_all(&packing.finish_all().unwrap(), std::iter::empty());
        }
    }

    #[test]
    fn what_is_abandoned_never_comes_back() {
        let mut packing = Packing::new();
        for count in 1..10 {
            begin(&mut packing, (0..count).map(|nth| nth * 10));
            packing.abandon();
            check_all(&packing.finish_all().unwrap(), std::iter::empty());
        }
        begin(&mut packing, (50..57).map(|nth| nth * 10));
        check_all(&packing.finish_all().unwrap(), (50..57).map(|nth| nth * 10));
    }

    #[test]
    fn frames_are_packed_here_when_the_thread_is_gone() {
        let mut packing = Packing::new();
        begin(&mut packing, [0, 10, 20, 30, 40].into_iter());
        // Another thread that never gets the job, and whose end is gone.
        let mut apart = start().unwrap();
        apart.packed = std::sync::mpsc::channel().1;
        packing.apart = Some(apart);
        check_all(&packing.finish_all().unwrap(), [0, 10, 20, 30, 40].into_iter());
        begin(&mut packing, [50, 60, 70, 80].into_iter());
        check_all(&packing.finish_all().unwrap(), [50, 60, 70, 80].into_iter());
    }

    #[test]
    fn a_thread_that_ended_before_it_got_a_frame_holds_nothing_up() {
        let mut packing = Packing::new();
        let (jobs, _) = std::sync::mpsc::channel();
        packing.apart = Some(super::PackingThread { jobs, packed: std::sync::mpsc::channel().1 });
        begin(&mut packing, (0..9).map(|nth| nth * 10));
        check_all(&packing.finish_all().unwrap(), (0..9).map(|nth| nth * 10));
    }
}
