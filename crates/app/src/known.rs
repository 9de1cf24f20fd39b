//! What is known at an instant: the entries up to it, the rules in force, and what contradicts.

mod findings;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{Code, Date, Entry, EntryLine, EventId, EventType, Fact, PartnerId, Reader, Timestamp};
use projection::rulebook::Rulebook;
use projection::{Claims, History, rulebook_in_force};

use crate::beyond::{AssumedEvents, Assumption};
use crate::bounds;
use crate::error::{Error, Origin, made_again};
use crate::file_kind::{FileKind, or_other_kind};
use crate::folds::Folds;
use crate::interrupt::Interrupt;
use crate::scan::{FirstError, scan};
use crate::session::Session;
use crate::text::counted;

/// Entries between two marks of progress.
const MARK: u64 = 1_024;

/// Entries whose histories are held in memory at a time: some 190 MiB.
const ENTRIES_IN_MEMORY: u64 = 1_000_000;

/// The page about what a ledger knows of the time before it was made.
pub(crate) const LOADING: &str = "docs/loading-history.md";

/// The entries recorded at or before an instant.
pub struct Known {
    /// The ledger, which may know more.
    pub reader: Reader,
    /// The number of entries known.
    pub end: u64,
    /// The instant that was asked, or that of the newest entry.
    pub at: Timestamp,
    /// What is assumed to be known beside; nothing before [`Known::assume`].
    assumed: Assumption,
    /// How many entries of other partners than those that were asked about were read.
    beside: Cell<u64>,
    /// What all partners claim; gathered once more histories were read one by one than there are partners.
    claims: OnceCell<Arc<Claims>>,
    /// What other questions folded, where somebody keeps it.
    folds: Option<Arc<Folds>>,
    /// Tells that nobody waits for the answer any more.
    interrupt: Interrupt,
}

/// The rules that scores are computed by, with their name.
pub struct Rules {
    /// The name that scores quote.
    pub name: String,
    /// The rules.
    pub book: Cow<'static, Rulebook>,
}

impl Known {
    /// What the ledger knew at an instant, or knows now.
    pub fn open(session: &Session<'_>, known_at: Option<Timestamp>) -> Result<Self, Error> {
        let (folds, interrupt) = (session.folds(), session.world.interrupt.clone());
        Ok(Self { folds, interrupt, ..Self::of(session.reader()?, known_at)? })
    }

    /// The same, whose folds are kept, and found among those of others.
    #[cfg(test)]
    pub(crate) fn keeping(self, folds: Arc<Folds>) -> Self {
        Self { folds: Some(folds), ..self }
    }

    /// What a reader knew at an instant, or knows now.
    pub fn of(reader: Reader, known_at: Option<Timestamp>) -> Result<Self, Error> {
        let (end, at) = match known_at {
            Some(at) => (reader.size_at(at)?, at),
            None => (reader.size(), newest(&reader)?.unwrap_or(Timestamp::from_micros(0))),
        };
        tracing::info!("as known at {at}: {end} of {} entries", reader.size());
        Ok(Self::new(reader, end, at))
    }

    /// The first entries of a ledger, which are those known at an instant.
    #[must_use]
    pub fn new(reader: Reader, end: u64, at: Timestamp) -> Self {
        Self {
            reader,
            end,
            at,
            assumed: Assumption::default(),
            beside: Cell::new(0),
            claims: OnceCell::new(),
            folds: None,
            interrupt: Interrupt::default(),
        }
    }

    /// Takes the events of files to be known, as if they were recorded behind all that is; `stdin` is what `-` stands for.
    ///
    /// # Errors
    /// The code of the first event that is refused, with its line; a file that cannot be read.
    pub fn assume(&mut self, session: &Session<'_>, stdin: &mut dyn Read, files: &[PathBuf]) -> Result<(), Error> {
        self.assumed = Assumption::read(session, stdin, files, (&self.reader, self.end))?;
        Ok(())
    }

    /// What is assumed, in short, where anything was asked to be.
    #[must_use]
    pub fn assumed(&self) -> Option<&AssumedEvents> {
        self.assumed.summary.as_ref()
    }

    /// The number of entries known, assumed ones included.
    #[must_use]
    pub fn end_with_assumed(&self) -> u64 {
        self.end + self.assumed.entries.len() as u64
    }

    /// The partners known.
    pub fn partners(&self) -> Result<Vec<PartnerId>, Error> {
        let mut partners = self.reader.partners(self.end)?;
        let known = partners.len();
        partners.extend(self.assumed.partners().cloned());
        if partners.len() > known {
            partners.sort_unstable();
            partners.dedup();
        }
        Ok(partners)
    }

