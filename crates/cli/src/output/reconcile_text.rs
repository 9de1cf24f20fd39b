//! Published scores beside what follows from the facts, for people to read.

use projection::{At, Explanation, MetricReconciliation, Reconciliation, UnitExplanation, UnitSubject, Unmeasured};

use super::labels::Labels;
use super::table::Table;
use super::{Paint, names};
use app::ask::reconcile::Answer;
use app::text::plain;

/// The lines of what was compared.
pub(crate) fn lines(answer: &Answer, labels: &Labels, paint: Paint) -> Vec<String> {
    if answer.reconciliations.is_empty() {
        let partner = plain(answer.partner.as_str());
        let record = labels.command("record score-published");
        let records = record.map_or_else(String::new, |record| format!(": {record} records one"));
        return vec![format!("No published score of {partner} is known here{records}")];
    }
    let mut lines = Vec::new();
    for one in &answer.reconciliations {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(of_one(answer, one, paint));
    }
    lines
}

fn of_one(answer: &Answer, one: &Reconciliation, paint: Paint) -> Vec<String> {
    let Reconciliation { seq, shown, score, agrees, metrics, explained_by, .. } = one;
    let partner = plain(answer.partner.as_str());
    let differs = |metric: &MetricReconciliation| metric.shown.as_ref().is_some_and(|(_, agrees)| !agrees);
    let all_agree = *agrees && !metrics.iter().any(differs);
    let verdict = match (all_agree, explained_by.as_slice()) {
        (true, _) => "it agrees".to_owned(),
        (false, []) => "no single change explains it".to_owned(),
        (false, [first, ..]) => format!("it agrees {}", words(first)),
    };
    let points = score.score.points.shown();
    let (area, day) = (names::area(score.area), score.as_of);
    let mut lines = vec![paint.bold(&format!("{area} on {day}: {shown} is shown, {points} follows: {verdict}"))];
    for further in explained_by.iter().skip(1) {
        lines.push(format!("  or {}", words(further)));
    }
    let mut table = Table::default();
    for metric in metrics {
        let MetricReconciliation { metric: name, shown, points } = metric;
        let shown = shown.as_ref().map_or_else(|| "not shown".to_owned(), |(shown, _)| format!("{shown} shown"));
        let mark = if differs(metric) { "differs" } else { "" };
        table.row([name.title().to_owned(), shown, points.shown(), mark.to_owned()]);
    }
    let mark = if *agrees { "" } else { "differs" };
    table.row(["Total".to_owned(), format!("{shown} shown"), points, mark.to_owned()]);
    lines.extend(table.lines("  "));
    let month = score.measured_month;
    lines.push(paint.faint(&format!("  {partner} measured for {month}; shown by entry {seq}")));
    lines
}

/// What would make everything shown agree, in words that go on from "it agrees".
fn words(explanation: &Explanation) -> String {
    match explanation {
        Explanation::Basis(basis) => {
            format!("if the month was measured that had ended by then (--basis {})", basis.name())
        }
        Explanation::Unmeasured(unmeasured) => {
            let (name, count) = (
                unmeasured.name(),
                match unmeasured {
                    Unmeasured::Include => "counted",
                    Unmeasured::Exclude => "did not count",
                },
            );
            format!("if customers without figures {count} (--unmeasured {name})")
        }
        Explanation::Track(track) => format!("if it was scored on {}", names::track(*track)),
        Explanation::KnownAt(known_at) => format!("with what was known at {known_at}"),
        Explanation::Rules(key) => format!("if the next rules of {key} held already"),
        Explanation::Unit(unit) => of_unit(unit),
    }
}

fn of_unit(unit: &UnitExplanation) -> String {
    let UnitExplanation { metric, at, subject, counted, points } = unit;
    let part = |part: &Option<String>| part.as_ref().map_or_else(String::new, |part| format!(" ({part})"));
    let who = match subject {
        UnitSubject::Customer { customer, part: of } => format!("customer {customer}{}", part(of)),
        UnitSubject::Pair { customer, product, part: of } => {
            format!("{} of customer {customer}{}", plain(product), part(of))
        }
        UnitSubject::Product { product } => plain(product),
        UnitSubject::Person { person, certification, .. } => format!("{} of {}", plain(certification), plain(person)),
    };
    let counts = if *counted { "counted" } else { "did not count" };
    let side = match at {
        At::Now => "",
        At::Then => ", in the year before",
    };
    format!("if {who} {counts} in {}{side}: {}", metric.title().to_lowercase(), points.shown())
}
