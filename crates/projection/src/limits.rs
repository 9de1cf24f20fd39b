//! The many associations with one customer by what they are limited to, so that what covers a report is found without
//! looking at each.

use std::collections::BTreeMap;

use ledger::{Mechanism, Month, Role, Timestamp};

use crate::association::Association;
use crate::history::Report;
use crate::identity;
use crate::rulebook::{AssociationList, Products};

/// The places of associations by what they are limited to. The associations are sorted by their start.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Each association list has all of a kind or none.
    kinds: BTreeMap<(Mechanism, Option<Role>), MechanismLimits>,
    /// The workloads as they are compared, each with its number.
    workloads: BTreeMap<String, usize>,
    /// The subscriptions, each with its number.
    subscriptions: BTreeMap<String, usize>,
}

/// The associations by a mechanism in a role.
#[derive(Debug, Default)]
struct MechanismLimits {
    /// The place of the newest.
    newest: usize,
    /// Those of a subscription or of none, and of a workload or of none.
    by_both: BTreeMap<(Option<usize>, Option<usize>), Placements>,
    /// Those of a workload or of none, of whatever subscription.
    by_workload: BTreeMap<Option<usize>, Placements>,
    /// All of them.
    all: Placements,
}

/// Associations by their start.
#[derive(Debug, Default)]
struct Placements(Vec<Placement>);

/// An association.
#[derive(Debug)]
struct Placement {
    start: Timestamp,
    /// The latest end of it and of all before.
    latest_end: Timestamp,
    place: usize,
}

/// Later than every instant.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

impl Placements {
    fn push(&mut self, association: &Association<'_>, place: usize) {
        let before = self.0.last().map(|last| last.latest_end);
        let end = association.end_exclusive.unwrap_or(NEVER);
        let latest_end = before.map_or(end, |before| before.max(end));
        self.0.push(Placement { start: association.start, latest_end, place });
    }

    /// The place of the first that is in force at an instant.
    fn first(&self, instant: Timestamp) -> Option<usize> {
        // The first by which the latest end lies behind the instant is the one that ends there.
        let nth = self.0.partition_point(|placed| placed.latest_end <= instant);
        self.0.get(nth).filter(|placed| placed.start <= instant).map(|placed| placed.place)
    }
}