    /// The entries that hold for all partners, in their order.
    pub fn shared(&self) -> Result<Vec<Entry>, Error> {
        let mut entries = self.reader.shared_entries(self.end)?;
        entries.extend(self.assumed.shared().cloned());
        Ok(entries)
    }

    /// The partner that is asked about, else all that are known.
    pub(crate) fn asked_or_all(&self, partner: Option<&PartnerId>) -> Result<Vec<PartnerId>, Error> {
        partner.map_or_else(|| self.partners(), |partner| Ok(vec![partner.clone()]))
    }

    /// How often the log is scanned so that the histories of these partners fit into memory, and the number of
    /// partners, at least one, in each scan.
    pub(crate) fn passes(&self, partners: usize) -> (u64, usize) {
        let passes = self.end.div_ceil(ENTRIES_IN_MEMORY).max(1);
        (passes, partners.div_ceil(usize::try_from(passes).unwrap_or(usize::MAX)).max(1))
    }

    /// The entries of a partner.
    ///
    /// # Errors
    /// `unknown_partner` when there is none.
    pub fn entries(&self, partner: &PartnerId) -> Result<Vec<Entry>, Error> {
        let mut entries = self.reader.entries(partner.as_str(), self.end)?;
        entries.extend(self.assumed.of(partner).cloned());
        if entries.is_empty() {
            return Err(self.unknown(partner));
        }
        Ok(entries)
    }

    /// Refuses a partner of whom nothing is known.
    ///
    /// # Errors
    /// `unknown_partner`.
    pub fn check(&self, partner: &PartnerId) -> Result<(), Error> {
        let count = self.reader.count(partner.as_str(), self.end)?;
        if count > 0 || self.assumed.of(partner).next().is_some() { Ok(()) } else { Err(self.unknown(partner)) }
    }

    /// The partner's entries, folded.
    ///
    /// # Errors
    /// `unknown_partner` when there is none.
    pub fn history(&self, partner: &PartnerId) -> Result<Arc<History>, Error> {
        self.interrupt.check()?;
        let fold = || self.folded(partner)?.map(Arc::new).ok_or_else(|| self.unknown(partner));
        self.kept_folds().map_or_else(fold, |folds| folds.history(&(partner.clone(), self.root()?), fold))
    }

    /// What other questions folded: what is assumed beside is of this question alone.
    fn kept_folds(&self) -> Option<&Folds> {
        self.folds.as_deref().filter(|_| self.assumed.entries.is_empty())
    }

    /// A partner of whom nothing is known here.
    pub(crate) fn unknown(&self, partner: &PartnerId) -> Error {
        unknown_partner(&self.reader, partner, self.at)
    }

    /// Says of a question about the past when most of what the ledger has of the partner, or of all, was recorded later:
    /// that past may be the one before a first import. Where nothing is known of the partner, the question itself fails.
    pub(crate) fn say_later(&self, session: &Session<'_>, partner: Option<&PartnerId>) -> Result<(), Error> {
        let is_said = |later: &Later| later.came > later.known && (later.known > 0 || partner.is_none());
        if let Some(later) = Later::of(&self.reader, partner, self.end)?.filter(is_said) {
            session.say(&format!("note: {later} ({LOADING})"));
        }
        Ok(())
    }

    /// The partner's entries, folded; `None` when there is none.
    fn folded(&self, partner: &PartnerId) -> Result<Option<History>, Error> {
        self.interrupt.check()?;
        let mut folded: Option<History> = self.reader.folded(partner.as_str(), self.end)?;
        tracing::debug!("folded partner {partner}");
        for entry in self.assumed.of(partner) {
            folded.get_or_insert_default().extend([entry]);
        }
        Ok(folded)
    }

