//! Where a fact was taken from, as the source and the note of its event say it: written and read here alone.

pub(crate) mod as_of;
pub(crate) mod rule;
pub(crate) mod seal;

use std::borrow::Cow;
use std::fmt;

use ledger::{Date, Month, Remark, Source, parse_date};
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use rule::Rule;

/// What stands before the day of the download.
const AS_OF: &str = ", as of ";
/// What stands between that day and the months of the download.
const WITH: &str = " with ";
/// What stands between the first and the last of these months.
const TO: &str = " to ";
/// What stands before the line on which the first row begins.
const LINE: &str = " line ";
/// What stands before and behind the number of further rows.
const AND: &str = " and ";
const MORE: &str = " more";
/// What stands before the digest of a file that is named.
const SHA256: &str = "sha256:";
/// What stands before the text of a file that is sealed.
const HMAC: &str = "hmac:";
/// What stands in place of the name of a file that is sealed.
const SEALED: &str = "sealed";
/// What stands before the text of a row of such a file.
const ROW: &str = " row ";
/// What stands before a claim's id.
const CLAIM: &str = "claim ";
/// What stands before the first month that shows an association.
const FIRST_SHOWN: &str = "first shown in ";

/// Where a fact was taken from.
///
/// ```text
/// KIND NAME[ line N[ and M more]], RULE (SURENESS), as of DAY[ with MONTH to MONTH], sha256:DIGITS
/// KIND sealed[ row DIGITS], RULE (SURENESS), as of DAY[ with MONTH to MONTH], hmac:DIGITS
/// ```
///
/// Texts of older programs, which lack some of it, are read for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// Which report told it.
    pub told: Download,
    /// Which file, and which row of it.
    pub place: RowPlace<'a>,
    /// By which rule the report proves it; `None` for a rule of another program.
    pub rule: Option<Rule>,
    /// What tells the file from others; `None` where nothing does.
    pub digest: Option<Cow<'a, str>>,
}

/// Which file a fact was taken from, and which row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowPlace<'a> {
    /// The name of the file, with the lines for people.
    Named(Cow<'a, str>),
    /// A text that stands for the row, where it was taken from one. Nobody finds the row without the secret.
    Sealed(Option<Cow<'a, str>>),
}

impl<'a> RowPlace<'a> {
    /// Rows of a file of this name: the one that begins on a line and further ones; without a line, the file as a whole.
    pub(crate) fn of(name: &'a str, line: Option<u64>, further: u64) -> Self {
        Self::Named(match line {
            None => Cow::Borrowed(name),
            Some(line) if further == 0 => format!("{name}{LINE}{line}").into(),
            Some(line) => format!("{name}{LINE}{line}{AND}{further}{MORE}").into(),
        })
    }

    /// The name of the file as far as a source keeps it, the line on which the first row begins, and how many further rows
    /// there are; no line where the source names the file as a whole. `None` of what is sealed.
    #[must_use]
    pub fn rows(&self) -> Option<(&str, Option<u64>, u64)> {
        let Self::Named(place) = self else { return None };
        let place: &str = place;
        let (head, further) = place
            .strip_suffix(MORE)
            .and_then(|rest| rest.rsplit_once(AND))
            .and_then(|(head, further)| Some((head, further.parse().ok()?)))
            .unwrap_or((place, 0));
        let numbered = head.rsplit_once(LINE).and_then(|(name, line)| Some((name, line.parse().ok()?)));
        Some(numbered.map_or((place, None, 0), |(name, line)| (name, Some(line), further)))
    }
}

/// Which kind of report told a fact, and of which day the download was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Download {
    /// The kind of report.
    pub kind: Kind,
    /// The day of the download.
    pub as_of: Date,
    /// The first and the last month of the download, where it has months.
    pub months: Option<(Month, Month)>,
}

impl<'a> Provenance<'a> {
    /// Reads the source of an event; `None` where no report told the fact.
    #[must_use]
    pub fn of(source: Option<&'a Source>) -> Option<Self> {
        Self::parse(source?.as_str())
    }

    /// Reads the text of a source.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        let (head, download) = rest.rsplit_once(AS_OF)?;
        let (download, digest) =
            download.split_once(", ").map_or((download, ""), |(download, digest)| (download, digest));
        let (day, months) = download.split_once(WITH).unwrap_or((download, ""));
        let months =
            months.split_once(TO).and_then(|(first, last)| Month::parse(first).ok().zip(Month::parse(last).ok()));
        let told = Download { kind: Kind::from_name(kind)?, as_of: parse_date(day).ok()?, months };
        let ruled = head.rsplit_once(", ").and_then(|(place, rule)| Some((place, Rule::from_phrase(rule)?)));
        let (place, rule) = ruled.map_or((head, None), |(place, rule)| (place, Some(rule)));
        let (place, digest) = match (place.strip_prefix(SEALED), digest.strip_prefix(HMAC)) {
            (Some(row), Some(digest)) => (RowPlace::Sealed(row.strip_prefix(ROW).map(Cow::Borrowed)), Some(digest)),
            _ => (RowPlace::Named(Cow::Borrowed(place)), digest.strip_prefix(SHA256)),
        };
        Some(Self { told, place, rule, digest: digest.map(Cow::Borrowed) })
    }

    /// The source that says it; `None` when it would be too long.
    pub(crate) fn source(&self) -> Option<Source> {
        Source::new(&self.to_string()).ok()
    }
}

