//! Everything that a rulebook says, filed for the questions that are asked.

use std::collections::BTreeMap;

use ledger::{Area, Date};

use super::Metric;
use super::certification::{CertEnd, Certification};
use super::mechanism::MechanismRow;
use super::metric::Rule;
use super::names::{Family, Part};
use super::products::Products;
use super::program::{Membership, Qualification, Refresh, Window};
use super::row::DatedRow;
use super::skill::Skill;
use super::sources::Sources;
use super::table::{RuleRow, ScopedRow};
use super::track::TrackMode;

/// Everything that a rulebook says.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) format: u32,
    pub(super) program_start: Date,
    pub(super) total_max: u32,
    pub(super) latest_evidence: Option<Date>,
    pub(super) qualification: Vec<DatedRow<Qualification>>,
    pub(super) window: Vec<DatedRow<Window>>,
    pub(super) membership: Vec<DatedRow<Membership>>,
    pub(super) refresh: Vec<DatedRow<Refresh>>,
    pub(super) track: BTreeMap<Family, Vec<DatedRow<TrackMode>>>,
    pub(super) rule: BTreeMap<(Family, Metric), Vec<ScopedRow<Rule>>>,
    pub(super) skill: BTreeMap<(Area, Metric), Vec<ScopedRow<Skill>>>,
    pub(super) certification_list: BTreeMap<(Area, Metric), Vec<DatedRow<Vec<String>>>>,
    pub(super) products: BTreeMap<(Family, Metric, Option<Part>), Vec<DatedRow<Products>>>,
    pub(super) mechanism: Vec<DatedRow<MechanismRow>>,
    pub(super) certification: Vec<Certification>,
    pub(super) cert_end: Vec<CertEnd>,
    /// Other codes of certifications, with the code as which they are read.
    pub(super) other_codes: BTreeMap<String, String>,
    /// What the signs of the rows stand for.
    pub(super) sources: Sources,
    /// Every dated row as it is written.
    pub(super) rows: Vec<DatedRow<RuleRow>>,
    /// A row could not be filed: what is missing cannot be told.
    pub(super) is_partial: bool,
}

impl Rules {
    /// The code as which a code is read.
    pub(super) fn code_of<'c>(&'c self, code: &'c str) -> &'c str {
        self.other_codes.get(code).map_or(code, String::as_str)
    }

    /// Reads the other codes of certifications in lists and ends, once the whole catalogue is known.
    pub(super) fn settle_codes(&mut self) {
        let other_codes: BTreeMap<String, String> = self
            .certification
            .iter()
            .flat_map(|entry| entry.other_codes.iter().map(|other| (other.clone(), entry.code.clone())))
            .collect();
        let steps = self.skill.values_mut().flatten().flat_map(|scoped| &mut scoped.row.value.steps);
        let lists = steps.map(|step| &mut step.certifications);
        let lists = lists.chain(self.certification_list.values_mut().flatten().map(|row| &mut row.value));
        let codes = lists.flatten().chain(self.cert_end.iter_mut().map(|end| &mut end.certification));
        for code in codes {
            if let Some(read_as) = other_codes.get(code) {
                code.clone_from(read_as);
            }
        }
        self.other_codes = other_codes;
    }
}
