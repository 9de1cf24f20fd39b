//! What a ledger can prove of itself, read from its prefix.

use std::collections::BTreeMap;

use crate::error::ReadError;
use crate::proof::{Checkpoint, Claims, PartnerMap, Postings};
use crate::reader::Reader;

impl Reader {
    /// What the ledger says of its first `size` entries, to be signed.
    ///
    /// It follows from the entries alone, but for [`Claims::next`], which is there once an entry came after them.
    pub fn checkpoint(&self, origin: &str, size: u64) -> Result<Checkpoint, ReadError> {
        let newest = size.checked_sub(1).map(|newest| self.recorded_at(newest)).transpose()?;
        let next = if size < self.size() { Some(self.recorded_at(size)?) } else { None };
        let partners = Some(self.partner_map(size)?.root());
        let claims = Claims { partners, newest, next, ..Claims::default() };
        Ok(Checkpoint { origin: origin.to_owned(), size, root: self.root(size)?, claims })
    }

    /// The hashes between some entries in the tree of the first `size` entries, from left to right: with the entries'
    /// own they make the root. `seqs` ascend.
    pub fn prove_entries(&self, size: u64, seqs: &[u64]) -> Result<Vec<[u8; 32]>, ReadError> {
        self.snapshot().prove_entries(size, seqs)
    }

    /// Which of the first `size` entries are of a partner, and for each of `partners` the path of hashes that shows it.
    ///
    /// The empty name stands for what holds for all. A partner without entries has no path, and is given none.
    pub fn prove_partners(&self, size: u64, partners: &[&str]) -> Result<Vec<Vec<[u8; 32]>>, ReadError> {
        let map = self.partner_map(size)?;
        Ok(partners.iter().map(|partner| map.path(partner)).collect())
    }

    /// The sequence numbers of the entries of a partner before `end_exclusive`, ascending; for the empty name, of those
    /// that hold for all.
    pub fn seqs(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        self.snapshot().postings(partner, end_exclusive)
    }

    fn partner_map(&self, size: u64) -> Result<PartnerMap, ReadError> {
        let mut partners: BTreeMap<String, Postings> = BTreeMap::new();
        self.snapshot().all_postings(size, &mut |partner, seqs| {
            let postings = partners.entry(partner).or_default();
            for &seq in seqs {
                postings.push(seq);
            }
        })?;
        Ok(PartnerMap::new(partners))
    }
}

#[cfg(test)]
mod tests;
