//! The rules of a day for people to read: what each metric counts, its figures, its certifications and its source.

use std::collections::BTreeMap;

use app::ask::rulebook::RulesOn;
use app::text::plain;
use ledger::Area;
use projection::rulebook::{Family, FromBasis, Metric, Rulebook, ShownRow, Table as Of, TrackScope};
use toml::Value;

use super::rulebook_words::{counts, figure, label, said, tracks, unit, window, wrapped};
use super::{Paint, names};

/// The width of the names of fields.
const LABEL: usize = 20;

/// The lines of the rules.
pub(crate) fn lines(answer: &RulesOn, paint: Paint, width: usize) -> Vec<String> {
    let book = &answer.rules.book;
    let shown = answer.shown();
    let mut page = Page { lines: Vec::new(), width, paint };
    page.lines.push(paint.bold(&format!("Rulebook {} on {}", plain(&answer.rules.name), answer.day)));
    page.lines.push(format!("sha256 {}", book.sha256()));
    page.programme(book, &shown);
    for area in &answer.areas {
        page.area(*area, book, &shown);
    }
    page.certifications(answer, &shown);
    page.sources(answer, &shown);
    page.lines
}

/// The sources of a rulebook and what its grades mean.
pub(crate) fn source_lines(book: &Rulebook, paint: Paint, width: usize) -> Vec<String> {
    let mut page = Page { lines: Vec::new(), width, paint };
    page.listed(book.sources().sources.iter(), book);
    page.lines
}

/// Lines under way.
struct Page {
    lines: Vec<String>,
    width: usize,
    paint: Paint,
}

impl Page {
    fn heading(&mut self, text: &str) {
        self.lines.extend([String::new(), self.paint.bold(text)]);
    }

    /// A name and a text, of which further lines stand below the first.
    fn field(&mut self, label: &str, text: &str) {
        let indent = " ".repeat(LABEL + 2);
        let mut label = format!("  {label:LABEL$}");
        if label.chars().count() > LABEL + 2 {
            self.lines.push(std::mem::replace(&mut label, indent.clone()));
        }
        for line in wrapped(text, self.width.saturating_sub(LABEL + 2).max(24)) {
            self.lines.push(format!("{label}{line}"));
            label.clone_from(&indent);
        }
    }

