//! The associations that a file shows, month by month, and what that changes.
//!
//! A report does not say when an association began or ended. What it proves: in this month the association was there.
//! What follows from that is in [`crate::changes::runs`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{
    AssociationId, AssociationTerms, CustomerId, Date, Event, Fact, Mechanism, Month, Name, PartnerId, Remark, Role,
    Timestamp, When,
};

use projection::identity::product;

use crate::changes::relations::recorded_ends::{cut, recorded_ends};
use crate::changes::runs::{RunChange, RunEvidence, WholeMonths, changes};
use crate::changes::subject::Subject;
use crate::context::{Context, Part};
use crate::error::ReportError;
use crate::facts::Identity;
use crate::facts::run::AssociationRun;
use crate::kind::Kind;
use crate::output::Output;
use crate::output::ids::association_id;
use crate::output::origin::Origin;
use crate::provenance::AssociationNote;
use crate::provenance::as_of::NewestPeriod;
use crate::provenance::rule::Rule;

/// What a row shows of an association.
pub(crate) struct Sighting<'a> {
    pub(crate) line: u64,
    pub(crate) subject: &'a Subject,
    pub(crate) mechanism: Mechanism,
    pub(crate) role: Option<Role>,
    pub(crate) workload: Option<&'a Name>,
    pub(crate) subscription: Option<&'a Name>,
    /// The claim, where claims have ids.
    pub(crate) claim: Option<&'a str>,
    /// The day of association, where the report gives it.
    pub(crate) since: Option<Date>,
}

/// The associations of one file.
pub(crate) struct Sightings {
    kind: Kind,
    partners: BTreeMap<PartnerId, PartnerSightings>,
    /// Whether any row says how it is attributed: else the file shows no association, and that none is there neither.
    tells: bool,
    lacks: ColumnGaps,
}

/// The columns that a file lacks of those by which associations are told apart: it ends none that has what they would
/// have said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColumnGaps {
    pub(crate) product: bool,
    pub(crate) subscription: bool,
    pub(crate) claim: bool,
}

impl ColumnGaps {
    fn hides(self, identity: &Identity) -> bool {
        (self.product && identity.workload.is_some())
            || (self.subscription && identity.subscription.is_some())
            || (self.claim && identity.claim.is_some())
    }
}

/// What a file shows of a partner.
#[derive(Default)]
struct PartnerSightings {
    /// The months of which the file has rows.
    months: BTreeSet<Month>,
    seen: HashMap<Identity, Appearances>,
    /// Customers of whom nothing ends.
    spared: BTreeSet<CustomerId>,
}

/// One association under way.
struct Appearances {
    line: u64,
    location: Option<Name>,
    workload: Option<Name>,
    since: Option<Date>,
    months: BTreeMap<Month, u64>,
}

impl Sightings {
    pub(crate) fn new(kind: Kind, lacks: ColumnGaps) -> Self {
        Self { kind, partners: BTreeMap::new(), tells: false, lacks }
    }

    /// Notes that a row says how it is attributed.
    pub(crate) fn tell(&mut self) {
        self.tells = true;
    }

    /// Notes that nobody knows which association of a customer a row shows.
    pub(crate) fn spare(&mut self, partner: &PartnerId, customer: CustomerId) {
        self.shows(partner).spared.insert(customer);
    }

    /// Notes that the file has rows of a partner in a month, whatever they show.
    pub(crate) fn cover(&mut self, partner: &PartnerId, month: Month) {
        self.shows(partner).months.insert(month);
    }

    /// The file that the facts are taken from, of the day that its newest month tells.
    pub(crate) fn origin(&self, context: &Context<'_>, sha256: &str) -> Origin {
        let newest = self.partners.values().filter_map(|shows| shows.months.last()).max().copied();
        let first = self.partners.values().filter_map(|shows| shows.months.first()).min().copied();
        Origin::new(self.kind, context.file_name, sha256, context.as_of(newest.map(NewestPeriod::Month)))
            .with(first.zip(newest))
    }

    /// Notes what a row shows.
    pub(crate) fn add(&mut self, sighting: &Sighting<'_>) {
        let Sighting { line, subject, mechanism, role, .. } = *sighting;
        let shows = self.shows(&subject.partner);
        let identity = Identity {
            customer: subject.customer,
            mechanism,
            role,
            workload: sighting.workload.map(|workload| product(workload.as_str())),
            subscription: sighting.subscription.cloned(),
            claim: sighting.claim.map(str::to_owned),
        };
        let seen = shows.seen.entry(identity).or_insert_with(|| Appearances {
            line,
            location: subject.location.clone(),
            workload: sighting.workload.cloned(),
            since: None,
            months: BTreeMap::new(),
        });
        seen.since = [seen.since, sighting.since].into_iter().flatten().min();
        seen.months.entry(subject.month).or_insert(line);
    }