    /// Folds some of the lines of some partners, and hands the histories over. The log is scanned as often as it takes
    /// for the histories of one scan to fit into memory.
    pub(crate) fn each_history(
        &self,
        partners: &[PartnerId],
        is_read: &(dyn Fn(EntryLine<'_>) -> bool + Sync),
        on_mark: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&PartnerId, History) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (passes, in_a_pass) = self.passes(partners.len());
        for (pass, partners) in (0..).zip(partners.chunks(in_a_pass)) {
            let on_mark = |seq| on_mark(pass * self.end + seq, passes * self.end);
            let histories = self.fold(partners, is_read, &on_mark)?;
            tracing::info!("folded {} of {} entries", counted(histories.len() as u64, "partner"), self.end);
            for (partner, history) in histories {
                self.interrupt.check()?;
                take(&partner, history)?;
            }
        }
        Ok(())
    }

    /// Folds some of the lines of some partners in one scan of the log.
    fn fold(
        &self,
        partners: &[PartnerId],
        is_read: &(dyn Fn(EntryLine<'_>) -> bool + Sync),
        on_mark: &dyn Fn(u64),
    ) -> Result<BTreeMap<PartnerId, History>, Error> {
        let mut histories: BTreeMap<PartnerId, History> =
            partners.iter().map(|partner| (partner.clone(), History::default())).collect();
        let asked: BTreeSet<&str> = partners.iter().map(PartnerId::as_str).collect();
        let mut failure = FirstError::default();
        let mut marked = 0;
        self.reader.map(
            0,
            self.end,
            &|_, text| {
                let line = EntryLine::split(text)?;
                let is_asked = line.partner().is_some_and(|partner| asked.contains(partner)) && is_read(line);
                is_asked.then(|| Entry::read(text))
            },
            &mut |entry| {
                let mut goes_on = Ok(());
                if marked % MARK == 0 {
                    on_mark(marked);
                    goes_on = self.interrupt.check();
                }
                marked += 1;
                let entry = goes_on.and_then(|()| Ok(entry.transpose()?));
                failure.flow(entry.map(|entry| {
                    if let Some(entry) = entry
                        && let Some(history) = entry.event.partner.as_ref().and_then(|named| histories.get_mut(named))
                    {
                        history.extend([&entry]);
                    }
                }))
            },
        )?;
        failure.end()?;
        for (partner, history) in &mut histories {
            history.extend(self.assumed.of(partner));
        }
        Ok(histories)
    }

    /// The rules for a day: those that are given, else the adopted ones, else the built-in ones.
    pub(crate) fn rules(&self, session: &Session<'_>, day: Date, given: Option<&Path>) -> Result<Rules, Error> {
        let rules = given.map_or_else(|| self.rules_in_force(day), |given| given_rules(session, given))?;
        tracing::info!("rules of {day}: {} (sha256 {})", rules.name, rules.book.sha256());
        Ok(rules)
    }

    /// The adopted rules for a day, else the built-in ones.
    pub fn rules_in_force(&self, day: Date) -> Result<Rules, Error> {
        rules_of(&self.shared()?, day)
    }

    /// The rules by which findings are made: those in force on the day of the instant.
    pub fn rules_of_findings(&self) -> Result<Rules, Error> {
        self.rules_in_force(self.at.date())
    }

    /// The events that are retracted.
    pub(crate) fn retracted(&self) -> Result<BTreeSet<EventId>, Error> {
        let mut retractions = Vec::new();
        scan(&self.reader, 0, self.end, &mut |_, line| {
            if EntryLine::split(line).and_then(|line| line.event_type()) == Some(EventType::EventRetracted) {
                retractions.push(Entry::read(line)?);
            }
            Ok(())
        })?;
        Ok(retracted(&retractions))
    }

    /// The root of the tree of the entries known.
    pub(crate) fn root(&self) -> Result<[u8; 32], Error> {
        Ok(self.reader.root(self.end)?)
    }
}

/// When the newest entry was recorded; `None` when there is none.
pub(crate) fn newest(reader: &Reader) -> Result<Option<Timestamp>, Error> {
    Ok(reader.size().checked_sub(1).map(|newest| reader.recorded_at(newest)).transpose()?)
}

/// What the ledger recorded of a partner, or of all, behind what was known.
struct Later {
    /// Whose entries they are.
    whose: String,
    /// When the first of all of them was recorded.
    first: Timestamp,
    /// How many were known.
    known: u64,
    /// How many came later.
    came: u64,
}

impl Later {
    /// What came behind the first `end` entries; `None` where nothing did.
    fn of(reader: &Reader, partner: Option<&PartnerId>, end: u64) -> Result<Option<Self>, Error> {
        if end >= reader.size() {
            return Ok(None);
        }
        let (first, known, all) = match partner {
            Some(partner) => {
                let count = |end| reader.count(partner.as_str(), end).map(|count| count as u64);
                (reader.first(partner.as_str())?, count(end)?, count(reader.size())?)
            }
            None => (Some(0).filter(|_| reader.size() > 0), end, reader.size()),
        };
        let (Some(first), came @ 1..) = (first, all.saturating_sub(known)) else { return Ok(None) };
        let whose = partner.map_or_else(|| "the ledger".to_owned(), ToString::to_string);
        Ok(Some(Self { whose, first: reader.recorded_at(first)?, known, came }))
    }
}

impl Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whose, first, known, came } = self;
        let (all, were) =
            (counted(known + came, "entry"), if *came == 1 { "1 was".to_owned() } else { format!("{came} were") });
        write!(
            f,
            "the first entry of {whose} was recorded at {first}; of {all}, {were} recorded after the instant asked"
        )
    }
}