    /// What holds for the whole programme.
    fn programme(&mut self, book: &Rulebook, shown: &[ShownRow<'_>]) {
        self.heading("For every area");
        self.field("begin", &format!("{}, the first day with a score", book.program_start()));
        self.field("maximum", &format!("{} points", book.total_max()));
        for row in shown {
            let number = |field: &str| row.fields.get(field).map_or_else(String::new, figure);
            let of = row.chosen.row.value.table;
            let (label, text) = match of {
                Of::Qualification => (
                    "qualified",
                    format!("at {} points or more, with more than 0 in every metric", number("total_min")),
                ),
                Of::Window => ("one such day", window(row)),
                Of::Membership => (
                    "renewal",
                    format!("up to {} days after the anniversary", number("renewal_days_after_anniversary")),
                ),
                Of::Refresh => {
                    ("figures", format!("of a month are published on day {} of the next", number("day_of_month")))
                }
                Of::Track
                | Of::Rule
                | Of::Skill
                | Of::CertificationList
                | Of::Products
                | Of::Mechanism
                | Of::Certification
                | Of::CertEnd => continue,
            };
            self.field(label, &text);
            self.source(row);
        }
    }

    /// The rules of an area.
    fn area(&mut self, area: Area, book: &Rulebook, shown: &[ShownRow<'_>]) {
        let family = Family::of(area);
        self.heading(names::area(area));
        let tables = |of: Of| shown.iter().filter(move |row| row.chosen.row.value.table == of);
        for row in tables(Of::Track).filter(|row| row.chosen.row.value.is_of(area)) {
            self.field("tracks", &tracks(row.text("mode"), row.text("class_by")));
            self.fields(row, family, book, &["mode", "class_by"]);
            self.source(row);
        }
        for metric in book.metrics(area) {
            let keys = [format!("{area}.{metric}"), format!("{family}.{metric}")];
            let is_of = |row: &&ShownRow<'_>| row.chosen.row.value.keys.iter().any(|key| keys.contains(key));
            for row in tables(Of::Rule).chain(tables(Of::Skill)).filter(is_of) {
                self.metric(metric, family, row, book);
            }
            for row in tables(Of::CertificationList).filter(is_of) {
                self.field("certifications", "any of these counts");
                self.codes(row.fields.get("certifications"), book);
                self.source(row);
            }
            for row in tables(Of::Products).filter(is_of) {
                self.products(row);
                self.source(row);
            }
        }
    }

    fn metric(&mut self, metric: Metric, family: Family, row: &ShownRow<'_>, book: &Rulebook) {
        let max = row.fields.get("max").map_or_else(String::new, figure);
        let track = match row.chosen.row.value.track {
            Some(TrackScope::Enterprise) => ", enterprise track",
            Some(TrackScope::Smb) => ", SMB track",
            Some(TrackScope::Single | TrackScope::All) | None => "",
        };
        self.heading(&format!("{}{track}: at most {max} points", metric.title()));
        if let Some(counts) = counts(family, metric) {
            self.field("counts", counts);
        }
        if let Some(threshold) = row.fields.get("threshold") {
            self.field("maximum at", &format!("{}{}", figure(threshold), unit(family, metric)));
        }
        self.fields(row, family, book, &["max", "threshold", "steps"]);
        let steps = row.fields.get("steps").and_then(Value::as_array);
        for step in steps.into_iter().flatten().filter_map(Value::as_table) {
            let number = |field: &str| step.get(field).map(figure);
            let label = format!("step {}", number("step").unwrap_or_default());
            let points = number("points").filter(|points| points != "0");
            let text = match (number("min_people"), number("per_person")) {
                (Some(people), _) => {
                    let points = points.map_or_else(String::new, |points| format!(" ({points} points)"));
                    format!("{people} needed{points}, before anything behind it counts: people with any of")
                }
                (None, Some(points)) => format!("{points} points for each person with any of"),
                (None, None) => "the points: people with any of".to_owned(),
            };
            self.field(&label, &text);
            self.codes(step.get("certifications"), book);
        }
        self.source(row);
    }

    /// The fields of a row but for these.
    fn fields(&mut self, row: &ShownRow<'_>, family: Family, book: &Rulebook, without: &[&str]) {
        let mut bounds: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        for (name, _) in &row.chosen.row.value.fields {
            let Some(value) = row.fields.get(name).filter(|_| !without.contains(&name.as_str())) else { continue };
            let bound = name.rsplit_once('_').filter(|(_, end)| ["min", "max", "above", "below"].contains(end));
            let base = bound.map_or(name.as_str(), |(base, _)| base);
            bounds.entry(base).or_default().push((bound.map_or("", |(_, end)| end), value));
            if !order.contains(&base) {
                order.push(base);
            }
        }
        for base in order {
            let values = bounds.get(base).map(Vec::as_slice).unwrap_or_default();
            let text: Vec<String> = values.iter().map(|(end, value)| said(base, end, value, book)).collect();
            self.field(label(base, family), &text.join(", "));
        }
    }

    /// Certifications by their codes, each with its name and its end.
    fn codes(&mut self, codes: Option<&Value>, book: &Rulebook) {
        let codes = codes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let codes: Vec<String> = codes.map(|code| plain(book.code_of(code))).collect();
        self.field("", &codes.join(", "));
    }

    fn products(&mut self, row: &ShownRow<'_>) {
        let part = row.chosen.row.value.part.map_or_else(String::new, |part| format!(" of {}", part.name()));
        let list = row.fields.get("list").and_then(Value::as_array);
        let listed = list.into_iter().flatten().filter_map(Value::as_str).map(plain);
        let values = row.fields.get("rates").and_then(Value::as_table);
        let rated = values.into_iter().flatten().map(|(name, rate)| format!("{} {}", plain(name), figure(rate)));
        let all: Vec<String> = listed.chain(rated).collect();
        let what = if values.is_some() { ", each with the value of a unit" } else { "" };
        self.field("products", &format!("{}{part}{what}: {}", all.len(), all.join("; ")));
        let aliases = row.fields.get("aliases").and_then(Value::as_table);
        let aliases: Vec<String> = aliases
            .into_iter()
            .flatten()
            .map(|(other, name)| format!("{} as {}", plain(other), plain(&figure(name))))
            .collect();
        if !aliases.is_empty() {
            self.field("read as", &aliases.join("; "));
        }
    }

    /// Where a row was taken from, and since when it holds.
    fn source(&mut self, row: &ShownRow<'_>) {
        let of = row.chosen.row;
        let known = match of.basis {
            FromBasis::Announced => "announced".to_owned(),
            FromBasis::Page => "its text names the day".to_owned(),
            FromBasis::Seen => "seen then, perhaps older".to_owned(),
            FromBasis::Bounds { not_before, not_after } => {
                format!("the day is not known, it lies from {not_before} to {not_after}")
            }
        };
        let to = of.to.map_or_else(String::new, |to| format!(" to {to}"));
        let mut text = format!(
            "{} ({}), from {}{to}: {known}; line {}",
            plain(row.text("source")),
            plain(row.text("conf")),
            of.from,
            of.line
        );
        if row.chosen.assumed {
            text.push_str("; no rule is known of this day, so that the earliest is taken");
        }
        if row.chosen.bounded {
            text.push_str("; the next rule may hold already");
        }
        self.field("source", &text);
        if let Some(note) = row.fields.get("note").and_then(Value::as_str) {
            self.field("note", &plain(note));
        }
    }

    fn certifications(&mut self, answer: &RulesOn, shown: &[ShownRow<'_>]) {
        let named = answer.certifications(shown);
        if named.is_empty() {
            return;
        }
        self.heading("Certifications");
        for entry in named {
            let end = answer.rules.book.cert_end(&entry.code).map_or_else(String::new, |end| {
                let limits = [
                    end.retired.map(|day| format!("retired: counts if earned by {day}")),
                    end.not_eligible_from.map(|day| format!("not from {day} on")),
                    end.counts_through.map(|day| format!("up to {day}")),
                ];
                format!("; {}", limits.into_iter().flatten().collect::<Vec<_>>().join(", "))
            });
            let name = if entry.name == entry.code { String::new() } else { plain(&entry.name) };
            self.field(&plain(&entry.code), format!("{name}{end}").trim_start_matches("; "));
        }
    }

    fn sources(&mut self, answer: &RulesOn, shown: &[ShownRow<'_>]) {
        let book = &answer.rules.book;
        if book.sources().sources.is_empty() {
            let text = "the rulebook lists none: its author knows what its signs stand for";
            self.heading("Sources");
            return self.field("", text);
        }
        let named = answer.sources(shown);
        let is_listed = |row: &&ShownRow<'_>| named.iter().any(|source| source.name == row.text("source"));
        let has_others = !shown.iter().all(|row| is_listed(&row));
        self.listed(named.into_iter(), book);
        if has_others {
            self.field("others", "are said in words where they stand");
        }
    }

    fn listed<'s>(&mut self, sources: impl Iterator<Item = &'s projection::rulebook::Source>, book: &Rulebook) {
        self.heading("Sources");
        for source in sources {
            self.field(&plain(&source.name), &plain(&source.title));
            if let Some(address) = &source.address {
                self.lines.push(format!("  {}", plain(address)));
            }
        }
        self.heading("How far they are trusted");
        for grade in &book.sources().grades {
            self.field(&plain(&grade.name), &plain(&grade.meaning));
        }
    }
}

#[cfg(test)]
mod tests {
    use app::ask::rulebook::RulesOn;
    use app::known::Rules;
    use ledger::{Area, parse_date};
    use projection::rulebook::Rulebook;
    use std::borrow::Cow;

    use super::{Paint, lines, source_lines};

    fn shown(area: Area, day: &str) -> Vec<String> {
        let rules = Rules { name: "builtin".to_owned(), book: Cow::Borrowed(Rulebook::builtin()) };
        let day = parse_date(day).expect("a day");
        lines(&RulesOn { rules, day, areas: vec![area] }, Paint::new(false), 80)
    }

    #[test]
    fn every_metric_of_every_area_is_told_within_80_columns() {
        for area in Area::ALL {
            for day in ["2022-11-01", "2025-02-28", "2026-11-30"] {
                let lines = shown(*area, day);
                for metric in Rulebook::builtin().metrics(*area) {
                    assert!(lines.iter().any(|line| line.starts_with(metric.title())), "{area} {metric}");
                }
                let wide: Vec<&String> = lines.iter().filter(|line| line.chars().count() > 80).collect();
                assert!(wide.is_empty(), "{wide:#?}");
                assert!(!lines.iter().any(|line| line.contains("_min") || line.contains('{')), "{lines:#?}");
            }
        }
        assert!(source_lines(Rulebook::builtin(), Paint::new(false), 80).iter().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_metric_says_its_figures_its_associations_and_its_source() {
        let text = shown(Area::Infrastructure, "2025-02-28").join("\n");
        for part in [
            "Net customer adds: at most 30 points\n",
            "  maximum at          3 customers more\n",
            "  ACR of a month      at least 1,000 USD\n",
            "  through             DPOR, PAL, CSP\n",
            "  without offers      support, internal, benefit_program, trial\n",
            "  source              S2 (A), from 2023-06-13: seen then, perhaps older;",
            "  qualified           at 70 points or more, with more than 0 in every metric\n",
            "  S2                  Microsoft's Partner Center documentation,",
            "  https://github.com/kvamseek/partner-center/tree/85eb3c40f492\n",
            "  AZ-104              Azure Administrator Associate",
            "  A                   official text of Microsoft, with a date in the text",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        let later = shown(Area::ModernWork, "2026-11-30").join("\n");
        assert!(later.contains("enterprise track") && later.contains("SMB track"), "{later}");
    }
}
