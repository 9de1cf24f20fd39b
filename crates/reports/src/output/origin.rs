//! The file that facts are taken from: what every source of its facts says.

use std::borrow::Cow;

use ledger::{Date, Event, EventId, Fact, Month, PartnerId, Source, When};

use crate::context::Context;
use crate::kind::Kind;
use crate::provenance::rule::Rule;
use crate::provenance::seal::Seal;
use crate::provenance::{Download, Provenance, RowPlace};

/// Characters of a file's name that a source keeps.
const NAME_CHARACTERS: usize = 60;
/// Hexadecimal digits of a file's SHA-256 that a source keeps: 128 bits.
const DIGEST_DIGITS: usize = 32;

/// The file that facts are taken from.
pub(crate) struct Origin {
    told: Download,
    name: String,
    /// What tells the file from others.
    digest: String,
    /// What takes the place of the name and the lines, and the name of the file inside its zip.
    seal: Option<(Seal, String)>,
}

impl Origin {
    /// The file by its kind, its name and the SHA-256 of its bytes in hexadecimal.
    pub(crate) fn new(kind: Kind, file_name: &str, sha256: &str, as_of: Date) -> Self {
        Self {
            told: Download { kind, as_of, months: None },
            name: file_name.chars().take(NAME_CHARACTERS).collect(),
            digest: sha256.chars().take(DIGEST_DIGITS).collect(),
            seal: None,
        }
    }

    /// The file of the context, which says something of persons: sealed where that is asked for.
    pub(crate) fn of_persons(kind: Kind, context: &Context<'_>, sha256: &str, as_of: Date) -> Self {
        let plain = Self::new(kind, context.file_name, sha256, as_of);
        let Some(seal) = Some(sha256).filter(|_| context.sealed).and_then(context.seal) else { return plain };
        let in_zip = context.sha256.and_then(|_| context.file_name.rsplit('/').next()).unwrap_or_default();
        Self { digest: seal.file(), seal: Some((seal, in_zip.to_owned())), ..plain }
    }

    /// Whether its sources are sealed.
    pub(crate) fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The same file, with the first and the last of its months.
    pub(crate) fn with(self, months: Option<(Month, Month)>) -> Self {
        Self { told: Download { months, ..self.told }, ..self }
    }

    /// The day of the download.
    pub(crate) fn as_of(&self) -> Date {
        self.told.as_of
    }

    /// This download, as one of a kind of report.
    pub(crate) fn told(&self, kind: Kind) -> Download {
        Download { kind, ..self.told }
    }

    /// The event of a fact that the row on this line proves, perhaps with further rows; on line 0 where no row does. It has no id, location or note
    /// yet.
    pub(crate) fn event(
        &self,
        partner: &PartnerId,
        when: When,
        fact: Fact,
        (line, further_rows): (u64, u64),
        rule: Rule,
    ) -> Event {
        let source = self.source((line > 0).then_some(line), further_rows, rule);
        let id = EventId(uuid::Uuid::nil());
        Event { id, partner: Some(partner.clone()), location: None, when, fact, note: None, source }
    }

    /// The source of what the row on this line says, perhaps with further rows. Without a line it names the file as a
    /// whole.
    pub(crate) fn source(&self, line: Option<u64>, further_rows: u64, rule: Rule) -> Option<Source> {
        let place = match (&self.seal, line) {
            (Some((seal, member)), line) => RowPlace::Sealed(line.map(|line| seal.row(member, line).into())),
            (None, line) => RowPlace::of(&self.name, line, further_rows),
        };
        Provenance { told: self.told, place, rule: Some(rule), digest: Some(Cow::Borrowed(&self.digest)) }.source()
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Month, parse_date};

    use super::Origin;
    use crate::provenance::{Download, Provenance};
    use crate::{Kind, Rule};

    #[test]
    fn a_source_names_kind_file_row_rule_day_and_digest() {
        let day = parse_date("2025-04-04").expect("a date");
        let longest = Origin::new(Kind::CporM365Usage, &"é".repeat(300), &"ab".repeat(32), day);
        let month = |text| Month::parse(text).expect("a month");
        let months = Some((month("2023-03"), month("2025-02")));
        let longest = longest.with(months);
        let source =
            longest.source(Some(9_999_999_999), 9_999_999_999, Rule::FirstMonthOfAttribution).expect("it fits");
        assert!(source.as_str().starts_with("cpor-m365-usage é"));
        let origin = Origin::new(Kind::AzureUsage, "a, as of b.csv", &"ab".repeat(32), day);
        for (line, further, place) in [(Some(2), 0, " line 2"), (Some(2), 3, " line 2 and 3 more"), (None, 0, "")] {
            let source = origin.source(line, further, Rule::FigureOfAMonth).expect("it fits");
            let expected = format!(
                "azure-usage a, as of b.csv{place}, figure of a month (stated), as of 2025-04-04, \
                 sha256:abababababababababababababababab"
            );
            assert_eq!(source.as_str(), expected);
            let told = Download { kind: Kind::AzureUsage, as_of: day, months: None };
            assert_eq!(Provenance::of(Some(&source)).map(|provenance| provenance.told), Some(told));
        }
        let source = origin.with(months).source(None, 0, Rule::FigureGone).expect("it fits");
        assert!(source.as_str().contains(", as of 2025-04-04 with 2023-03 to 2025-02, sha256:"), "{source}");
        assert_eq!(
            Provenance::of(Some(&source)).map(|provenance| provenance.told),
            Some(Download { kind: Kind::AzureUsage, as_of: day, months })
        );
    }
}
