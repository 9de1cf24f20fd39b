//! A ledger and its peers over the same facts, asked in turns.

use std::time::{Duration, Instant};

use ledger::{Area, Reader};
use projection::rulebook::Rulebook;
use projection::{Desk, History};

use crate::Outcome;
use crate::events::Partner;
use crate::questions::{self, Occasion, Peer};
use crate::timing::{millis, timed};
use crate::workbench::Workbench;

/// Questions about a partner, at most.
const QUESTIONS: u64 = 200;
/// How long a partner is asked about, for each ledger.
const A_PARTNER: Duration = Duration::from_millis(2_500);
/// Questions that are asked all the same.
const FEWEST: u64 = 3;

/// A ledger and its peers over the same facts, and what the answers about a partner took.
pub(super) struct Contest {
    /// The events of the ledger.
    pub(super) events: u64,
    /// Those that are asked in SQL.
    pub(super) peers: Vec<Box<dyn Peer>>,
    /// What they took.
    pub(super) times: Times,
    reader: Reader,
    most_events: u64,
}

/// Milliseconds of answers about a partner.
#[derive(Default)]
pub(super) struct Times {
    /// Of ours about all areas at a desk.
    pub(super) six_areas: Vec<f64>,
    /// Of ours at a desk about the area that the peers are asked about.
    pub(super) one_area: Vec<f64>,
    /// Of ours about all areas from what is on disk.
    pub(super) from_state: Vec<f64>,
    /// Of each peer's.
    pub(super) peers: Vec<Vec<f64>>,
}

impl Contest {
    /// Opens the ledger, and puts its facts into the tables of the peers.
    pub(super) fn prepare(bench: &mut Workbench, events: u64) -> Outcome<Self> {
        let reader = Reader::open(&bench.ledger(events)?)?;
        bench.say(&format!("  putting {events} events into tables"));
        let peers = questions::peers(&bench.file(events)?, &bench.fresh(&format!("tables-{events}"))?)?;
        let most_events = bench.layout(events).asked().last().map_or(0, |partner| partner.events);
        Ok(Self { events, peers, times: Times::default(), reader, most_events })
    }

    /// Whether the ledger has a partner that is asked about.
    pub(super) fn knows(&self, partner: Partner) -> bool {
        partner.events <= self.most_events
    }

    /// Asks everyone once, so that all is in memory, and compares the answers.
    fn warm(&mut self, asked: &Occasion) -> Outcome<()> {
        self.times = Times { peers: vec![Vec::new(); self.peers.len()], ..Times::default() };
        let scores = questions::score(&self.reader, asked, &[Area::Infrastructure])?;
        let ours = questions::figures(scores.first().ok_or("no score")?)?;
        for peer in &mut self.peers {
            let theirs = peer.figures(asked, self.reader.size())?;
            if theirs != ours {
                return Err(format!("{asked:?}: {} answers {theirs:?}, and we {ours:?}", peer.name()).into());
            }
        }
        Ok(())
    }

    fn ask(&mut self, desk: &Desk<'_>, asked: &Occasion) -> Outcome<()> {
        let Self { reader, peers, times, .. } = self;
        // The one area is asked first, so that its answer is not kept from that about all six.
        times.one_area.push(millis(timed(|| questions::score_at(desk, asked.as_of, &[Area::Infrastructure]))?.0));
        times.six_areas.push(millis(timed(|| questions::score_at(desk, asked.as_of, Area::ALL))?.0));
        for (peer, took) in peers.iter_mut().zip(&mut times.peers) {
            took.push(millis(timed(|| peer.figures(asked, reader.size()))?.0));
        }
        times.from_state.push(millis(timed(|| questions::score(reader, asked, Area::ALL))?.0));
        Ok(())
    }
}

/// Asks every ledger and its peers about a partner, in turns. Our desks were asked about every month before, and the
/// peers have their pages in memory.
pub(super) fn run(bench: &Workbench, partner: Partner, contests: &mut [&mut Contest]) -> Outcome<()> {
    for nth in 0..FEWEST {
        let asked = Occasion::nth(bench.seed, partner, nth)?;
        contests.iter_mut().try_for_each(|contest| contest.warm(&asked))?;
    }
    let history = |contest: &&mut Contest| questions::history(&contest.reader, &partner.account());
    let histories: Vec<History> = contests.iter().map(history).collect::<Outcome<_>>()?;
    let desks: Vec<Desk<'_>> = histories.iter().map(|history| Desk::new(history, Rulebook::builtin())).collect();
    for desk in &desks {
        questions::days_of_every_month()?.try_for_each(|day| questions::score_at(desk, day, Area::ALL))?;
    }
    let start = Instant::now();
    let longest = A_PARTNER * u32::try_from(contests.len())?;
    for nth in 0..bench.scaled(QUESTIONS).max(FEWEST) {
        if nth >= FEWEST && start.elapsed() > longest {
            break;
        }
        let asked = Occasion::nth(bench.seed, partner, FEWEST + nth)?;
        contests.iter_mut().zip(&desks).try_for_each(|(contest, desk)| contest.ask(desk, &asked))?;
    }
    Ok(())
}
