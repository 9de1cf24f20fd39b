//! What the entries of a ledger come to, taken one after the other, as far as a checkpoint tells of them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, Claims};
use super::keys::VerifierKey;
use super::partners::{PartnerMap, Postings};
use super::tree::{GrowingTree, leaf_hash};
use crate::entry::Entry;
use crate::event::Fact;
use crate::time::Timestamp;

/// The entries of a ledger up to a size: the right edge of their tree, which of them are whose, and when the newest was
/// recorded. It goes on with the next entry, whatever became of those before.
#[derive(Clone, Debug, Default)]
pub struct CheckpointFold {
    tree: GrowingTree,
    partners: BTreeMap<String, Postings>,
    newest: Option<Timestamp>,
    next: Option<Timestamp>,
    key: Option<VerifierKey>,
}

impl CheckpointFold {
    /// No entries yet, of a ledger that begins with a key.
    #[must_use]
    pub fn of_key(key: VerifierKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// Adds the next entry: its canonical line, and what the line says.
    pub(crate) fn push(&mut self, line: &str, partner: &str, recorded_at: Timestamp) {
        let seq = self.size();
        match self.partners.get_mut(partner) {
            Some(postings) => postings.push(seq),
            None => self.partners.entry(partner.to_owned()).or_default().push(seq),
        }
        self.tree.push(leaf_hash(line));
        self.newest = Some(recorded_at);
        if let Some(key) = &mut self.key
            && partner.is_empty()
            && let Ok(Entry { event, .. }) = Entry::read(line)
            && let Fact::KeyRotated(rotation) = event.fact
            && rotation.old_key() == key
        {
            *key = rotation.new_key().clone();
        }
    }

    /// The same entries, and when the one after them was recorded.
    pub(crate) fn followed_at(&self, next: Timestamp) -> Self {
        Self { next: Some(next), ..self.clone() }
    }

    /// The number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root of their tree.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// When the newest of them was recorded.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// The key that the one with which the ledger began has become by the changes among them; none when that was not
    /// said.
    #[must_use]
    pub fn key(&self) -> Option<&VerifierKey> {
        self.key.as_ref()
    }

    /// What the ledger of a name says of them, to be signed.
    #[must_use]
    pub fn checkpoint(&self, origin: &str) -> Checkpoint {
        let partners = Some(PartnerMap::new(&self.partners).root());
        let claims = Claims { partners, newest: self.newest, next: self.next, ..Claims::default() };
        Checkpoint { origin: origin.to_owned(), size: self.size(), root: self.root(), claims }
    }

    /// The path of hashes that shows which of them are a partner's, for each of `partners`; the empty name stands for
    /// what holds for all. A partner without entries has no path, and what it is given leads nowhere.
    #[must_use]
    pub fn partner_paths<const N: usize>(&self, partners: [&str; N]) -> [Vec<[u8; 32]>; N] {
        let map = PartnerMap::new(&self.partners);
        partners.map(|partner| map.path(partner))
    }

    /// What is kept of it.
    pub(crate) fn to_form(&self) -> Form {
        let encode = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let partners = self.partners.iter().map(|(partner, postings)| {
            let (count, bytes) = postings.to_parts();
            (partner.clone(), (count, encode(&bytes)))
        });
        Form {
            size: self.size(),
            newest: self.newest.map(|at| at.to_string()),
            tree: self.tree.edge().map(|hash| encode(&hash)).collect(),
            partners: partners.collect(),
        }
    }

    /// Goes on from what was kept, with the key that the ledger had there; `None` when that is none.
    pub(crate) fn of_form(form: Form, key: VerifierKey) -> Option<Self> {
        let decode = |text: String| BASE64_STANDARD.decode(text).ok();
        let edge = form.tree.into_iter().map(|hash| decode(hash)?.try_into().ok()).collect::<Option<_>>()?;
        let partners = form
            .partners
            .into_iter()
            .map(|(partner, (count, bytes))| Some((partner, Postings::read(count, &decode(bytes)?)?)));
        Some(Self {
            tree: GrowingTree::of_edge(form.size, edge)?,
            partners: partners.collect::<Option<_>>()?,
            newest: form.newest.map(|at| Timestamp::parse(&at)).transpose().ok()?,
            next: None,
            key: Some(key),
        })
    }
}

/// What is kept of a [`CheckpointFold`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Form {
    size: u64,
    newest: Option<String>,
    /// The roots of the full subtrees, from the largest on, in base64.
    tree: Vec<String>,
    /// Of each partner the number of its entries, and the SHA-256 under way over them, in base64.
    partners: BTreeMap<String, (u64, String)>,
}