    /// The months of each partner of which the file is the whole truth: none unless it is a snapshot without refused
    /// rows, and none that a newer download has.
    pub(crate) fn whole(
        &self,
        context: &Context<'_>,
        origin: &Origin,
        output: &Output<'_>,
    ) -> Result<BTreeMap<PartnerId, BTreeSet<Month>>, ReportError> {
        if !output.is_whole(context) {
            return Ok(BTreeMap::new());
        }
        let whole = self.newest_months(context, origin);
        for (partner, months) in &whole {
            for month in months {
                let part = Part { kind: self.kind, partner: partner.clone(), month: *month, as_of: origin.as_of() };
                context.check_part(part)?;
            }
        }
        Ok(whole)
    }

    /// The months of each partner that no newer download has.
    pub(crate) fn newest_months(&self, context: &Context<'_>, origin: &Origin) -> BTreeMap<PartnerId, BTreeSet<Month>> {
        let months_of = |(partner, shows): (&PartnerId, &PartnerSightings)| {
            let facts = (context.known)(partner);
            let newest = |month: Month| facts.ask(|facts| facts.newest_download(self.kind, month));
            let is_newest = |month: &&Month| newest(**month).is_none_or(|day| day <= origin.as_of());
            (partner.clone(), shows.months.iter().filter(is_newest).copied().collect())
        };
        self.partners.iter().map(months_of).collect()
    }

    /// Hands over what the file changes, in the order of first rows; then the ends that no row shows.
    pub(crate) fn hand_over(
        self,
        whole: &BTreeMap<PartnerId, BTreeSet<Month>>,
        context: &Context<'_>,
        origin: &Origin,
        output: &mut Output<'_>,
    ) {
        output.summary.blind_reports += u64::from(!self.tells && !whole.is_empty());
        for (partner, shows) in self.partners {
            let facts = (context.known)(&partner);
            let known = facts.ask(|facts| facts.runs(self.kind));
            let whole = whole.get(partner.as_str()).filter(|_| self.tells).map(|file| WholeMonths {
                file: file.clone(),
                ledger: facts.ask(|facts| facts.months(self.kind)).into_keys().collect(),
            });
            let customers: BTreeSet<CustomerId> =
                shows.seen.keys().chain(known.keys()).map(|identity| identity.customer).collect();
            let resold = shows.seen.keys().chain(known.keys()).filter(|identity| identity.mechanism == Mechanism::Csp);
            let resold: BTreeSet<CustomerId> = resold.map(|identity| identity.customer).collect();
            let ends = facts.ask(|facts| Ends {
                churns: customers
                    .into_iter()
                    .filter_map(|customer| Some((customer, facts.churns(customer)?.clone())))
                    .collect(),
                by_records: recorded_ends(facts, &partner, resold.into_iter()),
            });
            let to = SightingDestination { partner: &partner, kind: self.kind, lacks: self.lacks, origin, output };
            shows.hand_over(known, whole.as_ref(), &ends, to);
        }
    }

    fn shows(&mut self, partner: &PartnerId) -> &mut PartnerSightings {
        self.partners.entry(partner.clone()).or_default()
    }
}

/// What other sources know of ends.
struct Ends {
    /// The churns of customers, which end everything.
    churns: BTreeMap<CustomerId, BTreeSet<Timestamp>>,
    /// The ends of relationships that records tell.
    by_records: BTreeMap<CustomerId, BTreeSet<Timestamp>>,
}

impl Ends {
    /// Everything that ends an association.
    fn of(&self, identity: &Identity) -> BTreeSet<Timestamp> {
        let by_records = self.by_records(identity).into_iter().flatten();
        self.churns.get(&identity.customer).into_iter().flatten().chain(by_records).copied().collect()
    }

    fn by_records(&self, identity: &Identity) -> Option<&BTreeSet<Timestamp>> {
        self.by_records.get(&identity.customer).filter(|_| identity.mechanism == Mechanism::Csp)
    }
}

/// Where the associations of a partner go.
struct SightingDestination<'a, 'o> {
    partner: &'a PartnerId,
    kind: Kind,
    lacks: ColumnGaps,
    origin: &'a Origin,
    output: &'a mut Output<'o>,
}

