//! What an import would record, grouped and counted.

use std::collections::BTreeMap;

use ledger::{Amount, Event, EventType, Fact, When};
use serde_json::{Value, json};

use crate::text::without_nulls;
use reports::Rule;

/// New events by what they are and by which rule they follow.
#[derive(Default)]
pub struct Plan {
    /// The groups in their order.
    pub groups: BTreeMap<PlanGroup, Count>,
}

/// What events of an import have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanGroup {
    /// The type of the events.
    pub event_type: EventType,
    /// The mechanism and role, the metric, the segment or the certification.
    pub of: String,
    /// The rule that they follow, where a report gave them.
    pub rule: Option<Rule>,
}

/// The events of a group.
#[derive(Default)]
pub struct Count {
    /// How many there are.
    pub events: u64,
    /// The first day or month on which one holds.
    pub first: String,
    /// The last one.
    pub last: String,
    /// The sum of the figures, in millionths.
    pub sum: Option<i128>,
}

impl Plan {
    /// Counts an event that would be new.
    pub fn add(&mut self, event: &Event, rule: Option<Rule>) {
        let group = PlanGroup { event_type: event.fact.event_type(), of: detail(&event.fact), rule };
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

    /// The groups for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let group = |(group, count): (&PlanGroup, &Count)| {
            without_nulls(json!({
                "type": group.event_type.name(), "events": count.events, "first": count.first, "last": count.last,
                "of": Some(&group.of).filter(|of| !of.is_empty()),
                "rule": group.rule.map(Rule::name),
                "sure": group.rule.map(|rule| rule.sureness().name()),
                "sum": count.sum.map(|sum| Amount::from_micros(sum).to_string()),
            }))
        };
        self.groups.iter().map(group).collect()
    }
}

/// A word or two that tell the fact from others of its type; empty for types without such words.
fn detail(fact: &Fact) -> String {
    match fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => {
            let names = [terms.mechanism.map(ledger::Mechanism::name), terms.role.map(ledger::Role::name)];
            names.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Fact::UsageReported(usage) => usage.metric.name().to_owned(),
        Fact::CustomerClassified { segment, .. } => segment.to_string(),
        Fact::CertificationLinked { certification, .. } | Fact::CertificationEarned { certification, .. } => {
            certification.to_string()
        }
        Fact::DesignationEnrolled { area, .. } | Fact::ScorePublished { area, .. } => area.to_string(),
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
    fn programs_get_the_same_groups() {
        assert_eq!(
            plan().to_json().to_string(),
            r#"[{"type":"association_accepted","events":1,"first":"2023-01-01","last":"2023-01-01","of":"csp direct_bill","rule":"first month of attribution","sure":"seen"},{"type":"usage_reported","events":3,"first":"2023-01","last":"2023-03","of":"acr_usd","rule":"figure of a month","sure":"stated","sum":"11.5"}]"#
        );
    }
}
