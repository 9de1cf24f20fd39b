//! What was read, and what became of it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::maps::Domain;
use crate::secrets::without_keys;

/// The counts of one report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows below the column names, blank lines not counted.
    pub rows: u64,
    /// Events handed to the sink.
    pub events: u64,
    /// Rows refused, and handed to the sink as such.
    pub refused: u64,
    /// Figures that the ledger already has as the newest of their key.
    pub unchanged_figures: u64,
    /// Figures of which the ledger has a newer download's.
    pub older_figures: u64,
    /// Figures that another kind of report tells.
    pub told_by_others: u64,
    /// Certifications that the ledger has as they are listed.
    pub known_links: u64,
    /// Certifications of which the ledger has a newer download's dates.
    pub older_links: u64,
    /// Reports that were to be the whole truth of their months and do not say how any row is attributed.
    pub blind_reports: u64,
    /// Figures that a refused row keeps from being whole.
    pub broken_figures: u64,
    /// Figures that were rounded, half to even, to the ledger's six decimals.
    pub rounded_figures: u64,
    /// Associations shown by the report that the ledger already has.
    pub known_associations: u64,
    /// Rows that added no figure because this column marks them as duplicates.
    pub duplicates_skipped: BTreeMap<String, u64>,
    /// Rows, or parts of rows, that proved nothing.
    pub skipped: BTreeMap<Skip, u64>,
    /// Texts that stand for nothing known here, with the number of their rows.
    pub unmapped: BTreeMap<(Unmapped, String), u64>,
    /// Texts about which there is something to say, by what that is, with the number of their rows.
    pub remarks: BTreeMap<(String, String), u64>,
    /// Columns that no report of the kind is known to have; they were not read.
    pub unknown_columns: Vec<String>,
}

impl Summary {
    /// Adds the counts of another report.
    pub fn add(&mut self, other: Self) {
        let Self {
            rows,
            events,
            refused,
            unchanged_figures,
            older_figures,
            told_by_others,
            broken_figures,
            rounded_figures,
            known_associations,
            known_links,
            older_links,
            blind_reports,
            duplicates_skipped,
            skipped,
            unmapped,
            remarks,
            unknown_columns,
        } = other;
        self.rows += rows;
        self.events += events;
        self.refused += refused;
        self.unchanged_figures += unchanged_figures;
        self.older_figures += older_figures;
        self.told_by_others += told_by_others;
        self.broken_figures += broken_figures;
        self.rounded_figures += rounded_figures;
        self.known_associations += known_associations;
        self.known_links += known_links;
        self.older_links += older_links;
        self.blind_reports += blind_reports;
        for (name, count) in duplicates_skipped {
            *self.duplicates_skipped.entry(name).or_default() += count;
        }
        for (reason, count) in skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        for (text, count) in unmapped {
            *self.unmapped.entry(text).or_default() += count;
        }
        for (remark, count) in remarks {
            *self.remarks.entry(remark).or_default() += count;
        }
        // A set, for a file may have a million columns.
        let mut known: HashSet<String> = self.unknown_columns.iter().cloned().collect();
        self.unknown_columns.extend(unknown_columns.into_iter().filter(|name| known.insert(name.clone())));
    }

    /// Counts a skipped row or part of a row.
    pub(super) fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts a row that the named column marks as a duplicate.
    pub(super) fn skip_duplicate(&mut self, column: &str) {
        match self.duplicates_skipped.get_mut(column) {
            Some(count) => *count += 1,
            None => {
                self.duplicates_skipped.insert(column.to_owned(), 1);
            }
        }
    }

    /// Counts a text about which there is something to say.
    pub(super) fn remark(&mut self, what: &str, text: &str) {
        *self.remarks.entry((what.to_owned(), without_keys(text).into_owned())).or_default() += 1;
    }

    /// Counts a text that is not known.
    pub(super) fn unmapped(&mut self, what: Unmapped, text: &str) {
        *self.unmapped.entry((what, without_keys(text).into_owned())).or_default() += 1;
    }
}

/// Why a row, or a part of it, proved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Every cell is blank.
    BlankRow,
    /// No customer tenant, as in rows of registered deals: no figure and no association.
    NoCustomer,
    /// No product: no figure.
    NoProduct,
    /// No figure in the cell.
    NoFigure,
    /// The same figure once more, as for a second claim or location.
    RepeatedFigure,
    /// Under an excluded offer, beside counting consumption of the same key: no part of the figure.
    ExcludedOffer,
    /// A partner admin link that holds the role Reader alone: no association.
    ReaderLink,
    /// An attribution that is known to be no association.
    NoMechanism,
    /// An attribution that needs a subscription and has none: no association.
    NoSubscription,
    /// A subscription or customer that is not active: no association.
    NotActive,
    /// A free or trial subscription: no figure.
    FreeOrTrial,
    /// Seats of a workload that the usage reports tell.
    SeatsOfWorkload,
    /// Revenue of a product outside Business Applications, which alone read it.
    OtherRevenue,
    /// A training that is no certification.
    NotACertification,
    /// Neither id of the person: no name is taken in their place.
    NoPerson,
    /// A user or service principal without a partner admin link.
    NoLink,
    /// A webhook event or an operation that names no customer.
    NoCustomerNamed,
    /// An operation that did not succeed.
    NotSucceeded,
}

