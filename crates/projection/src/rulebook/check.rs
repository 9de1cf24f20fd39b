//! What no row shows alone: rows that meet or leave holes, names that lead nowhere, metrics without rows.

use std::collections::{BTreeMap, BTreeSet};

use super::Metric;
use super::error::Problem;
use super::fields::Inspection;
use super::metric::{RuleKind, is_needed, metrics_of_skill};
use super::names::{Family, Track};
use super::row::DatedRow;
use super::rules::Rules;
use super::table::{RowsBySeries, RuleRow, Series, Table, by_series};

/// Finds what is wrong between the rows of a rulebook.
pub(super) fn check(rules: &Rules, inspection: &mut Inspection) {
    let all = by_series(&rules.rows);
    for (series, rows) in &all {
        for pair in rows.windows(2) {
            if let [earlier, later] = pair {
                check_neighbours(earlier, later, &series.key, inspection);
            }
        }
    }
    check_names(rules, inspection);
    if !rules.is_partial {
        check_tables(rules, inspection);
        check_metrics(rules, &all, inspection);
        check_lists(rules, &all, inspection);
    }
}

/// Judges two rows of a series, of which the later follows the earlier.
fn check_neighbours(earlier: &DatedRow<RuleRow>, later: &DatedRow<RuleRow>, key: &str, inspection: &mut Inspection) {
    let rows = earlier.value.describe(key);
    let (first, second) = (earlier.line.min(later.line), earlier.line.max(later.line));
    if earlier.value.track != later.value.track && (earlier.to.is_none() || earlier.from == later.from) {
        let rows = if earlier.line > later.line { rows } else { later.value.describe(key) };
        inspection.add(second, Problem::AllBesideTrack { rows, other: first });
        return;
    }
    if earlier.from == later.from {
        inspection.add(second, Problem::SameFrom { rows, from: later.from, other: first });
        return;
    }
    let Some(to) = earlier.to else { return };
    let (next, other) = (later.from, later.line);
    if to >= next {
        inspection.add(earlier.line, Problem::Overlap { rows, to, next, other });
    } else if to.succ_opt() != Some(next) {
        inspection.add(earlier.line, Problem::Hole { rows, to, next, other });
    }
}

/// Names of certifications and associations must exist, and be declared once.
fn check_names(rules: &Rules, inspection: &mut Inspection) {
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let own = rules.certification.iter().map(|entry| (&entry.code, entry.line));
    let others = rules.certification.iter().flat_map(|entry| entry.other_codes.iter().map(|code| (code, entry.line)));
    for (code, line) in own.chain(others).filter(|(code, _)| !code.is_empty()) {
        if let Some(&other) = codes.get(&code.to_ascii_lowercase()) {
            inspection.add(line, Problem::RepeatedCertification { code: code.clone(), other });
        } else {
            codes.insert(code.to_ascii_lowercase(), line);
        }
    }
    let known: BTreeSet<&str> = rules.certification.iter().map(|entry| entry.code.as_str()).collect();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for end in rules.cert_end.iter().filter(|end| !end.certification.is_empty()) {
        if let Some(&other) = ends.get(end.certification.as_str()) {
            inspection.add(end.line, Problem::RepeatedEnd { code: end.certification.clone(), other });
        } else {
            ends.insert(&end.certification, end.line);
        }
    }
    for (line, code) in std::mem::take(&mut inspection.certifications) {
        if !known.contains(rules.code_of(&code)) {
            inspection.add(line, Problem::UnknownCertification { code });
        }
    }
    let names: BTreeSet<&String> = rules.mechanism.iter().flat_map(|row| &row.value.names).collect();
    for (line, name) in std::mem::take(&mut inspection.associations) {
        if !names.contains(&name) && !rules.mechanism.is_empty() {
            inspection.add(line, Problem::UnknownAssociation { name });
        }
    }
}

/// The programme needs a row in each of the tables that hold for the whole of it.
fn check_tables(rules: &Rules, inspection: &mut Inspection) {
    for table in [Table::Qualification, Table::Window, Table::Membership, Table::Refresh, Table::Mechanism] {
        if !rules.rows.iter().any(|row| row.value.table == table) {
            inspection.add(1, Problem::MissingTable { table: table.name() });
        }
    }
    for row in rules.qualification.iter().filter(|row| row.value.total_min > rules.total_max) {
        let field = "total_min".to_owned();
        let (found, allowed) = (row.value.total_min.to_string(), format!("0 to {}", rules.total_max));
        inspection.add(row.line, Problem::OutOfRange { field, found, allowed });
    }
}

/// Every track of an area needs a row for each metric that the area has.
fn check_metrics(rules: &Rules, all: &RowsBySeries<'_>, inspection: &mut Inspection) {
    for &family in Family::ALL {
        let Some(modes) = rules.track.get(&family) else {
            inspection.add(1, Problem::MissingTrack { key: family.name() });
            continue;
        };
        let mut judged: BTreeSet<Track> = BTreeSet::new();
        for mode in modes {
            for &track in mode.value.tracks().iter().filter(|&&track| judged.insert(track)) {
                for (table, key) in keys(rules, family) {
                    let series = Series { table, key, track: Some(track), part: None, area: None };
                    if !all.contains_key(&series) {
                        inspection.add(mode.line, Problem::MissingMetric { key: series.key, track });
                    }
                }
            }
        }
    }
}

/// The keys of the metrics that the areas of a family must have, and of those that they may have and do have.
fn keys(rules: &Rules, family: Family) -> Vec<(Table, String)> {
    let kinds = RuleKind::of_family(family).filter(|kind| is_used(rules, kind));
    let rule = kinds.map(|kind| (Table::Rule, kind.to_string()));
    let skill = family.areas().flat_map(|area| {
        let is_used = move |metric: &Metric| is_needed(*metric) || rules.skill.contains_key(&(area, *metric));
        metrics_of_skill().filter(is_used).map(move |metric| (Table::Skill, format!("{area}.{metric}")))
    });
    rule.chain(skill).collect()
}

/// Whether the areas of a family must have a metric, or do have it.
fn is_used(rules: &Rules, kind: &RuleKind) -> bool {
    is_needed(kind.metric) || rules.rule.contains_key(&(kind.family, kind.metric))
}

/// Metrics without steps need a list of certifications; metrics in parts need the products of each.
fn check_lists(rules: &Rules, all: &RowsBySeries<'_>, inspection: &mut Inspection) {
    for ((area, metric), rows) in &rules.skill {
        let listless = rows.iter().find(|scoped| scoped.row.value.steps.is_empty());
        if let Some(scoped) = listless.filter(|_| !rules.certification_list.contains_key(&(*area, *metric))) {
            let key = format!("{area}.{metric}");
            inspection.add(scoped.row.line, Problem::NoCertificationList { key });
        }
    }
    for kind in RuleKind::ALL.iter().filter(|kind| is_used(rules, kind)) {
        let key = kind.to_string();
        let series =
            |part| Series { table: Table::Products, key: key.clone(), track: None, part: Some(part), area: None };
        let written = kind.parts.iter().filter_map(|&part| all.get(&series(part))).flatten().map(|row| row.line).min();
        for &part in kind.parts.iter().filter(|&&part| !all.contains_key(&series(part))) {
            if part.has_rates() || written.is_some() {
                let problem = Problem::MissingProducts { key: key.clone(), part: part.name() };
                inspection.add(written.unwrap_or(1), problem);
            }
        }
    }
}
