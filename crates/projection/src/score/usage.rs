//! What the usage of a partner's customers comes to at one standpoint: kept as long as nothing changes it, so that a
//! step that concerns certifications or the classes of customers alone does not compute it again. Which customers decide
//! about the track is kept from step to step, and put right for single customers.

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
    /// The month at whose end they have an association, and of which list; none where the customers are not known.
    of: Option<(Month, AssociationList)>,
    is_smb: BTreeMap<CustomerId, bool>,
    smb: i128,
    all: i128,
    /// The customers whose associations are others since.
    stale: BTreeSet<CustomerId>,
}

impl Classes {
    fn read(scene: &Scene<'_>, list: &AssociationList) -> Self {
        let mut classes = Self { of: Some((scene.measured, list.clone())), ..Self::default() };
        for (customer, is_smb) in scene.classes(list) {
            classes.set(customer, Some(is_smb));
        }
        classes
    }

    /// Takes in whether a customer that decides is a small or medium business; none where it does not decide.
    fn set(&mut self, customer: CustomerId, is_smb: Option<bool>) {
        let before = match is_smb {
            Some(is_smb) => self.is_smb.insert(customer, is_smb),
            None => self.is_smb.remove(&customer),
        };
        let count = |is_smb: Option<bool>| (i128::from(is_smb == Some(true)), i128::from(is_smb.is_some()));
        let ((smb, all), (smb_before, all_before)) = (count(is_smb), count(before));
        self.smb += smb - smb_before;
        self.all += all - all_before;
    }
}

impl Usage {
    /// Whether an area was scored.
    pub(crate) fn knows(&self, area: Area) -> bool {
        let is_stale = |classes: &Classes| !classes.stale.is_empty();
        self.metrics.has(|(known, _)| *known == area) && !self.classified.borrow().get(&area).is_some_and(is_stale)
    }

    /// Forgets what metrics and consumption come to.
    pub(crate) fn forget_sums(&mut self) {
        (self.metrics, self.totals) = Default::default();
    }

    /// Takes in that other associations with some customers are known.
    pub(crate) fn forget_customers(&mut self, customers: &BTreeSet<CustomerId>) {
        self.classified.get_mut().values_mut().for_each(|classes| classes.stale.extend(customers));
    }

    /// Keeps what the metrics of a track of an area come to.
    pub(crate) fn keep(&self, month: Month, of: (Area, Track), metrics: Vec<MetricScore>) {
        self.metrics.get_or(month, &of, || (metrics, RowNotes::default()));
    }

    /// Keeps what decides about the class: how many of the customers are small and medium businesses, and the consumption.
    pub(crate) fn keep_class(&self, month: Month, area: Area, ((smb, all), total): ((i128, i128), i128)) {
        self.classified.borrow_mut().insert(area, Classes { smb, all, ..Classes::default() });
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
        let of_area = classified.entry(scene.area).or_insert_with(|| Classes::read(scene, list));
        if of_area.of.as_ref().is_some_and(|(month, known)| (*month, known) != (scene.measured, list)) {
            *of_area = Classes::read(scene, list);
        }
        for customer in std::mem::take(&mut of_area.stale) {
            let decides = scene.associations.has_customer(list, scene.measured, customer);
            of_area.set(customer, decides.then(|| scene.is_smb(customer)));
        }
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
            if of_area.is_smb.get(&customer).is_some_and(|was_smb| *was_smb != is_smb) {
                of_area.set(customer, Some(is_smb));
                changed.insert(*area);
            }
        }
        changed
    }
}
