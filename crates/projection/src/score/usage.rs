//! What the usage of a partner's customers comes to at one standpoint: kept as long as nothing changes it, so that a
//! step that concerns certifications or the classes of customers alone does not compute it again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, CustomerId, Month, Segment};

use super::answer::MetricScore;
use crate::memory::Memo;
use crate::rulebook::{AssociationList, Track};
use crate::scene::{RowNotes, Scene};

/// What usage comes to.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    metrics: Memo<(Area, Track), (Vec<MetricScore>, RowNotes)>,
    classified: RefCell<BTreeMap<Area, Classes>>,
    totals: Memo<Area, (i128, RowNotes)>,
}

/// The customers whose classes decide about the track of an area.
#[derive(Debug, Default)]
struct Classes {
    is_smb: BTreeMap<CustomerId, bool>,
    smb: i128,
    all: i128,
}

impl Usage {
    /// Whether an area was scored.
    pub(crate) fn knows(&self, area: Area) -> bool {
        self.metrics.has(|(known, _)| *known == area)
    }

    /// Keeps what the metrics of a track of an area come to.
    pub(crate) fn keep(&self, month: Month, of: (Area, Track), metrics: Vec<MetricScore>) {
        self.metrics.get_or(month, &of, || (metrics, RowNotes::default()));
    }

    /// Keeps what decides about the class: how many of the customers are small and medium businesses, and the consumption.
    pub(crate) fn keep_class(&self, month: Month, area: Area, ((smb, all), total): ((i128, i128), i128)) {
        self.classified.borrow_mut().insert(area, Classes { is_smb: BTreeMap::new(), smb, all });
        self.totals.get_or(month, &area, || (total, RowNotes::default()));
    }

    /// The metrics of an area by a track.
    pub(super) fn metrics(&self, scene: &Scene<'_>, make: impl FnOnce() -> Vec<MetricScore>) -> Vec<MetricScore> {
        let (metrics, rows) = self.metrics.get_or(scene.measured, &(scene.area, scene.track), || {
            let mut metrics = make();
            for metric in &mut metrics {
                metric.because.clear();
            }
            (metrics, scene.rows.clone())
        });
        scene.rows.add(&rows);
        metrics
    }

    /// What [`Scene::share_of_smb`] counts.
    pub(super) fn share_of_smb(&self, scene: &Scene<'_>, list: &AssociationList) -> (i128, i128) {
        let mut classified = self.classified.borrow_mut();
        let of_area = classified.entry(scene.area).or_insert_with(|| {
            let is_smb: BTreeMap<CustomerId, bool> = scene.classes(list).collect();
            let smb = is_smb.values().map(|is_smb| i128::from(*is_smb)).sum();
            Classes { smb, all: is_smb.len() as i128, is_smb }
        });
        (of_area.smb, of_area.all)
    }

    /// The consumption that decides about the track of an area.
    pub(super) fn total(&self, scene: &Scene<'_>, make: impl FnOnce() -> i128) -> i128 {
        let (total, rows) = self.totals.get_or(scene.measured, &scene.area, || (make(), scene.rows.clone()));
        scene.rows.add(&rows);
        total
    }

    /// Takes in the class of a customer; returns the areas about whose track it decides otherwise than before.
    pub(crate) fn classify(&mut self, customer: CustomerId, segment: Option<Segment>) -> BTreeSet<Area> {
        let is_smb = segment == Some(Segment::Smb);
        let mut changed = BTreeSet::new();
        for (area, of_area) in self.classified.get_mut() {
            let Some(was_smb) = of_area.is_smb.get_mut(&customer).filter(|was_smb| **was_smb != is_smb) else {
                continue;
            };
            *was_smb = is_smb;
            of_area.smb += if is_smb { 1 } else { -1 };
            changed.insert(*area);
        }
        changed
    }
}
