//! What the ledger knows of the partners that a report names.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use ledger::{Event, Fact, FoldToKeep, Folds, KeptFold, Month, Name, PartnerId, ReadError, Reader};
use projection::rulebook::Rulebook;

use crate::error::Error;
use crate::known::{Known, Rules, kept_differs, retracted};
use reports::{KeptFigures, PartnerFacts, SharedFacts};

/// With fewer entries of a partner, reading them all takes no longer than opening the cache.
const WORTH_KEEPING: usize = 2_048;
/// With at least this many entries after what is kept, the facts are kept anew.
const FURTHER: usize = 64;

/// The number of the part that has all but the figures of the months.
const HEAD: u32 = u32::MAX;

/// What the ledger knows of the partners that were asked for, kept up to date with what is appended.
pub struct Book {
    source: Rc<FactsSource>,
    partners: BTreeMap<PartnerId, SharedFacts>,
}

impl Book {
    /// What the ledger knows at an instant, by rules that say which products are one.
    pub fn new(known: &Known, rules: &Rules) -> Self {
        Self::of(known, rules, known.reader.folds())
    }

    /// The same for one who only compares what is kept: in a copy, so that nothing changes.
    pub fn to_compare(known: &Known, rules: &Rules) -> Self {
        Self::of(known, rules, known.reader.copy_of_folds())
    }

    fn of(known: &Known, rules: &Rules, folds: Folds) -> Self {
        let (reader, rulebook) = (known.reader.clone(), rules.book.clone());
        let form = format!("facts {} by {}", PartnerFacts::FORM, rulebook.sha256());
        let failure = RefCell::default();
        let source = Rc::new(FactsSource { reader, end: known.end, rulebook, folds, form, failure });
        Self { source, partners: BTreeMap::new() }
    }

    /// Why the ledger could not be read, if it could not.
    pub(super) fn failure(&mut self) -> Option<Error> {
        self.source.failure.take().map(Error::from)
    }

    /// What is known of a partner.
    pub(super) fn facts(&mut self, partner: &PartnerId) -> SharedFacts {
        if let Some(facts) = self.partners.get(partner.as_str()) {
            return facts.clone();
        }
        let facts = SharedFacts::new(self.source.or_nothing(FactsSource::facts(&self.source, partner)));
        self.partners.insert(partner.clone(), facts.clone());
        facts
    }

    /// Notes an event that was appended.
    pub(super) fn learn(&mut self, event: &Event) {
        if let Some(partner) = &event.partner {
            self.facts(partner).learn(&by_code(event, &self.source.rulebook));
        }
    }

    /// Compares the facts that are kept of a partner with its entries; returns whether any are kept that would be used.
    pub fn compare(&self, partner: &PartnerId) -> Result<bool, Error> {
        let FactsSource { folds, form, .. } = &*self.source;
        let Some(fold) = folds.get(partner.as_str(), form) else { return Ok(false) };
        let facts = self.source.whole(partner, fold.size)?;
        let parts: BTreeMap<u32, Option<Vec<u8>>> = numbered(&facts);
        // A part that is missing or damaged would not be used.
        let is_same = |number: &u32, part: &Option<Vec<u8>>| {
            folds.part(partner.as_str(), &fold, *number).is_none_or(|kept| Some(&kept) == part.as_ref())
        };
        if fold.parts().eq(parts.keys().copied()) && parts.iter().all(|(number, part)| is_same(number, part)) {
            return Ok(true);
        }
        Err(kept_differs(partner, fold.size, "cache"))
    }
}

/// Where the facts of partners are read.
#[derive(Debug)]
struct FactsSource {
    reader: Reader,
    end: u64,
    rulebook: Cow<'static, Rulebook>,
    folds: Folds,
    /// Names what facts depend on beside the entries; kept facts of another form are not used.
    form: String,
    failure: RefCell<Option<ReadError>>,
}

impl FactsSource {
    /// The facts of a partner. If there are many entries, only those after the kept facts are read.
    fn facts(source: &Rc<Self>, partner: &PartnerId) -> Result<PartnerFacts, ReadError> {
        if source.reader.count(partner.as_str(), source.end)? < WORTH_KEEPING {
            return source.whole(partner, source.end);
        }
        let kept = source.folds.get(partner.as_str(), &source.form);
        let from_kept = kept.map(|fold| Self::from_kept(source, partner, fold)).transpose()?.flatten();
        let (facts, before) = match from_kept {
            Some((facts, _, further)) if further < FURTHER => return Ok(facts),
            Some((facts, kept, _)) => (facts, Some(kept)),
            None => (source.whole(partner, source.end)?, None),
        };
        source.folds.keep(
            partner.as_str(),
            &source.form,
            FoldToKeep { size: source.end, parts: numbered(&facts), before: before.as_ref().map(|kept| &kept.fold) },
        );
        Ok(facts)
    }

