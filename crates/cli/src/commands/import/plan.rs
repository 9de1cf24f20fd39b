//! What an import would record, grouped and counted.

use std::collections::BTreeMap;

use ledger::{Amount, Event, EventType, Fact, When};
use serde_json::{Value, json};

use crate::output::plain;
use crate::output::table::Table;
use reports::Rule;

/// Groups that people are shown.
const SHOWN_GROUPS: usize = 60;

/// New events by what they are and by which rule they follow.
#[derive(Default)]
pub(in crate::commands) struct Plan {
    groups: BTreeMap<Group, Count>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// The place of the type among all types.
    order: usize,
    event_type: &'static str,
    /// The mechanism and role, the metric, the segment or the certification.
    of: String,
    rule: Option<Rule>,
}

#[derive(Default)]
struct Count {
    events: u64,
    first: String,
    last: String,
    /// The sum of the figures, in millionths.
    sum: Option<i128>,
}

impl Plan {
    /// Counts an event that would be new.
    pub(in crate::commands) fn add(&mut self, event: &Event, rule: Option<Rule>) {
        let event_type = event.fact.event_type();
        let order = EventType::ALL.iter().position(|other| *other == event_type).unwrap_or(usize::MAX);
        let group = Group { order, event_type: event_type.name(), of: of(&event.fact), rule };
        let when = match event.when {
            When::At(instant) => instant.date().to_string(),
            When::In(month) => month.to_string(),
        };
        let count = self.groups.entry(group).or_default();
        count.events += 1;
        if count.first.is_empty() || when < count.first {
            count.first.clone_from(&when);
        }
        if when > count.last {
            count.last = when;
        }
        if let Fact::UsageReported(usage) = &event.fact {
            count.sum = Some(count.sum.unwrap_or_default().saturating_add(usage.value.micros()));
        }
    }

    /// The lines for people.
    pub(in crate::commands) fn lines(&self) -> Vec<String> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let mut table = Table::default();
        for (group, count) in self.groups.iter().take(SHOWN_GROUPS) {
            let rule = group.rule.map_or_else(String::new, |rule| rule.to_string());
            let span = if count.first == count.last {
                count.first.clone()
            } else {
                format!("{} to {}", count.first, count.last)
            };
            let sum = count.sum.map_or_else(String::new, |sum| format!("sum {}", Amount::from_micros(sum)));
            let of = plain(&group.of);
            table.row([format!("{:>7}", count.events), group.event_type.to_owned(), of, rule, span, sum]);
        }
        let mut lines = vec!["what would be recorded:".to_owned()];
        lines.extend(table.lines("  "));
        if self.groups.len() > SHOWN_GROUPS {
            let rest: u64 = self.groups.values().skip(SHOWN_GROUPS).map(|count| count.events).sum();
            lines.push(format!("  and {rest} events in {} more groups", self.groups.len() - SHOWN_GROUPS));
        }
        lines
    }

    /// The groups for programs.
    pub(in crate::commands) fn to_json(&self) -> Value {
        let group = |(group, count): (&Group, &Count)| {
            let mut object = json!({
                "type": group.event_type, "events": count.events, "first": count.first, "last": count.last,
            });
            if let Some(object) = object.as_object_mut() {
                let mut add = |name: &str, value: Option<String>| {
                    if let Some(value) = value {
                        object.insert(name.to_owned(), value.into());
                    }
                };
                add("of", (!group.of.is_empty()).then(|| group.of.clone()));
                add("rule", group.rule.map(|rule| rule.text().to_owned()));
                add("sure", group.rule.map(|rule| rule.sureness().text().to_owned()));
                add("sum", count.sum.map(|sum| Amount::from_micros(sum).to_string()));
            }
            object
        };
        self.groups.iter().map(group).collect()
    }
}

/// What the fact is of, within its type.
fn of(fact: &Fact) -> String {
    match fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => {
            let names = [terms.mechanism.map(ledger::Mechanism::name), terms.role.map(ledger::Role::name)];
            names.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Fact::UsageReported(usage) => usage.metric.name().to_owned(),
        Fact::CustomerClassified { segment, .. } => segment.to_string(),
        Fact::CertificationLinked { certification, .. } => certification.to_string(),
        Fact::CertificationUnlinked { certification, .. } => {
            certification.as_ref().map_or_else(String::new, ToString::to_string)
        }
        Fact::AssociationDeclined { .. }
        | Fact::AssociationRevoked { .. }
        | Fact::CustomerChurned { .. }
        | Fact::EventRetracted { .. }
        | Fact::RulebookAdopted { .. }
        | Fact::KeyRotated(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use ledger::parse_event;

    use super::Plan;
    use reports::Rule;

    const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

    fn plan() -> Plan {
        let mut plan = Plan::default();
        for (month, value) in [("2023-01", "10.5"), ("2023-03", "-1"), ("2023-02", "2")] {
            let line = format!(
                r#"{{"id":"00000000-0000-4000-8000-000000000001","type":"usage_reported","partner":"p","month":"{month}","customer":"{CUSTOMER}","product":"x","metric":"acr_usd","value":"{value}"}}"#
            );
            plan.add(&parse_event(&line, || None).expect("an event"), Some(Rule::FigureOfAMonth));
        }
        let line = format!(
            r#"{{"id":"00000000-0000-4000-8000-000000000001","type":"association_accepted","partner":"p","effective_at":"2023-01-01","association":"00000000-0000-4000-8000-000000000002","customer":"{CUSTOMER}","mechanism":"csp","role":"direct_bill"}}"#
        );
        plan.add(&parse_event(&line, || None).expect("an event"), Some(Rule::FirstMonthOfAttribution));
        plan
    }

    #[test]
    fn events_are_grouped_by_type_detail_and_rule() {
        assert_eq!(
            plan().lines(),
            [
                "what would be recorded:",
                "        1  association_accepted  csp direct_bill  first month of attribution (seen)  2023-01-01",
                "        3  usage_reported        acr_usd          figure of a month (stated)         2023-01 to 2023-03  sum 11.5",
            ]
        );
        assert!(Plan::default().lines().is_empty());
    }

    #[test]
    fn programs_get_the_same_groups() {
        assert_eq!(
            plan().to_json().to_string(),
            r#"[{"type":"association_accepted","events":1,"first":"2023-01-01","last":"2023-01-01","of":"csp direct_bill","rule":"first month of attribution","sure":"seen"},{"type":"usage_reported","events":3,"first":"2023-01","last":"2023-03","of":"acr_usd","rule":"figure of a month","sure":"stated","sum":"11.5"}]"#
        );
    }
}