impl Skip {
    /// The reason in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::BlankRow => "blank",
            Self::NoCustomer => "no customer tenant",
            Self::NoProduct => "no product",
            Self::NoFigure => "no figure",
            Self::RepeatedFigure => "the same figure again",
            Self::ExcludedOffer => "excluded offer beside a counting one",
            Self::ReaderLink => "partner admin link as Reader",
            Self::NoMechanism => "attribution that is no association",
            Self::NoSubscription => "attribution without a subscription",
            Self::NotActive => "association of what is not active",
            Self::FreeOrTrial => "free or trial",
            Self::SeatsOfWorkload => "seats of a workload, which the usage reports tell",
            Self::OtherRevenue => "revenue outside Business Applications, which alone is read",
            Self::NotACertification => "no certification",
            Self::NoPerson => "no id of the person",
            Self::NoLink => "no partner admin link",
            Self::NoCustomerNamed => "names no customer",
            Self::NotSucceeded => "did not succeed",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What an unknown text was to stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unmapped {
    /// How the partner is attributed to the customer.
    Attribution,
    /// A certification.
    Certification,
    /// A product of these reports.
    Product(Domain),
    /// The segment of a customer.
    Segment,
    /// The state of a subscription or a customer.
    State,
    /// A webhook event or an audited operation.
    Operation,
    /// A location or a tenant of the partner, of which the global account is not known.
    Account,
}

impl Unmapped {
    /// What it is, in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Attribution => "attribution",
            Self::Certification => "certification",
            Self::Product(_) => "product",
            Self::Segment => "segment",
            Self::State => "state",
            Self::Operation => "operation",
            Self::Account => "account",
        }
    }

    /// The command that maps a text in a file, with words in capitals for what it stands for.
    #[must_use]
    pub fn command(self, file: &str, text: &str) -> String {
        let (file, text) = (quoted(file), quoted(text));
        let add = format!("pcs map add {file} {} {text}", self.text());
        match self {
            Self::Attribution => format!("{add} MECHANISM --role ROLE"),
            Self::Certification => format!("{add} CODE"),
            Self::Product(domain) => format!("{add} NAME --domain {domain}"),
            Self::Segment => format!("{add} SEGMENT"),
            Self::State => format!("{add} STATE"),
            Self::Operation => format!("{add} EFFECT"),
            Self::Account => format!("{add} PARTNER"),
        }
    }
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A text as a shell takes it: bare when it is one plain word, else in double quotes, else in single ones.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '+' | ':');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) && text.contains(['.', '/']) {
        return text.to_owned();
    }
    if text.contains(['"', '$', '`', '\\', '!']) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::{Summary, Unmapped};
    use crate::Domain;

    #[test]
    fn unknown_columns_of_several_files_are_listed_once() {
        let of = |names: &[&str]| Summary {
            unknown_columns: names.iter().map(|&name| name.to_owned()).collect(),
            ..Summary::default()
        };
        let mut total = of(&["B", "A"]);
        total.add(of(&["A", "D", "C", "D"]));
        total.add(of(&["C", "E"]));
        assert_eq!(total.unknown_columns, ["B", "A", "D", "C", "E"]);
    }

    #[test]
    fn an_unknown_text_comes_with_the_command_that_maps_it() {
        for (what, text, command) in [
            (Unmapped::Certification, "Azure Wizard", "certification \"Azure Wizard\" CODE"),
            (Unmapped::Attribution, "New", "attribution \"New\" MECHANISM --role ROLE"),
            (Unmapped::Product(Domain::M365), "OL", "product \"OL\" NAME --domain m365"),
            (Unmapped::Segment, "It's \"big\"", "segment 'It'\\''s \"big\"' SEGMENT"),
            (Unmapped::State, "$x", "state '$x' STATE"),
            (Unmapped::Operation, "make_coffee", "operation \"make_coffee\" EFFECT"),
            (Unmapped::Account, "1", "account \"1\" PARTNER"),
        ] {
            assert_eq!(what.command("maps.toml", text), format!("pcs map add maps.toml {command}"));
        }
        assert!(Unmapped::State.command("my maps.toml", "x").starts_with("pcs map add \"my maps.toml\" state"));
    }
}
