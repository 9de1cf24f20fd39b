//! The events that bring a plan about.

use ledger::{Entry, Event, Fact, PartnerId, Segment, Timestamp, When};
use num_traits::ToPrimitive;
use uuid::Uuid;

use super::{AreaState, Plan, Quantity};
use crate::history::History;
use crate::metrics::supply::Supply;
use crate::metrics::{Addition, supply};
use crate::rulebook::{Family, Rulebook, Track, TrackMode};
use crate::scene::Scene;
use crate::score::score;

/// What a plan is brought about for.
#[derive(Clone, Copy)]
pub struct Events<'a> {
    /// The partner.
    pub partner: &'a PartnerId,
    /// The seq of the first entry that is not known.
    pub next_seq: u64,
    /// Makes an id of a place among those of the plan, always the same, and one that nothing has.
    pub id_of: &'a dyn Fn(usize) -> Uuid,
}

impl Events<'_> {
    /// The events of a plan; none where no event brings it about.
    pub(super) fn of(
        &self,
        state: &AreaState<'_>,
        plan: &Plan,
        history: &History,
        rulebook: &Rulebook,
    ) -> Option<Vec<Event>> {
        let track = state.tracks.iter().find(|track| track.track == plan.track)?;
        let scene = &track.scene;
        let is_azure = Family::of(state.area) == Family::Azure;
        let segment = segment_of(plan.track).filter(|_| is_azure);
        let mut made = Supply::new(self.partner, self.id_of, segment);
        for change in &plan.changes {
            let Quantity { metric, unit, suffix } = &change.quantity;
            let found = track.metrics.iter().find(|found| found.score.metric == *metric)?;
            match &found.usage {
                Some((rule, _)) => {
                    let addition = Addition { unit: *unit, option: suffix.as_deref(), grains: &change.grains };
                    supply(scene, (*metric, rule), &addition, &mut made)?;
                }
                None => people(scene, &change.quantity, change.grains.to_usize()?, &mut made)?,
            }
        }
        if let (TrackMode::Classified(_), Some(track), true) = (state.mode, segment, is_azure)
            && !self.is_on(plan.track, (history, rulebook), &made.events, state)
        {
            let (day, area) = (state.question.as_of, state.area);
            let enrolled = Fact::DesignationEnrolled { area, anniversary: day.succ_opt()?, track: Some(track) };
            made.add(When::At(Timestamp::end_of(day)), enrolled);
        }
        Some(made.events)
    }

    /// Whether the area is on a track with some events.
    fn is_on(
        &self,
        track: Track,
        (history, rulebook): (&History, &Rulebook),
        events: &[Event],
        state: &AreaState<'_>,
    ) -> bool {
        let entry =
            |(seq, event): (u64, &Event)| Entry { seq, recorded_at: Timestamp::from_micros(0), event: event.clone() };
        let mut then = history.clone();
        then.extend(&(self.next_seq..).zip(events).map(entry).collect::<Vec<Entry>>());
        score(&then, rulebook, state.area, &state.question).is_ok_and(|score| score.track == track)
    }
}

/// People with certifications of a list.
fn people(scene: &Scene<'_>, quantity: &Quantity, count: usize, made: &mut Supply<'_>) -> Option<()> {
    let (area, day) = (scene.area, scene.standpoint.rules_on);
    let chosen = scene.rulebook.skill(area, quantity.metric, scene.track, day)?;
    let steps = &chosen.row.value.steps;
    let list = match &quantity.suffix {
        Some(number) => &steps.iter().find(|step| step.step.to_string() == *number)?.certifications,
        None => &scene.rulebook.certification_list(area, quantity.metric, day)?.row.value,
    };
    let certification = scene.earnable(list)?;
    (0..count).try_for_each(|_| made.person(Timestamp::start_of(day), certification))
}

/// The segment that a track is made for.
fn segment_of(track: Track) -> Option<Segment> {
    match track {
        Track::Single => None,
        Track::Enterprise => Some(Segment::Enterprise),
        Track::Smb => Some(Segment::Smb),
    }
}
