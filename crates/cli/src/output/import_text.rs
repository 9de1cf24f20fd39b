//! What an import came to, for people.

use std::cmp::Reverse;

use app::import::{Counts, FileAnswer, Outcome, Plan, omission_text};
use app::text::{counted, plain};
use ledger::{Amount, EventType};
use reports::secrets::hidden;
use reports::{GoneSubject, Rule, Summary};

use super::table::Table;

/// Groups that people are shown.
const SHOWN_GROUPS: usize = 60;
/// New partners that people are shown.
const SHOWN_PARTNERS: usize = 3;

/// The lines about an import, with tables for a width; who asked for quiet is told of no file that was read whole.
pub(crate) fn lines(counts: &Counts, quiet: bool, width: Option<usize>) -> Vec<String> {
    let would = if counts.dry_run { "would be " } else { "" };
    let files = counts.files.iter().filter(|file| !quiet || file.is_partial());
    let mut lines: Vec<String> = files.map(|file| file_line(file, would)).collect();
    let unchanged = unchanged(counts.summary.as_ref());
    lines.push(format!("{would}{} new, {} already, {} refused{unchanged}", counts.new, counts.already, counts.refused));
    lines.extend(
        counts
            .new_partners
            .iter()
            .take(SHOWN_PARTNERS)
            .map(|(partner, events)| format!("{would}{events} of partner {partner}, new to this ledger")),
    );
    if let Some(more) = counts.new_partners.len().checked_sub(SHOWN_PARTNERS).filter(|more| *more > 0) {
        lines.push(format!("and {} more that are new to this ledger", counted(more, "partner")));
    }
    lines.extend(ended(counts));
    if let Some(path) = &counts.rejected {
        lines.push(format!("the refused lines are in {}", plain(&path.display().to_string())));
    }
    lines.extend(counts.plan.iter().flat_map(|plan| plan_lines(plan, width)));
    if let Some(summary) = &counts.summary {
        lines.extend(unended(summary));
        if counts.is_day_guessed {
            lines.push("  the day of a file without it in its name is a guess: `--downloaded DAY` tells it".to_owned());
        }
        lines.extend(summary_lines(summary, &counts.map_file).into_iter().map(|line| format!("  {line}")));
    }
    // It quotes texts of the files.
    lines.iter().map(|line| hidden(line).into_owned()).collect()
}

/// The line about one of several files.
fn file_line(file: &FileAnswer, would: &str) -> String {
    let text = match &file.outcome {
        Outcome::Read { kind, as_of, new, already, refused, summary } => {
            let unchanged = unchanged(summary.as_deref());
            let as_of = as_of.as_ref().map_or_else(String::new, |day| format!(" as of {day}"));
            format!("{kind}{as_of}, {would}{new} new, {already} already, {refused} refused{unchanged}")
        }
        Outcome::Omitted(omission) => omission_text(omission),
    };
    format!("{}: {}", plain(&file.name), plain(&text))
}

/// The figures that the ledger has as a report tells them: with them, an import that brings nothing new says why.
fn unchanged(summary: Option<&Summary>) -> String {
    let figures = summary.map_or(0, |summary| summary.unchanged_figures);
    if figures == 0 { String::new() } else { format!(", {} unchanged", counted(figures, "figure")) }
}

/// What reports say has ended, by the types of the events.
fn ended(counts: &Counts) -> Option<String> {
    let told = |(of, events): (&EventType, &u64)| {
        let is_figure = *of == EventType::UsageReported;
        if is_figure { format!("{} now 0", counted(*events, "figure")) } else { format!("{events} {of}") }
    };
    let all: Vec<String> = counts.ended.iter().map(told).collect();
    let would = if counts.dry_run { "would end" } else { "ended" };
    (!all.is_empty()).then(|| format!("{would}: {}", all.join(", ")))
}

/// What earlier lists had and the newest has no more, where nothing records that it ended.
fn unended(summary: &Summary) -> Option<String> {
    let of = |subject: GoneSubject, noun: &str| {
        let count: u64 = summary.gone.iter().filter(|((of, _), _)| *of == subject).map(|(_, count)| count).sum();
        (count > 0).then(|| counted(count, noun))
    };
    let all = [of(GoneSubject::Certification, "certification"), of(GoneSubject::Customer, "customer")];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let what = "where the file is whole, `--snapshot` records that they ended";
    (!all.is_empty()).then(|| format!("  gone since earlier lists: {}; {what}", all.join(" and ")))
}

fn summary_lines(summary: &Summary, map_file: &str) -> Vec<String> {
    let mut lines = vec![counted(summary.rows, "row")];
    let counts = [
        (summary.older_figures, "figure", "left as a newer download told it"),
        (summary.told_by_others, "figure", "left to another kind of report"),
        (summary.known_associations, "association", "known already"),
        (summary.known_links, "certification", "known already"),
        (summary.older_links, "certification", "left as a newer download told it"),
        (summary.blind_reports, "report", "without any attribution: it ends no association"),
        (summary.broken_figures, "figure", "left out because a row of it is refused"),
        (summary.rounded_figures, "figure", "rounded to six decimals"),
    ];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    lines.extend(counts.map(|(count, noun, what)| format!("{} {what}", counted(*count, noun))));
    for (column, count) in &summary.duplicates_skipped {
        lines.push(format!("{} skipped: duplicates by {}", counted(*count, "row"), plain(column)));
    }
    for (reason, count) in &summary.skipped {
        lines.push(format!("{} skipped: {reason}", counted(*count, "row")));
    }
    for ((what, text), count) in &summary.remarks {
        lines.push(format!("{} with {}: {what}", counted(*count, "row"), plain(text)));
    }
    let mut unmapped: Vec<_> = summary.unmapped.iter().collect();
    unmapped.sort_by_key(|(_, count)| Reverse(**count));
    for ((what, text), count) in unmapped {
        lines.push(format!("{} with an unknown {what}: {}", counted(*count, "row"), plain(text)));
        lines.push(format!("  to map it: `{}`", plain(&what.command(map_file, text))));
    }
    if !summary.unknown_columns.is_empty() {
        lines.push(format!("unknown columns, not read: {}", plain(&summary.unknown_columns.join(", "))));
    }
    lines
}

/// The groups of what would be recorded.
fn plan_lines(plan: &Plan, width: Option<usize>) -> Vec<String> {
    if plan.groups.is_empty() {
        return Vec::new();
    }
    let mut table = Table::default();
    for (group, count) in plan.groups.iter().take(SHOWN_GROUPS) {
        let rule = group.rule.map(Rule::phrase).unwrap_or_default();
        let span =
            if count.first == count.last { count.first.clone() } else { format!("{} to {}", count.first, count.last) };
        let sum = count.sum.map_or_else(String::new, |sum| format!("sum {}", Amount::from_micros(sum)));
        let of = plain(&group.of);
        table.row([format!("{:>7}", count.events), group.event_type.to_string(), of, rule, span, sum]);
    }
    let mut lines = vec!["what would be recorded:".to_owned()];
    lines.extend(table.lines_within("  ", width));
    if plan.groups.len() > SHOWN_GROUPS {
        let rest: u64 = plan.groups.values().skip(SHOWN_GROUPS).map(|count| count.events).sum();
        let groups = counted(plan.groups.len() - SHOWN_GROUPS, "more group");
        lines.push(format!("  and {} in {groups}", counted(rest, "event")));
    }
    lines
}