impl PartnerSightings {
    fn hand_over(
        self,
        mut known: BTreeMap<Identity, Vec<AssociationRun>>,
        whole: Option<&WholeMonths>,
        ends: &Ends,
        mut to: SightingDestination<'_, '_>,
    ) {
        let lacks = to.lacks;
        let ends_of =
            |identity: &Identity| whole.filter(|_| !lacks.hides(identity) && !self.spared.contains(&identity.customer));
        let mut seen: Vec<(Identity, Appearances)> = self.seen.into_iter().collect();
        seen.sort_unstable_by(|(identity, seen), (other, other_seen)| {
            (seen.line, identity).cmp(&(other_seen.line, other))
        });
        for (identity, seen) in seen {
            let mut runs = known.remove(&identity).unwrap_or_default();
            let is_told = |month: &Month| whole.is_none_or(|whole| whole.file.contains(month));
            let months: BTreeSet<Month> = seen.months.keys().copied().filter(is_told).collect();
            let churns = ends.of(&identity);
            let since = seen.since.map(Timestamp::start_of);
            let shown = RunEvidence { months: &months, since, whole: ends_of(&identity), churns: &churns };
            let before = runs.clone();
            let made = changes(&mut runs, &shown, &|start, count| to.id(&identity, start, count));
            to.output.summary.known_associations += u64::from(made.is_empty());
            // Churns need no cut, for they end runs while these are folded.
            let churns = ends.churns.get(&identity.customer).unwrap_or(const { &BTreeSet::new() });
            let cut = ends.by_records(&identity).map(|told| cut(&before, &runs, &made, told, churns));
            for change in made {
                to.change(&identity, Some(&seen), change);
            }
            for (id, at) in cut.into_iter().flatten() {
                to.cut(seen.line, id, at);
            }
        }
        for (identity, mut runs) in known {
            let Some(whole) = ends_of(&identity) else { continue };
            let churns = ends.of(&identity);
            let shown = RunEvidence { months: &BTreeSet::new(), since: None, whole: Some(whole), churns: &churns };
            for change in changes(&mut runs, &shown, &|start, count| to.id(&identity, start, count)) {
                to.change(&identity, None, change);
            }
        }
    }
}

impl SightingDestination<'_, '_> {
    /// The id of an association's run: the first has none of its start in it, so that it is the same in every ledger.
    fn id(&self, identity: &Identity, start: Timestamp, count: u32) -> AssociationId {
        let base = association_id(&[
            self.kind.name(),
            self.partner.as_str(),
            &identity.customer.to_string(),
            identity.mechanism.name(),
            identity.role.map_or("", Role::name),
            identity.claim.as_deref().unwrap_or(""),
            identity.workload.as_deref().unwrap_or(""),
            identity.subscription.as_ref().map_or("", Name::as_str),
        ]);
        match count {
            0 => base,
            count => association_id(&["return", &base.to_string(), &start.to_string(), &count.to_string()]),
        }
    }

    fn change(&mut self, identity: &Identity, seen: Option<&Appearances>, change: RunChange) {
        match change {
            RunChange::Begin { id, start, month, is_stated } => {
                let line = seen.and_then(|seen| seen.months.get(&month)).copied().unwrap_or(0);
                let rule = if is_stated { Rule::DateOfAssociation } else { Rule::FirstMonthOfAttribution };
                let first_shown = (Month::of(start.date()) != month).then_some(month);
                let fact = Fact::AssociationAccepted(self.terms(identity, seen, id));
                let location = seen.and_then(|seen| seen.location.clone());
                let note = AssociationNote { claim: identity.claim.clone(), first_shown };
                self.event(line, rule, (fact, start), (location, note.remark()));
            }
            RunChange::End { id, at, month } => {
                let reason = Remark::new(&format!("no longer in the report of {month}")).ok();
                let fact = Fact::AssociationRevoked { association: id, by: None, reason };
                self.event(0, Rule::AttributionGone, (fact, at), (None, None));
            }
        }
    }

    /// Ends a run that records end.
    fn cut(&mut self, line: u64, association: AssociationId, at: Timestamp) {
        let reason = Remark::new("the relationship was ended").ok();
        let fact = Fact::AssociationRevoked { association, by: None, reason };
        self.event(line, Rule::RelationshipEnded, (fact, at), (None, None));
    }

    fn event(
        &mut self,
        line: u64,
        rule: Rule,
        (fact, at): (Fact, Timestamp),
        (location, note): (Option<Name>, Option<Remark>),
    ) {
        let event = self.origin.event(self.partner, When::At(at), fact, (line, 0), rule);
        self.output.event(line, rule, Event { location, note, ..event });
    }

    fn terms(&self, identity: &Identity, seen: Option<&Appearances>, association: AssociationId) -> AssociationTerms {
        let account = seen.and_then(|seen| seen.location.as_ref()).map_or(self.partner.as_str(), Name::as_str);
        let workload = seen.and_then(|seen| seen.workload.clone());
        let folded = || identity.workload.as_deref().and_then(|workload| Name::new(workload).ok());
        AssociationTerms {
            association,
            customer: Some(identity.customer),
            mechanism: Some(identity.mechanism),
            role: identity.role,
            workload: workload.or_else(folded),
            subscription: identity.subscription.clone(),
            principal: (identity.mechanism == Mechanism::Pal).then(|| stand_in(account)).flatten(),
        }
    }
}

/// Stands for the linked identity of a partner admin link, which no report of usage names: the account that it names.
fn stand_in(account: &str) -> Option<Name> {
    Name::new(&format!("report:{account}")).ok()
}

/// Stands for the subscription of a partner of record, which a row does not name.
pub(crate) fn stand_in_subscription(account: &str, customer: CustomerId) -> Option<Name> {
    Name::new(&format!("report:{account}:{customer}")).ok()
}
