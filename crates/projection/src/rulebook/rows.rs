//! Reading single rows into their places.

use std::sync::LazyLock;

use ledger::{Area, Mechanism};

use super::Metric;
use super::certification::{CertEnd, Certification};
use super::error::Problem;
use super::fields::Fields;
use super::mechanism::MechanismRow;
use super::metric::{RuleKind, metrics_of_skill};
use super::names::{Family, Part, TrackScope};
use super::products::Products;
use super::program::{Membership, Qualification, Refresh, Window};
use super::row::{DatedRow, check_source};
use super::rules::Rules;
use super::skill::Skill;
use super::table::{RuleRow, ScopedRow, Table};
use super::track::TrackMode;

/// The fields that [`RuleRow`] and [`DatedRow`] have of their own.
const OWN_FIELDS: &[&str] =
    &["key", "keys", "track", "part", "from", "to", "from_basis", "not_before", "not_after", "source", "conf", "note"];
/// The keys of `[[rule]]`.
static RULE_KEYS: LazyLock<Vec<String>> = LazyLock::new(|| RuleKind::ALL.iter().map(ToString::to_string).collect());
/// The keys of `[[skill]]` and `[[certification_list]]`.
static SKILL_KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of_area = |area: &Area| metrics_of_skill().map(|metric| format!("{area}.{metric}")).collect::<Vec<_>>();
    Area::ALL.iter().flat_map(of_area).collect()
});

/// Reads one row into its place.
pub(super) fn read_row(table: Table, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let fields_written = fields.written(OWN_FIELDS);
    let row = RuleRow { table, keys: vec![], track: None, part: None, areas: vec![], fields: fields_written };
    match table {
        Table::Qualification => {
            let dates = file(Some(row), fields, rules);
            rules.qualification.push(dates.with(Qualification::read(fields)));
        }
        Table::Window => {
            let dates = file(Some(row), fields, rules);
            rules.window.push(dates.with(Window::read(fields)));
        }
        Table::Membership => {
            let dates = file(Some(row), fields, rules);
            rules.membership.push(dates.with(Membership::read(fields)));
        }
        Table::Refresh => {
            let dates = file(Some(row), fields, rules);
            rules.refresh.push(dates.with(Refresh::read(fields)));
        }
        Table::Track => read_track(row, fields, rules),
        Table::Rule => read_rule(row, fields, rules),
        Table::Skill => read_skill(row, fields, rules),
        Table::CertificationList => read_certification_list(row, fields, rules),
        Table::Products => read_products(row, fields, rules),
        Table::Mechanism => read_mechanism(row, fields, rules),
        Table::Certification => {
            rules.certification.push(Certification::read(fields, rules.format));
            check_source(fields);
        }
        Table::CertEnd => {
            rules.cert_end.push(CertEnd::read(fields));
            check_source(fields);
        }
    }
}

fn read_track(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some(family) = fields.name("key", "key", Family::NAMES, Family::from_name) else {
        return leave(fields, rules);
    };
    fields.place = format!("{} {family}", fields.place);
    row.keys.push(family.to_string());
    let dates = file(Some(row), fields, rules);
    match TrackMode::read(fields, family) {
        Some(mode) => rules.track.entry(family).or_default().push(dates.with(mode)),
        None => rules.is_partial = true,
    }
}

fn read_rule(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some(kind) = fields.name("key", "key", &RULE_KEYS, RuleKind::from_name) else {
        return leave(fields, rules);
    };
    let scope = read_scope(fields, &mut row, kind.to_string());
    let dates = file(row.track.is_some().then_some(row), fields, rules);
    let row = dates.with((kind.read)(fields));
    rules.rule.entry((kind.family, kind.metric)).or_default().push(ScopedRow { scope, row });
}