impl fmt::Display for Provenance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Download { kind, as_of, months } = self.told;
        let scheme = match &self.place {
            RowPlace::Named(name) => write!(f, "{kind} {name}").map(|()| SHA256)?,
            RowPlace::Sealed(None) => write!(f, "{kind} {SEALED}").map(|()| HMAC)?,
            RowPlace::Sealed(Some(row)) => write!(f, "{kind} {SEALED}{ROW}{row}").map(|()| HMAC)?,
        };
        if let Some(rule) = self.rule {
            write!(f, ", {}", rule.phrase())?;
        }
        write!(f, "{AS_OF}{as_of}")?;
        if let Some((first, last)) = months {
            write!(f, "{WITH}{first}{TO}{last}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, ", {scheme}{digest}"))
    }
}

/// What the note of an association keeps of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AssociationNote {
    /// The claim.
    pub(crate) claim: Option<String>,
    /// The first month that shows it, where it began in another.
    pub(crate) first_shown: Option<Month>,
}

impl AssociationNote {
    /// Reads a note; what was written by hand says nothing.
    pub(crate) fn of(note: Option<&Remark>) -> Self {
        let text = note.map_or("", Remark::as_str);
        let (claim, shown) = match text.rsplit_once("; ") {
            Some((claim, shown)) if shown.starts_with(FIRST_SHOWN) => (claim, shown),
            _ if text.starts_with(FIRST_SHOWN) => ("", text),
            _ => (text, ""),
        };
        let first_shown = shown.strip_prefix(FIRST_SHOWN).and_then(|month| Month::parse(month).ok());
        Self { claim: claim.strip_prefix(CLAIM).map(str::to_owned), first_shown }
    }

    /// The note; `None` where there is nothing to keep.
    pub(crate) fn remark(&self) -> Option<Remark> {
        let claim = self.claim.iter().map(|claim| format!("{CLAIM}{claim}"));
        let shown = self.first_shown.iter().map(|month| format!("{FIRST_SHOWN}{month}"));
        let parts: Vec<String> = claim.chain(shown).collect();
        if parts.is_empty() { None } else { Remark::new(&parts.join("; ")).ok() }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ledger::{Month, Remark, Source, parse_date};

    use super::{AssociationNote, Download, Provenance, RowPlace};
    use crate::{Kind, Rule};

    #[test]
    fn every_form_is_read_as_it_was_written() {
        let as_of = parse_date("2025-04-04").expect("a date");
        let month = |text| Month::parse(text).expect("a month");
        let named = |name| RowPlace::Named(Cow::Borrowed(name));
        let places = [
            named("a.csv"),
            named("a.csv line 2"),
            named("a.csv line 2 and 3 more"),
            named("a, as of b, sha256:1.csv"),
            named(""),
            named("sealed row 1"),
            RowPlace::Sealed(None),
            RowPlace::Sealed(Some(Cow::Borrowed("0123456789ab"))),
        ];
        let rules: Vec<Option<Rule>> = Rule::ALL.iter().copied().map(Some).chain([None]).collect();
        for &kind in Kind::ALL {
            for (place, rule) in places.iter().flat_map(|place| rules.iter().map(move |rule| (place, rule))) {
                for months in [None, Some((month("2023-03"), month("2025-02")))] {
                    // A file that is sealed has always a digest.
                    let digests = [Some(Cow::Borrowed("abab")), None];
                    for digest in digests.into_iter().filter(|digest| digest.is_some() || *place == places[0]) {
                        let told = Download { kind, as_of, months };
                        let provenance = Provenance { told, place: place.clone(), rule: *rule, digest };
                        let text = provenance.to_string();
                        assert_eq!(Provenance::parse(&text), Some(provenance), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn texts_of_other_programs_are_read_and_written_again() {
        for text in [
            "azure-usage a.csv, as of 2025-04-04",
            "azure-usage a.csv line 3, a rule of tomorrow (sure), as of 2025-04-04, sha256:ab",
            "pal p, x, as of 2024-03-05, sha256:1",
        ] {
            let provenance = Provenance::parse(text).expect("a provenance");
            assert_eq!((provenance.rule, provenance.to_string().as_str()), (None, text));
        }
    }

    #[test]
    fn a_place_tells_its_rows() {
        for (place, rows) in [
            ("a.csv", ("a.csv", None, 0)),
            ("a.csv line 2", ("a.csv", Some(2), 0)),
            ("a.csv line 2 and 3 more", ("a.csv", Some(2), 3)),
            ("a line 1 and 2 more.zip/b.csv line 2", ("a line 1 and 2 more.zip/b.csv", Some(2), 0)),
            ("a line x", ("a line x", None, 0)),
            ("a and 3 more", ("a and 3 more", None, 0)),
            ("", ("", None, 0)),
        ] {
            assert_eq!(RowPlace::Named(Cow::Borrowed(place)).rows(), Some(rows), "{place}");
        }
        assert_eq!(RowPlace::Sealed(None).rows(), None);
    }

    #[test]
    fn other_sources_were_told_by_no_report() {
        for text in ["", "azure-usage", "a letter, as of 2025-04-04", "azure-usage a.csv", "azure-usage a.csv, as of x"]
        {
            assert_eq!(Provenance::of(Some(&Source::new(text).expect("short"))), None, "{text:?}");
        }
        assert_eq!(Provenance::of(None), None);
    }

    #[test]
    fn a_note_gives_back_what_it_keeps() {
        let month = Month::parse("2023-07").expect("a month");
        for (claim, first_shown) in
            [(None, None), (Some("C-1001"), None), (None, Some(month)), (Some("a; claim b"), Some(month))]
        {
            let note = AssociationNote { claim: claim.map(str::to_owned), first_shown };
            assert_eq!(AssociationNote::of(note.remark().as_ref()), note);
        }
        let by_hand = Remark::new("by hand; first shown").ok();
        assert_eq!(AssociationNote::of(by_hand.as_ref()), AssociationNote::default());
    }
}
