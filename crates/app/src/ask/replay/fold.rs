//! Everything folded from the first entry, by the lines of the log alone.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::proof::{GrowingTree, leaf_hash};
use ledger::{Code, Date, Entry, EntryLine, EventType, Fact, Key, PartnerId, Reader, Refusal};
use projection::rulebook::Rulebook;
use projection::{Claims, Finding, History, exclusive_keys, findings, findings_beside};

use crate::error::Error;
use crate::scan::FirstError;

/// Entries between two marks of progress.
const MARK: u64 = 1_024;

/// What the lines fold to.
pub(super) struct Fold {
    /// The partners whose every fact is folded; of the others, what may contradict.
    asked: BTreeSet<PartnerId>,
    facts: Facts,
    tree: GrowingTree,
    nothing: History,
    /// What all partners claim, once one claims what many others do.
    gathered: OnceCell<Claims>,
}

/// So many partners that may claim the same as one are not compared one by one.
const MANY_CLAIMS: usize = 64;

#[derive(Default)]
struct Facts {
    histories: BTreeMap<PartnerId, History>,
    claims: HashMap<Key, BTreeSet<PartnerId>>,
    shared: Vec<Entry>,
}

impl Fold {
    /// Nothing is folded yet; these partners will be asked about.
    pub(super) fn new(asked: impl IntoIterator<Item = PartnerId>) -> Self {
        let asked = asked.into_iter().collect();
        Self {
            asked,
            facts: Facts::default(),
            tree: GrowingTree::default(),
            nothing: History::default(),
            gathered: OnceCell::new(),
        }
    }

    /// Folds the lines that follow, up to `end_exclusive`: they are hashed and read on several threads.
    pub(super) fn advance(&mut self, reader: &Reader, end_exclusive: u64, on_mark: &dyn Fn(u64)) -> Result<(), Error> {
        let from = self.entries();
        self.gathered.take();
        let Self { asked, facts, tree, .. } = self;
        let mut failure = FirstError::default();
        let read = |_: u64, line: &str| (leaf_hash(line), matters(asked, line).then(|| Entry::read(line)));
        reader.map(from, end_exclusive, &read, &mut |(leaf, entry)| {
            let seq = tree.size();
            if seq % MARK == 0 {
                on_mark(seq);
            }
            tree.push(leaf);
            failure.flow(match entry {
                Some(Ok(entry)) => {
                    facts.push(asked, entry);
                    Ok(())
                }
                Some(Err(refusal)) => {
                    let unreadable = format!("entry {seq} cannot be read: {refusal}");
                    Err(Error::entry(refusal, |_| Refusal::new(Code::Malformed, unreadable).into()))
                }
                None => Ok(()),
            })
        })?;
        failure.end()
    }

    /// The number of entries folded.
    pub(super) fn entries(&self) -> u64 {
        self.tree.size()
    }

    /// The root of their tree.
    pub(super) fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// The entries that hold for all partners.
    pub(super) fn shared(&self) -> &[Entry] {
        &self.facts.shared
    }

    /// What a partner's entries fold to.
    pub(super) fn history(&self, partner: &PartnerId) -> &History {
        self.facts.histories.get(partner).unwrap_or(&self.nothing)
    }

    /// What contradicts in a partner's entries, as of a day.
    pub(super) fn findings(&self, partner: &PartnerId, rulebook: &Rulebook, day: Date) -> Vec<Finding> {
        let history = self.history(partner);
        if let Some(claims) = self.gathered.get() {
            return findings_beside(history, partner, claims, rulebook, day);
        }
        let keys = exclusive_keys(history, rulebook);
        let others: BTreeSet<&PartnerId> = keys.iter().filter_map(|key| self.facts.claims.get(key)).flatten().collect();
        if others.len() > MANY_CLAIMS {
            let gather = || {
                let mut claims = Claims::default();
                for (partner, history) in &self.facts.histories {
                    claims.add(partner, history, rulebook);
                }
                claims
            };
            return findings_beside(history, partner, self.gathered.get_or_init(gather), rulebook, day);
        }
        let others: Vec<(&PartnerId, &History)> = others
            .into_iter()
            .filter(|other| *other != partner)
            .filter_map(|other| Some((other, self.facts.histories.get(other)?)))
            .collect();
        findings(history, &others, rulebook, day)
    }
}

impl Facts {
    fn push(&mut self, asked: &BTreeSet<PartnerId>, entry: Entry) {
        let Some(partner) = entry.event.partner.clone() else {
            self.shared.push(entry);
            return;
        };
        for key in entry.event.fact.claims() {
            self.claims.entry(key).or_default().insert(partner.clone());
        }
        if asked.contains(&partner) || !matches!(entry.event.fact, Fact::UsageReported(_)) {
            self.histories.entry(partner).or_default().extend([&entry]);
        }
    }
}

/// Whether a line must be read: not the usage of partners that are not asked about, which is only hashed.
fn matters(asked: &BTreeSet<PartnerId>, line: &str) -> bool {
    EntryLine::split(line).is_none_or(|line| {
        line.event_type() != Some(EventType::UsageReported)
            || line.partner().is_none_or(|partner| asked.contains(partner))
    })
}