impl Limits {
    /// Sorts associations with one customer, the earliest first.
    pub(crate) fn of(all: &[Association<'_>]) -> Self {
        let mut kinds: BTreeMap<_, MechanismLimits> = BTreeMap::new();
        let (mut workloads, mut subscriptions) = (BTreeMap::new(), BTreeMap::new());
        for (place, association) in all.iter().enumerate() {
            let workload = association.workload().map(|name| number_of(&mut workloads, identity::product(name)));
            let subscription = association.subscription().map(|name| number_of(&mut subscriptions, name.to_owned()));
            let kind = kinds.entry((association.mechanism, association.role)).or_default();
            kind.newest = place;
            kind.by_both.entry((subscription, workload)).or_default().push(association, place);
            kind.by_workload.entry(workload).or_default().push(association, place);
            kind.all.push(association, place);
        }
        Self { kinds, workloads, subscriptions }
    }

    /// The place of the first association, of a list if there is one, that covers a report and is in force at the end
    /// of a month.
    pub(crate) fn cover(
        &self,
        all: &[Association<'_>],
        list: Option<&AssociationList>,
        products: Option<&Products>,
        report: &Report<'_>,
        month: Month,
    ) -> Option<usize> {
        let instant = Timestamp::end_of(month.last_day());
        let workloads = self.workloads_of(products, report);
        let first = |kind: &MechanismLimits| match report.subscription {
            Some(subscription) => {
                let subscription = self.subscriptions.get(subscription.as_str()).copied();
                let limits = std::iter::once(None).chain(subscription.map(Some));
                let both = limits.flat_map(|limit| workloads.iter().map(move |workload| (limit, *workload)));
                both.filter_map(|both| kind.by_both.get(&both)?.first(instant)).min()
            }
            None => workloads.iter().filter_map(|workload| kind.by_workload.get(workload)?.first(instant)).min(),
        };
        self.kinds_of(all, list).filter_map(first).min()
    }

    /// The place of the newest association of a list.
    pub(crate) fn newest(&self, all: &[Association<'_>], list: &AssociationList) -> Option<usize> {
        self.kinds_of(all, Some(list)).map(|kind| kind.newest).max()
    }

    /// The place of the first association of a list that is in force at the end of a month.
    pub(crate) fn first(&self, all: &[Association<'_>], list: &AssociationList, month: Month) -> Option<usize> {
        let instant = Timestamp::end_of(month.last_day());
        self.kinds_of(all, Some(list)).filter_map(|kind| kind.all.first(instant)).min()
    }

    fn kinds_of(
        &self,
        all: &[Association<'_>],
        list: Option<&AssociationList>,
    ) -> impl Iterator<Item = &MechanismLimits> {
        let counts = move |kind: &&MechanismLimits| {
            list.is_none_or(|list| all.get(kind.newest).is_some_and(|association| association.counts_for(list)))
        };
        self.kinds.values().filter(counts)
    }

    /// The numbers of the workloads that cover the product of a report, and none for what is not limited.
    fn workloads_of(&self, products: Option<&Products>, report: &Report<'_>) -> Vec<Option<usize>> {
        let number = |name: &str| self.workloads.get(&identity::product(name)).copied();
        let mut numbers = vec![None];
        let Some(products) = products else {
            numbers.extend(number(report.folded_product).map(Some));
            return numbers;
        };
        if self.workloads.is_empty() {
            return numbers;
        }
        if let Some(product) = products.find(report.product.as_str()) {
            let aliases = products.aliases.iter().filter(|(_, name)| identity::is_product(name, product));
            let names = std::iter::once(product).chain(aliases.map(|(alias, _)| alias.as_str()));
            let same = names.filter(|name| products.find(name) == Some(product));
            numbers.extend(same.filter_map(number).map(Some));
        }
        numbers
    }
}

/// The number of a name, which is taken in if it is new.
fn number_of(numbers: &mut BTreeMap<String, usize>, name: String) -> usize {
    let next = numbers.len();
    *numbers.entry(name).or_insert(next)
}

#[cfg(test)]
mod tests {
    use ledger::{Entry, UsageMetric};

    use crate::association::{Associations, covers};
    use crate::history::History;
    use crate::rulebook::{AssociationList, Metric, Part, Rule, Rulebook, Track};
    use crate::standpoint::Cut;

    const TERMS: [&str; 7] = [
        r#""mechanism":"csp","role":"direct_bill""#,
        r#""mechanism":"dpor","subscription":"s1""#,
        r#""mechanism":"dpor","subscription":"s2""#,
        r#""mechanism":"pal","principal":"p""#,
        r#""mechanism":"cpor","role":"osu","workload":"Exchange""#,
        r#""mechanism":"cpor","role":"osu","workload":"exchange online""#,
        r#""mechanism":"cpor","role":"osu","workload":"TEAMS","subscription":"s2""#,
    ];
    const DAYS: [&str; 5] = ["2024-11-30", "2024-12-31", "2025-01-05", "2025-01-31", "2025-02-10"];

    /// Forty associations with one customer, some of them ended, and a report of each kind.
    fn history(seed: u64) -> History {
        let mut dice = fastrand::Rng::with_seed(seed);
        let customer = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;
        let mut events = Vec::new();
        for number in 0..40 {
            let association = format!(r#""association":"00000000-0000-4000-8000-{number:012}""#);
            let day = DAYS[dice.usize(..DAYS.len())];
            let terms = TERMS[dice.usize(..TERMS.len())];
            let start = format!(r#""effective_at":"{day}T00:00:00.000000Z",{association}"#);
            events.push(format!(r#""type":"association_accepted","partner":"1",{start},{customer},{terms}"#));
            if dice.bool() {
                let day = DAYS[dice.usize(..DAYS.len())];
                let end = format!(r#""effective_at":"{day}T12:00:00.000000Z",{association}"#);
                events.push(format!(r#""type":"association_revoked","partner":"1",{end}"#));
            }
        }
        for product in ["Exchange", "Exchange Online", "teams", "Virtual Machines"] {
            for subscription in ["", r#","subscription":"s1""#, r#","subscription":"s2""#, r#","subscription":"s3""#] {
                events.push(format!(
                    r#""type":"usage_reported","partner":"1","month":"2025-01",{customer},"product":"{product}","metric":"paid_seats","value":"5"{subscription}"#
                ));
            }
        }
        let line = |(seq, event)| {
            let id = format!("0195d3c0-0000-7000-8000-{seq:012}");
            format!(r#"{{"seq":{seq},"recorded_at":"2026-01-01T00:00:00.{seq:06}Z","event":{{"id":"{id}",{event}}}}}"#)
        };
        let lines = events.into_iter().enumerate().map(line);
        let entries = lines.map(|line| Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}")));
        History::fold(&entries.collect::<Vec<Entry>>())
    }

    #[test]
    fn what_covers_a_report_is_the_first_association_that_looking_at_each_finds() {
        let rulebook = Rulebook::builtin();
        let rule = rulebook.rule(ledger::Area::Security, Metric::UsageGrowth, Track::Single, day()).expect("a rule");
        let Rule::SecurityUsageGrowth(rule) = &rule.row.value else { panic!("{:?}", rule.row.value) };
        let list: AssociationList = rule.parts.associations_m365.clone();
        let products = rulebook.products(ledger::Area::Security, Metric::UsageGrowth, Some(Part::M365), day());
        let mut covered = 0;
        for seed in 0..50 {
            let history = history(seed);
            let associations = Associations::stand(&history, rulebook, None, Cut::END);
            let month = ledger::Month::of(day());
            for report in history.reports(UsageMetric::PaidSeats, month) {
                for (list, products) in [
                    (None, None),
                    (Some(&list), None),
                    (Some(&list), products.as_ref().map(|chosen| &chosen.row.value)),
                ] {
                    for month in [month.plus(-1), month, month.plus(1)] {
                        let all = associations.with(report.customer);
                        let in_force = all.iter().filter(|one| one.in_force_at_end_of(month));
                        let mut counting = in_force.filter(|one| list.is_none_or(|list| one.counts_for(list)));
                        let naive = counting.clone().find(|one| covers(one, products, &report));
                        covered += usize::from(naive.is_some());
                        assert_eq!(associations.cover(list, products, &report, month), naive, "seed {seed}, {month}");
                        let Some(list) = list else { continue };
                        let newest = all.iter().rfind(|one| one.counts_for(list));
                        let found = associations.newest_and_first(list, report.customer, month);
                        assert_eq!(found, (newest, counting.next()), "seed {seed}, {month}");
                    }
                }
            }
        }
        assert!(covered > 1_000, "{covered}");
    }

    fn day() -> ledger::Date {
        ledger::parse_date("2025-01-31").expect("a date")
    }
}
