//! Which file, row and rule a fact was taken from, and of which day the file is.

use ledger::{Date, Month, Source, parse_date};

use super::context::Context;
use super::rule::Rule;
use super::seal::{FILE, SEALED};
use super::{Kind, Seal};

/// Characters of a file's name that a source keeps.
const NAME_CHARACTERS: usize = 60;
/// What stands before the day of the download.
const AS_OF: &str = ", as of ";
/// What stands between that day and the months of the download.
const WITH: &str = " with ";
/// What stands between the first and the last of these months.
const TO: &str = " to ";
/// What stands before the digest, which ends the source.
const SHA256: &str = ", sha256:";

/// The file that facts are taken from.
pub(super) struct Origin {
    text: String,
    as_of: Date,
    months: Option<(Month, Month)>,
    /// What tells the file from others, with what stands before it.
    digest: String,
    /// What every source ends with: the day, the months and the digest.
    download: String,
    /// What takes the place of lines, with the name of a file in a zip.
    seal: Option<(Seal, String)>,
}

/// Which kind of report told a fact, and of which day the download was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    /// The kind of report.
    pub kind: Kind,
    /// The day of the download.
    pub as_of: Date,
    /// The first and the last month of the download, where it has months.
    pub months: Option<(Month, Month)>,
}

impl Origin {
    /// The file by its kind, its name and the SHA-256 of its bytes in hexadecimal, of which 128 bits are kept.
    pub(super) fn new(kind: Kind, file_name: &str, sha256: &str, as_of: Date) -> Self {
        let name: String = file_name.chars().take(NAME_CHARACTERS).collect();
        let digest = format!("{SHA256}{}", short(sha256));
        let download = download(as_of, None, &digest);
        Self { text: format!("{kind} {name}"), as_of, months: None, digest, download, seal: None }
    }

    /// The file of the context, which says something of persons: sealed where that is asked for.
    pub(super) fn of_persons(kind: Kind, context: &Context<'_>, sha256: &str, as_of: Date) -> Self {
        let plain = Self::new(kind, context.file_name, sha256, as_of);
        let Some(seal) = Some(sha256).filter(|_| context.sealed).and_then(context.seal) else { return plain };
        let digest = format!("{FILE}{}", seal.file());
        let in_zip = context.sha256.and_then(|_| context.file_name.rsplit('/').next());
        let download = download(as_of, None, &digest);
        let seal = Some((seal, in_zip.unwrap_or_default().to_owned()));
        Self { text: format!("{kind}{SEALED}"), digest, download, seal, ..plain }
    }

    /// Whether its sources are sealed.
    pub(super) fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The same file, which has rows of months.
    pub(super) fn with(self, months: Option<(Month, Month)>) -> Self {
        Self { months, download: download(self.as_of, months, &self.digest), ..self }
    }

    /// The day of the download.
    pub(super) fn as_of(&self) -> Date {
        self.as_of
    }

    /// What a kind of report tells on that day.
    pub(super) fn told(&self, kind: Kind) -> Told {
        Told { kind, as_of: self.as_of, months: self.months }
    }

    /// The source of what the row on this line, and perhaps further ones, say. Without a line: the file as a whole.
    pub(super) fn source(&self, line: Option<u64>, further_rows: u64, rule: Rule) -> Option<Source> {
        let mut text = String::with_capacity(self.text.len() + 160);
        text.push_str(&self.text);
        if let (Some(line), Some((seal, member))) = (line, &self.seal) {
            text.push_str(&seal.place(member, line));
        } else if let Some(line) = line {
            text.push_str(" line ");
            text.push_str(&line.to_string());
            if further_rows > 0 {
                text.push_str(" and ");
                text.push_str(&further_rows.to_string());
                text.push_str(" more");
            }
        }
        for part in [", ", rule.text(), " (", rule.sureness().text(), ")", &self.download] {
            text.push_str(part);
        }
        Source::new(&text).ok()
    }
}

impl Told {
    /// Reads what [`Origin::source`] wrote; `None` for facts that no report told.
    #[must_use]
    pub fn of(source: Option<&Source>) -> Option<Self> {
        let text = source?.as_str();
        let kind = Kind::from_name(text.split_once(' ')?.0)?;
        let download = text.rsplit_once(AS_OF)?.1.split(',').next()?;
        let (day, months) = download.split_once(WITH).map_or((download, None), |(day, months)| (day, Some(months)));
        let months = months.and_then(|months| months.split_once(TO));
        let months = months.and_then(|(first, last)| Some((Month::parse(first).ok()?, Month::parse(last).ok()?)));
        Some(Self { kind, as_of: parse_date(day).ok()?, months })
    }
}

fn download(as_of: Date, months: Option<(Month, Month)>, digest: &str) -> String {
    let months = months.map_or_else(String::new, |(first, last)| format!("{WITH}{first}{TO}{last}"));
    format!("{AS_OF}{as_of}{months}{digest}")
}

/// As much of a file's digest as a source keeps.
pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..32).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use ledger::{Month, Source, parse_date};

    use super::{Origin, Told};
    use crate::Kind;
    use crate::rule::Rule;

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
            let told = Told { kind: Kind::AzureUsage, as_of: day, months: None };
            assert_eq!(Told::of(Some(&source)), Some(told));
        }
        let source = origin.with(months).source(None, 0, Rule::FigureGone).expect("it fits");
        assert!(source.as_str().contains(", as of 2025-04-04 with 2023-03 to 2025-02, sha256:"), "{source}");
        assert_eq!(Told::of(Some(&source)), Some(Told { kind: Kind::AzureUsage, as_of: day, months }));
    }

    #[test]
    fn other_sources_were_told_by_no_report() {
        for text in ["", "azure-usage", "a letter, as of 2025-04-04", "azure-usage a.csv", "azure-usage a.csv, as of x"]
        {
            assert_eq!(Told::of(Some(&Source::new(text).expect("short"))), None, "{text:?}");
        }
        assert_eq!(Told::of(None), None);
    }
}
