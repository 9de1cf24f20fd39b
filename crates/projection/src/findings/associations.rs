//! The lives of associations.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use ledger::{Area, AssociationId, AssociationTerms, CustomerId, Mechanism};

use super::{END_OF_TIME, Finding, areas_of};
use crate::association::{Association, Churns};
use crate::history::{AssociationStep, DatedFact, History};
use crate::identity;
use crate::rulebook::{Metric, Rulebook, Track};

pub(super) fn find(history: &History, rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    let mut customers = BTreeSet::new();
    let churned = Churns::of(history, None, END_OF_TIME);
    for (id, steps) in history.associations(END_OF_TIME) {
        let steps: Vec<&DatedFact<AssociationStep>> = steps.collect();
        if steps.is_empty() {
            continue;
        }
        customers.extend(steps.iter().filter_map(|step| terms(step)).filter_map(|(_, terms)| terms.customer));
        find_in_life(id, &steps, findings);
        find_disagreement(id, &steps, findings);
        if let Some(association) = Association::stand(&churned, rulebook, id, steps.iter().copied()) {
            find_without_credit(history, rulebook, association, findings);
            continue;
        }
        let accepted = seqs(&steps, |step| matches!(step, AssociationStep::Accepted(_)));
        if !accepted.is_empty() {
            let message = format!("association {id} has no customer or no mechanism");
            findings.push(Finding::new("incomplete_association", accepted, message));
        }
    }
    let with_usage = LazyCell::new(|| history.customers_with_usage().collect::<BTreeSet<CustomerId>>());
    for (customer, churn) in history.all_churns() {
        if !customers.contains(&customer) && !with_usage.contains(&customer) {
            let message = format!("customer {customer} churned, and nothing else is known of it");
            findings.push(Finding::new("unknown_customer", vec![churn.seq], message));
        }
    }
}

/// Finds an association that the programme gives no credit for.
fn find_without_credit(
    history: &History,
    rulebook: &Rulebook,
    association: Association<'_>,
    findings: &mut Vec<Finding>,
) {
    let areas = areas_of(&association, rulebook);
    if !counts_anywhere(&association, &areas, rulebook) {
        let named: Vec<&str> = areas.iter().map(|area| area.name()).collect();
        let named = if areas == Area::ALL { "any area".to_owned() } else { named.join(" or ") };
        let message = format!("no metric of {named} lists {}", name_of(&association));
        findings.push(Finding::new("counts_nowhere", association.made_by.clone(), message));
    }
    let Association { id, mechanism, made_by, .. } = association;
    if mechanism == Mechanism::Pal && made_by.iter().any(|seq| history.names_own_account(*seq)) {
        let message = format!(
            "the partner admin link of association {id} names the global account: the programme recognises location accounts"
        );
        findings.push(Finding::new("pal_on_global_account", made_by, message));
    }
}

fn seqs(steps: &[&DatedFact<AssociationStep>], keep: impl Fn(&AssociationStep) -> bool) -> Vec<u64> {
    steps.iter().filter(|step| keep(&step.fact)).map(|step| step.seq).collect()
}

fn find_in_life(id: AssociationId, steps: &[&DatedFact<AssociationStep>], findings: &mut Vec<Finding>) {
    let accepted: Vec<_> = steps.iter().filter(|step| matches!(step.fact, AssociationStep::Accepted(_))).collect();
    let requested = steps.iter().any(|step| matches!(step.fact, AssociationStep::Requested(_)));
    let mut add = |code, entries, message: &str| {
        findings.push(Finding::new(code, entries, format!("association {id} {message}")));
    };
    let Some(start) = accepted.first() else {
        let revoked = seqs(steps, |step| matches!(step, AssociationStep::Revoked(_)));
        let ended = seqs(steps, |step| matches!(step, AssociationStep::Revoked(_) | AssociationStep::Declined(_)));
        if !requested && !ended.is_empty() {
            add("unknown_association", ended, "ended, and was neither requested nor accepted");
        } else if !revoked.is_empty() {
            add("ended_without_acceptance", revoked, "was revoked, and was never accepted");
        }
        return;
    };
    let ends: Vec<_> = steps
        .iter()
        .filter(|step| matches!(step.fact, AssociationStep::Revoked(_) | AssociationStep::Declined(_)))
        .collect();
    let early: Vec<u64> = ends.iter().filter(|end| end.at < start.at).map(|end| end.seq).collect();
    if !early.is_empty() {
        add("ended_before_start", early, "was declined or revoked before it started");
    }
    let first_end = ends.iter().find(|end| end.at >= start.at);
    for later in accepted.iter().skip(1) {
        match first_end.filter(|end| end.at <= later.at) {
            Some(end) => add("accepted_after_end", vec![end.seq, later.seq], "was accepted again after its end"),
            None => add("accepted_twice", vec![start.seq, later.seq], "was accepted a second time"),
        }
    }
}

fn terms(step: &DatedFact<AssociationStep>) -> Option<(u64, &AssociationTerms)> {
    match &step.fact {
        AssociationStep::Requested(terms) | AssociationStep::Accepted(terms) => Some((step.seq, terms)),
        AssociationStep::Declined(_) | AssociationStep::Revoked(_) => None,
    }
}

fn find_disagreement(id: AssociationId, steps: &[&DatedFact<AssociationStep>], findings: &mut Vec<Finding>) {
    let told: Vec<(u64, &AssociationTerms)> = steps.iter().filter_map(|step| terms(step)).collect();
    let mut details = Vec::new();
    let mut entries = Vec::new();
    let mut compare = |detail: &'static str, value: &dyn Fn(&AssociationTerms) -> Option<String>| {
        let values: Vec<(u64, String)> = told.iter().filter_map(|(seq, terms)| Some((*seq, value(terms)?))).collect();
        if values.iter().any(|(_, value)| Some(value) != values.first().map(|(_, first)| first)) {
            details.push(detail);
            entries.extend(values.iter().map(|(seq, _)| *seq));
        }
    };
    compare("customer", &|terms| terms.customer.map(|value| value.to_string()));
    compare("mechanism", &|terms| terms.mechanism.map(|value| value.to_string()));
    compare("role", &|terms| terms.role.map(|value| value.to_string()));
    compare("workload", &|terms| terms.workload.as_ref().map(|value| identity::product(value.as_str())));
    compare("subscription", &|terms| terms.subscription.as_ref().map(ToString::to_string));
    compare("principal", &|terms| terms.principal.as_ref().map(ToString::to_string));
    if !details.is_empty() {
        let message = format!("association {id} is told with different details: {}", details.join(", "));
        findings.push(Finding::new("details_disagree", entries, message));
    }
}

fn name_of(association: &Association<'_>) -> String {
    let role = association.role.filter(|role| association.mechanism.roles().contains(role));
    let mechanism: Mechanism = association.mechanism;
    role.map_or_else(|| mechanism.to_string(), |role| format!("{mechanism} {role}"))
}

/// Whether a metric of one of the areas to which the association can belong lists its mechanism when it starts.
fn counts_anywhere(association: &Association<'_>, areas: &[Area], rulebook: &Rulebook) -> bool {
    let day = association.start.date();
    areas.iter().any(|&area| {
        let rules =
            |&metric: &Metric| Track::ALL.iter().filter_map(move |track| rulebook.rule(area, metric, *track, day));
        let mut lists = Metric::ALL.iter().flat_map(rules).flat_map(|chosen| chosen.row.value.lists());
        lists.any(|list| association.counts_for(&list))
    })
}
