//! The keys of a rulebook by which an area is scored: what each says, and a rulebook in which one says what it said before.

use std::collections::BTreeMap;

use ledger::{Area, Date, Metric};

use super::metric::Rule;
use super::names::{Family, Part, Track, TrackScope};
use super::products::Products;
use super::row::{DatedRow, choose};
use super::skill::Skill;
use super::table::ScopedRow;
use super::track::TrackMode;
use super::{Rulebook, choose_scoped};

/// A key by which an area is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleKey {
    /// That of the area's tracks.
    Track(Area),
    /// That of a metric, with its products and its certifications.
    Metric(Area, Metric),
}

/// What a key says on a day, on a track: its rows, its list and its products, as far as it has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyTerms<'r> {
    mode: Option<&'r TrackMode>,
    rule: Option<&'r Rule>,
    skill: Option<&'r Skill>,
    list: Option<&'r Vec<String>>,
    products: Vec<&'r Products>,
}

impl RuleKey {
    /// Those of an area: its tracks, then its metrics.
    pub(crate) fn of(area: Area) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Track(area)).chain(Metric::ALL.iter().map(move |metric| Self::Metric(area, *metric)))
    }

    /// The key as a rulebook has it: `azure`, `azure.deployments`, `security.intermediate_certifications`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Track(area) => Family::of(area).to_string(),
            Self::Metric(area, metric) if Family::of(area).metrics().any(|of_usage| of_usage == metric) => {
                format!("{}.{metric}", Family::of(area))
            }
            Self::Metric(area, metric) => format!("{area}.{metric}"),
        }
    }
}

impl KeyTerms<'_> {
    /// Whether the key is used, which means that it has a row.
    pub(crate) fn is_used(&self) -> bool {
        self.mode.is_some() || self.rule.is_some() || self.skill.is_some()
    }
}

impl Rulebook {
    /// What a key says.
    pub(crate) fn terms(&self, key: RuleKey, track: Track, day: Date) -> KeyTerms<'_> {
        match key {
            RuleKey::Track(area) => {
                KeyTerms { mode: self.track(area, day).map(|chosen| &chosen.row.value), ..KeyTerms::default() }
            }
            RuleKey::Metric(area, metric) => KeyTerms {
                mode: None,
                rule: self.rule(area, metric, track, day).map(|chosen| &chosen.row.value),
                skill: self.skill(area, metric, track, day).map(|chosen| &chosen.row.value),
                list: self.certification_list(area, metric, day).map(|chosen| &chosen.row.value),
                products: self.products_of(area, metric, day).collect(),
            },
        }
    }

    /// The same rulebook, in which a key says at all times what it says in another one on a day. Of what the other one
    /// has no rows, its own stay.
    pub(crate) fn keeping(&self, other: &Self, key: RuleKey, day: Date) -> Self {
        let (mut rules, before) = (self.rules.clone(), &other.rules);
        match key {
            RuleKey::Track(area) => keep(&mut rules.track, &before.track, Family::of(area), day),
            RuleKey::Metric(area, metric) => {
                keep_scoped(&mut rules.rule, &before.rule, (Family::of(area), metric), day);
                keep_scoped(&mut rules.skill, &before.skill, (area, metric), day);
                keep(&mut rules.certification_list, &before.certification_list, (area, metric), day);
                for part in Part::of(Family::of(area), metric).iter().copied().map(Some).chain([None]) {
                    keep(&mut rules.products, &before.products, (Family::of(area), metric, part), day);
                }
            }
        }
        Self { rules, ..self.clone() }
    }
}

type Rows<K, R> = BTreeMap<K, Vec<R>>;

/// Lets the row that holds on a day stand alone.
fn keep<K: Ord, T: Clone>(rows: &mut Rows<K, DatedRow<T>>, before: &Rows<K, DatedRow<T>>, key: K, day: Date) {
    if let Some(chosen) = before.get(&key).and_then(|rows| choose(rows.iter(), day)) {
        rows.insert(key, vec![chosen.row.clone()]);
    }
}

/// Lets the row of each track that holds on a day stand alone.
fn keep_scoped<K: Ord, T: Clone>(rows: &mut Rows<K, ScopedRow<T>>, before: &Rows<K, ScopedRow<T>>, key: K, day: Date) {
    let chosen = |track: &Track| {
        let choose =
            |rows: &Rows<K, ScopedRow<T>>| choose_scoped(rows.get(&key)?, *track, day).map(|chosen| chosen.row.clone());
        let scope = TrackScope::from_name(track.name())?;
        choose(before).map(|row| vec![ScopedRow { scope, row }]).or_else(|| {
            let own = rows.get(&key)?.iter().filter(|own| own.scope.serves(*track));
            Some(own.map(|own| ScopedRow { scope, row: own.row.clone() }).collect())
        })
    };
    let kept: Vec<ScopedRow<T>> = Track::ALL.iter().filter_map(chosen).flatten().collect();
    if !kept.is_empty() {
        rows.insert(key, kept);
    }
}