    /// The kept facts with the entries after them, and how many these are; `None` if one of them is a retraction.
    fn from_kept(
        source: &Rc<Self>,
        partner: &PartnerId,
        fold: KeptFold,
    ) -> Result<Option<(PartnerFacts, Rc<KeptFacts>, usize)>, ReadError> {
        let (source, partner) = (Rc::clone(source), partner.clone());
        let kept = Rc::new(KeptFacts { source, partner, fold, again: OnceCell::new() });
        let KeptFacts { source, partner, fold, .. } = &*kept;
        let head = source.folds.part(partner.as_str(), fold, HEAD);
        let facts = head.and_then(|head| PartnerFacts::of_kept(&head, kept.clone()));
        let Some(mut facts) = facts else { return Ok(None) };
        let mut retracts = false;
        let further = source.reader.each_entry(partner.as_str(), fold.size, source.end, &mut |entry| {
            retracts |= matches!(entry.event.fact, Fact::EventRetracted { .. });
            facts.learn(&by_code(&entry.event, &source.rulebook));
        })?;
        Ok((!retracts).then_some((facts, kept, further)))
    }

    /// The facts of all entries of a partner below a size. If any are retracted, the others are read once more.
    fn whole(&self, partner: &PartnerId, end: u64) -> Result<PartnerFacts, ReadError> {
        let mut facts = PartnerFacts::default();
        let mut retractions = Vec::new();
        self.reader.each_entry(partner.as_str(), 0, end, &mut |entry| {
            facts.learn(&by_code(&entry.event, &self.rulebook));
            if matches!(entry.event.fact, Fact::EventRetracted { .. }) {
                retractions.push(entry);
            }
        })?;
        if retractions.is_empty() {
            return Ok(facts);
        }
        let retracted = retracted(&retractions);
        facts = PartnerFacts::default();
        self.reader.each_entry(partner.as_str(), 0, end, &mut |entry| {
            if !retracted.contains(&entry.event.id) {
                facts.learn(&by_code(&entry.event, &self.rulebook));
            }
        })?;
        Ok(facts)
    }

    /// The facts; after a failure none, and [`Book::failure`] tells why.
    fn or_nothing(&self, facts: Result<PartnerFacts, ReadError>) -> PartnerFacts {
        facts.unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            PartnerFacts::default()
        })
    }
}

/// What was kept of a partner.
#[derive(Debug)]
struct KeptFacts {
    source: Rc<FactsSource>,
    partner: PartnerId,
    fold: KeptFold,
    again: OnceCell<Rc<PartnerFacts>>,
}

impl KeptFigures for KeptFacts {
    fn part(&self, month: Month) -> Option<Vec<u8>> {
        self.source.folds.part(self.partner.as_str(), &self.fold, number(month))
    }

    fn facts(&self) -> Rc<PartnerFacts> {
        let again = || Rc::new(self.source.or_nothing(self.source.whole(&self.partner, self.fold.size)));
        self.again.get_or_init(again).clone()
    }
}

/// The parts of facts by their numbers.
fn numbered(facts: &PartnerFacts) -> BTreeMap<u32, Option<Vec<u8>>> {
    let months = facts.parts().into_iter().map(|(month, part)| (number(month), part));
    months.chain([(HEAD, Some(facts.head()))]).collect()
}

/// The number of the part that has the figures of a month.
fn number(month: Month) -> u32 {
    month.number().cast_unsigned()
}

/// The event with the code of its certification that the rules use, as for the titles in reports.
fn by_code<'e>(event: &'e Event, rulebook: &Rulebook) -> Cow<'e, Event> {
    let mut read = Cow::Borrowed(event);
    if let Fact::CertificationLinked { certification, .. }
    | Fact::CertificationEarned { certification, .. }
    | Fact::CertificationUnlinked { certification: Some(certification), .. } = &event.fact
        && let Ok(code) = Name::new(rulebook.code_of(certification.as_str()))
        && code != *certification
        && let Fact::CertificationLinked { certification, .. }
        | Fact::CertificationEarned { certification, .. }
        | Fact::CertificationUnlinked { certification: Some(certification), .. } = &mut read.to_mut().fact
    {
        *certification = code;
    }
    read
}
