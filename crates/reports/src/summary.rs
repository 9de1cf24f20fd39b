//! What was read, and what became of it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use crate::maps::Domain;
use crate::secrets::without_keys;
use ledger::{PartnerId, named};

/// Defines the counts, plain ones and those by something, and how those of another report are added.
macro_rules! summary {
    (
        $($(#[$doc:meta])* $count:ident,)+;
        by { $($(#[$map_doc:meta])* $map:ident: $key:ty,)+ }
    ) => {
        /// The counts of one report.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Summary {
            $($(#[$doc])* pub $count: u64,)+
            $($(#[$map_doc])* pub $map: BTreeMap<$key, u64>,)+
            /// What earlier lists had and the newest one, which is no snapshot, has no more: how many of each partner.
            pub gone: BTreeMap<(GoneSubject, PartnerId), u64>,
            /// Columns that no report of the kind is known to have; they were not read.
            pub unknown_columns: Vec<String>,
        }

        impl Summary {
            /// Adds the counts of another report.
            pub fn add(&mut self, other: Self) {
                $(self.$count += other.$count;)+
                $(for (key, count) in other.$map {
                    *self.$map.entry(key).or_default() += count;
                })+
                // The newest list is read last, and tells what is gone.
                self.gone.extend(other.gone);
                // A set, for a file may have a million columns.
                let mut known: HashSet<String> = self.unknown_columns.iter().cloned().collect();
                let new = other.unknown_columns.into_iter().filter(|name| known.insert(name.clone()));
                self.unknown_columns.extend(new);
            }
        }
    };
}

summary! {
    /// Rows below the column names, blank lines not counted.
    rows,
    /// Events handed to the sink.
    events,
    /// Rows refused, and handed to the sink as such.
    refused,
    /// Figures that the ledger already has as the newest of their key.
    unchanged_figures,
    /// Figures of which the ledger has a newer download's.
    older_figures,
    /// Figures that another kind of report tells.
    told_by_others,
    /// Certifications that the ledger has as they are listed.
    known_links,
    /// Certifications of which the ledger has a newer download's dates.
    older_links,
    /// Reports that were to be the whole truth of their months and do not say how any row is attributed.
    blind_reports,
    /// Figures that a refused row keeps from being whole.
    broken_figures,
    /// Figures that were rounded, half to even, to the ledger's six decimals.
    rounded_figures,
    /// Associations shown by the report that the ledger already has.
    known_associations,;
    by {
        /// Rows that added no figure because this column marks them as duplicates.
        duplicates_skipped: String,
        /// Rows, or parts of rows, that proved nothing.
        skipped: Skip,
        /// Texts that stand for nothing known here, with the number of their rows.
        unmapped: (UnmappedText, String),
        /// Texts about which there is something to say, by what that is, with the number of their rows.
        remarks: (String, String),
    }
}

/// What a list may have no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoneSubject {
    /// A person's certification.
    Certification,
    /// A customer.
    Customer,
}

impl Summary {
    /// Counts a skipped row or part of a row.
    pub(crate) fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts a row that the named column marks as a duplicate.
    pub(crate) fn skip_duplicate(&mut self, column: &str) {
        *self.duplicates_skipped.entry(column.to_owned()).or_default() += 1;
    }

    /// Counts a text about which there is something to say.
    pub(crate) fn remark(&mut self, what: &str, text: &str) {
        *self.remarks.entry((what.to_owned(), without_keys(text).into_owned())).or_default() += 1;
    }

    /// Counts a text that is not known.
    pub(crate) fn unmapped(&mut self, what: UnmappedText, text: &str) {
        *self.unmapped.entry((what, without_keys(text).into_owned())).or_default() += 1;
    }
}

named! {
    /// Why a row, or a part of it, proved nothing; named by the reason in a few words.
    Skip {
        /// Every cell is blank.
        BlankRow = "blank",
        /// No customer tenant, as in rows of registered deals: no figure and no association.
        NoCustomer = "no customer tenant",
        /// No product: no figure.
        NoProduct = "no product",
        /// No figure in the cell.
        NoFigure = "no figure",
        /// The same figure once more, as for a second claim or location.
        RepeatedFigure = "the same figure again",
        /// Under an excluded offer, beside counting consumption of the same key: no part of the figure.
        ExcludedOffer = "excluded offer beside a counting one",
        /// A partner admin link that holds the role Reader alone: no association.
        ReaderLink = "partner admin link as Reader",
        /// An attribution that is known to be no association.
        NoMechanism = "attribution that is no association",
        /// A subscription or customer that is not active: no association.
        NotActive = "association of what is not active",
        /// A free or trial subscription: no figure.
        FreeOrTrial = "free or trial",
        /// Seats of a workload that the usage reports tell.
        SeatsOfWorkload = "seats of a workload, which the usage reports tell",
        /// Revenue of a product outside Business Applications, which alone read it.
        OtherRevenue = "revenue outside Business Applications, which alone is read",
        /// A training that is no certification.
        NotACertification = "no certification",
        /// A score that the ledger, or an earlier row, has as it is told.
        KnownScore = "score known already",
        /// Neither id of the person: no name is taken in their place.
        NoPerson = "no id of the person",
        /// A user or service principal without a partner admin link.
        NoLink = "no partner admin link",
        /// A webhook event or an operation that names no customer.
        NoCustomerNamed = "names no customer",
        /// An operation that did not succeed.
        NotSucceeded = "did not succeed",
    }
}

/// What an unknown text was to stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnmappedText {
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

impl UnmappedText {
    /// What it is, in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.text_and_meaning().0
    }

    /// What it is, and in capitals what it may stand for.
    fn text_and_meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Attribution => ("attribution", "MECHANISM --role ROLE"),
            Self::Certification => ("certification", "CODE"),
            Self::Product(_) => ("product", "NAME --domain "),
            Self::Segment => ("segment", "SEGMENT"),
            Self::State => ("state", "STATE"),
            Self::Operation => ("operation", "EFFECT"),
            Self::Account => ("account", "PARTNER"),
        }
    }

    /// The command that maps a text in a file, with words in capitals for what it stands for.
    #[must_use]
    pub fn command(self, file: &str, text: &str) -> String {
        let (what, meaning) = self.text_and_meaning();
        let domain = if let Self::Product(domain) = self { domain.name() } else { "" };
        format!("pcs map add {} {what} {} {meaning}{domain}", quoted(file), quoted(text))
    }
}

impl fmt::Display for UnmappedText {
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
    use super::{Summary, UnmappedText};
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
            (UnmappedText::Certification, "Azure Wizard", "certification \"Azure Wizard\" CODE"),
            (UnmappedText::Attribution, "New", "attribution \"New\" MECHANISM --role ROLE"),
            (UnmappedText::Product(Domain::M365), "OL", "product \"OL\" NAME --domain m365"),
            (UnmappedText::Segment, "It's \"big\"", "segment 'It'\\''s \"big\"' SEGMENT"),
            (UnmappedText::State, "$x", "state '$x' STATE"),
            (UnmappedText::Operation, "make_coffee", "operation \"make_coffee\" EFFECT"),
            (UnmappedText::Account, "1", "account \"1\" PARTNER"),
        ] {
            assert_eq!(what.command("maps.toml", text), format!("pcs map add maps.toml {command}"));
        }
        assert!(UnmappedText::State.command("my maps.toml", "x").starts_with("pcs map add \"my maps.toml\" state"));
    }
}