fn read_skill(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some((area, metric)) = fields.name("key", "key", &SKILL_KEYS, skill_key) else {
        return leave(fields, rules);
    };
    let key = format!("{area}.{metric}");
    let scope = read_scope(fields, &mut row, key.clone());
    let dates = file(row.track.is_some().then_some(row), fields, rules);
    let is_written_in_steps = fields.has("steps");
    let row = dates.with(Skill::read(fields, &key));
    rules.is_partial |= is_written_in_steps && row.value.steps.is_empty();
    rules.skill.entry((area, metric)).or_default().push(ScopedRow { scope, row });
}

fn read_certification_list(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some((area, metric)) = fields.name("key", "key", &SKILL_KEYS, skill_key) else {
        return leave(fields, rules);
    };
    row.keys.push(format!("{area}.{metric}"));
    fields.place = format!("{} {area}.{metric}", fields.place);
    let dates = file(Some(row), fields, rules);
    let list = fields.certifications("certifications");
    rules.certification_list.entry((area, metric)).or_default().push(dates.with(list));
}

fn read_products(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let errors = fields.errors();
    let kinds = fields.known("keys", "key", &RULE_KEYS, RuleKind::from_name);
    let part = fields.optional_name("part", "part", Part::NAMES, Part::from_name);
    if fields.are_sound_since(errors) {
        check_part(&kinds, part, fields);
    }
    let is_sound = fields.are_sound_since(errors);
    row.keys = kinds.iter().map(ToString::to_string).collect();
    row.part = part;
    fields.place = format!("{} {}", fields.place, row.keys.join(", "));
    let dates = file(is_sound.then_some(row), fields, rules);
    let products = Products::read(fields, is_sound.then(|| part.is_some_and(Part::has_rates)));
    for kind in kinds {
        rules.products.entry((kind.family, kind.metric, part)).or_default().push(dates.with(products.clone()));
    }
}

/// A metric that is divided into parts has no products outside of them, and the other way round.
fn check_part(kinds: &[&RuleKind], part: Option<Part>, fields: &mut Fields<'_, '_>) {
    for kind in kinds {
        let key = kind.to_string();
        match part {
            None if !kind.parts.is_empty() => fields.refuse(Problem::MissingPart { key }),
            Some(part) if !kind.parts.contains(&part) => fields.refuse(Problem::WrongPart { key, part: part.name() }),
            Some(_) | None => {}
        }
    }
}

fn read_mechanism(mut row: RuleRow, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let errors = fields.errors();
    let named = fields.name("mechanism", "mechanism", Mechanism::NAMES, Mechanism::from_name);
    let mechanism = MechanismRow::read(fields, named);
    row.keys.push(match mechanism.role {
        Some(role) => format!("{}.{role}", mechanism.mechanism),
        None => mechanism.mechanism.to_string(),
    });
    row.areas.clone_from(&mechanism.areas);
    let is_sound = fields.are_sound_since(errors);
    let dates = file(is_sound.then_some(row), fields, rules);
    rules.mechanism.push(dates.with(mechanism));
}

/// Gives up a row whose key is not known: nothing in it can be judged.
fn leave(fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    fields.pass_over_all();
    rules.is_partial = true;
}

/// Reads the tracks that a row with this key serves.
fn read_scope(fields: &mut Fields<'_, '_>, row: &mut RuleRow, key: String) -> TrackScope {
    fields.place = format!("{} {key}", fields.place);
    row.keys.push(key);
    row.track = fields.name("track", "track", TrackScope::NAMES, TrackScope::from_name);
    row.track.unwrap_or(TrackScope::All)
}

/// Reads the dates and the source of a row, and files it under its keys, if those are known.
fn file(row: Option<RuleRow>, fields: &mut Fields<'_, '_>, rules: &mut Rules) -> DatedRow<()> {
    let errors = fields.errors();
    let dates = DatedRow::read(fields);
    match row.filter(|_| fields.are_sound_since(errors)) {
        Some(row) => rules.rows.push(dates.with(row)),
        None => rules.is_partial = true,
    }
    dates
}

fn skill_key(key: &str) -> Option<(Area, Metric)> {
    let (area, metric) = key.split_once('.')?;
    Area::from_name(area).zip(metrics_of_skill().find(|known| known.name() == metric))
}
