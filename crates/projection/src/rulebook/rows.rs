//! Reading single rows into their places.

use ledger::{Area, Mechanism};

use super::certification::{CertEnd, Certification};
use super::deployments::Deployments;
use super::error::Problem;
use super::fields::Fields;
use super::mechanism::MechanismRow;
use super::names::{Family, Metric, Part, SkillMetric, TrackScope};
use super::net_customer_adds::NetCustomerAdds;
use super::products::Products;
use super::program::{Qualification, Refresh, Window, check_membership};
use super::row::Dated;
use super::rules::Rules;
use super::skill::Skill;
use super::table::{Row, Scoped, Table};
use super::track::TrackMode;
use super::usage_growth::UsageGrowth;

/// The fields that [`Row`] and [`Dated`] have of their own.
const OWN_FIELDS: &[&str] =
    &["key", "keys", "track", "part", "from", "to", "from_basis", "not_before", "not_after", "source", "conf", "note"];
/// The keys of `[[rule]]`.
const RULE_KEYS: &[&str] = &[
    "azure.net_customer_adds",
    "azure.usage_growth",
    "azure.deployments",
    "business_applications.net_customer_adds",
    "business_applications.usage_growth",
    "business_applications.deployments",
    "modern_work.net_customer_adds",
    "modern_work.usage_growth",
    "modern_work.deployments",
    "security.net_customer_adds",
    "security.usage_growth",
    "security.deployments",
];
/// The keys of `[[skill]]` and `[[certification_list]]`.
const SKILL_KEYS: &[&str] = &[
    "data_ai.intermediate_certifications",
    "data_ai.advanced_certifications",
    "infrastructure.intermediate_certifications",
    "infrastructure.advanced_certifications",
    "digital_app.intermediate_certifications",
    "digital_app.advanced_certifications",
    "business_applications.intermediate_certifications",
    "business_applications.advanced_certifications",
    "modern_work.intermediate_certifications",
    "modern_work.advanced_certifications",
    "security.intermediate_certifications",
    "security.advanced_certifications",
];

/// Reads one row into its place.
pub(super) fn read_row(table: Table, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let row = Row::new(table, fields.written(OWN_FIELDS));
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
            file(Some(row), fields, rules);
            check_membership(fields);
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
        Table::Certification => rules.certification.push(Certification::read(fields, rules.format)),
        Table::CertEnd => rules.cert_end.push(CertEnd::read(fields)),
    }
}

fn read_track(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
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

fn read_rule(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some((family, metric)) = fields.name("key", "key", RULE_KEYS, rule_key) else {
        return leave(fields, rules);
    };
    let scope = read_scope(fields, &mut row, format!("{family}.{metric}"));
    let dates = file(row.track.is_some().then_some(row), fields, rules);
    match metric {
        Metric::NetCustomerAdds => {
            let row = dates.with(NetCustomerAdds::read(fields, family));
            rules.net_customer_adds.entry(family).or_default().push(Scoped { scope, row });
        }
        Metric::UsageGrowth => {
            let row = dates.with(UsageGrowth::read(fields, family));
            rules.usage_growth.entry(family).or_default().push(Scoped { scope, row });
        }
        Metric::Deployments => {
            let row = dates.with(Deployments::read(fields, family));
            rules.deployments.entry(family).or_default().push(Scoped { scope, row });
        }
    }
}

fn read_skill(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some((area, metric)) = fields.name("key", "key", SKILL_KEYS, skill_key) else {
        return leave(fields, rules);
    };
    let key = format!("{area}.{metric}");
    let scope = read_scope(fields, &mut row, key.clone());
    let dates = file(row.track.is_some().then_some(row), fields, rules);
    let is_written_in_steps = fields.has("steps");
    let row = dates.with(Skill::read(fields, &key));
    rules.is_partial |= is_written_in_steps && row.value.steps.is_empty();
    rules.skill.entry((area, metric)).or_default().push(Scoped { scope, row });
}

fn read_certification_list(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let Some((area, metric)) = fields.name("key", "key", SKILL_KEYS, skill_key) else {
        return leave(fields, rules);
    };
    row.keys.push(format!("{area}.{metric}"));
    fields.place = format!("{} {area}.{metric}", fields.place);
    let dates = file(Some(row), fields, rules);
    let list = fields.certifications("certifications");
    rules.certification_list.entry((area, metric)).or_default().push(dates.with(list));
}

fn read_products(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
    let errors = fields.errors();
    let keys = fields.known("keys", "key", RULE_KEYS, rule_key);
    let part = fields.optional_name("part", "part", Part::NAMES, Part::from_name);
    if fields.are_sound_since(errors) {
        check_part(&keys, part, fields);
    }
    let is_sound = fields.are_sound_since(errors);
    row.keys = keys.iter().map(|(family, metric)| format!("{family}.{metric}")).collect();
    row.part = part;
    fields.place = format!("{} {}", fields.place, row.keys.join(", "));
    let dates = file(is_sound.then_some(row), fields, rules);
    let products = Products::read(fields, is_sound.then(|| part.is_some_and(Part::has_rates)));
    for (family, metric) in keys {
        rules.products.entry((family, metric, part)).or_default().push(dates.with(products.clone()));
    }
}

/// A metric that is divided into parts has no products outside of them, and the other way round.
fn check_part(keys: &[(Family, Metric)], part: Option<Part>, fields: &mut Fields<'_, '_>) {
    for &(family, metric) in keys {
        let key = format!("{family}.{metric}");
        match (part, Part::of(family, metric)) {
            (None, []) => {}
            (None, _) => fields.refuse(Problem::MissingPart { key }),
            (Some(part), parts) if parts.contains(&part) => {}
            (Some(part), _) => fields.refuse(Problem::WrongPart { key, part: part.name() }),
        }
    }
}

fn read_mechanism(mut row: Row, fields: &mut Fields<'_, '_>, rules: &mut Rules) {
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
fn read_scope(fields: &mut Fields<'_, '_>, row: &mut Row, key: String) -> TrackScope {
    fields.place = format!("{} {key}", fields.place);
    row.keys.push(key);
    row.track = fields.name("track", "track", TrackScope::NAMES, TrackScope::from_name);
    row.track.unwrap_or(TrackScope::All)
}

/// Reads the dates and the source of a row, and files it under its keys, if those are known.
fn file(row: Option<Row>, fields: &mut Fields<'_, '_>, rules: &mut Rules) -> Dated<()> {
    let errors = fields.errors();
    let dates = Dated::read(fields);
    match row.filter(|_| fields.are_sound_since(errors)) {
        Some(row) => rules.rows.push(dates.with(row)),
        None => rules.is_partial = true,
    }
    dates
}

fn rule_key(key: &str) -> Option<(Family, Metric)> {
    let (family, metric) = key.split_once('.')?;
    Family::from_name(family).zip(Metric::from_name(metric))
}

fn skill_key(key: &str) -> Option<(Area, SkillMetric)> {
    let (area, metric) = key.split_once('.')?;
    Area::from_name(area).zip(SkillMetric::from_name(metric))
}