/// A partner of whom nothing was known at an instant: none that there is, or one whose entries all came later.
pub(crate) fn unknown_partner(reader: &Reader, partner: &PartnerId, known_at: Timestamp) -> Error {
    let unknown = |text: String| Error::new("unknown_partner", text).of(Origin::NoScore);
    if reader.size() == 0 {
        let text = format!("the ledger knows no partner {partner}: it has no entries");
        return unknown(text).hint("`pcs import` and `pcs record` record entries");
    }
    match Later::of(reader, Some(partner), 0) {
        Err(error) => error,
        Ok(None) => unknown(format!("the ledger knows no partner {partner} at {known_at}"))
            .hint("`pcs partners` names those that are known"),
        Ok(Some(Later { first, came, .. })) => {
            let entries =
                if came == 1 { "its only entry".to_owned() } else { format!("the first of its {came} entries") };
            unknown(format!("nothing of partner {partner} was recorded by {known_at}"))
                .because([format!("{entries} was recorded at {first}")])
                .hint(format!("ask for what is known now, or was known from then on: {LOADING} says why"))
        }
    }
}

/// Something that is kept in a directory of the ledger and differs from what the log says.
#[must_use]
pub fn kept_differs(partner: &PartnerId, size: u64, directory: &str) -> Error {
    let text = format!(
        "what was kept of {partner} is not what the log folds to: that of the first {} differs",
        counted(size, "entry")
    );
    Error::disproved("differs", text).hint(made_again(directory))
}

/// The entry with a number.
///
/// # Errors
/// `out_of_range` when the ledger has none.
pub(crate) fn entry_at(reader: &Reader, seq: u64) -> Result<Entry, Error> {
    if seq >= reader.size() {
        let what = format!("the ledger has {} entries, and no entry {seq}", reader.size());
        return Err(Error::new("out_of_range", what).hint("entries are counted from 0"));
    }
    Ok(reader.entry(seq)?)
}

/// The events that are retracted by these entries, which are in the order of the log.
#[must_use]
pub fn retracted(entries: &[Entry]) -> BTreeSet<EventId> {
    let retractions = entries.iter().filter_map(|entry| {
        let Fact::EventRetracted { event, .. } = entry.event.fact else { return None };
        Some((entry.event.id, event))
    });
    projection::retracted(retractions).into_keys().collect()
}

/// The rules for a day among the entries that hold for all partners, else the built-in ones.
pub(crate) fn rules_of(shared: &[Entry], day: Date) -> Result<Rules, Error> {
    if let Some((name, book)) = rulebook_in_force(shared, day)? {
        return Ok(Rules { name, book: Cow::Owned(book) });
    }
    let book = Rulebook::builtin();
    Ok(Rules { name: book.name().to_owned(), book: Cow::Borrowed(book) })
}

/// The rules of a ledger for a day, or where there is none the built-in ones.
pub fn rules_here(session: &Session<'_>, known_at: Option<Timestamp>, day: Date) -> Result<Rules, Error> {
    match Known::open(session, known_at) {
        Ok(known) => known.rules_in_force(day),
        Err(error) if error.code() == "no_ledger" => rules_of(&[], day),
        Err(error) => Err(error),
    }
}

/// The built-in rules of a name, else those of a file, which an error names as it was typed.
pub fn given_rules(session: &Session<'_>, given: &Path) -> Result<Rules, Error> {
    if let Some(book) = given.to_str().and_then(Rulebook::builtin_named) {
        return Ok(Rules { name: book.name().to_owned(), book: Cow::Borrowed(book) });
    }
    let text = bounds::read_text(&session.path(given), bounds::RULEBOOK).map_err(|error| {
        let is_unknown = error.kind() == io::ErrorKind::NotFound;
        let failure = Error::file("read", given)(error);
        if !is_unknown {
            return failure;
        }
        let names: Vec<&str> = Rulebook::builtin_names().collect();
        failure.hint(format!("built-in rulebooks are {}", names.join(" and ")))
    });
    let read = |text: String| {
        Rulebook::parse(&text).map_err(|errors| {
            Error::new(Code::BadValue.name(), format!("{} is no valid rulebook", given.display()))
                .because(errors.errors())
                .on_line(errors.errors().first().map(|error| error.line as u64))
        })
    };
    let book = text.and_then(read).map_err(or_other_kind(session, given, FileKind::Rulebook))?;
    Ok(Rules { name: book.name().to_owned(), book: Cow::Owned(book) })
}
