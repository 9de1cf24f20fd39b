//! The certification that a title stands for.

use ledger::Name;
use projection::rulebook::Rulebook;

use super::entry::{Entry, Value};
use super::folded::{Folded, Index};

/// Titles and codes of certifications.
#[derive(Clone, Debug, Default)]
pub(super) struct Titles {
    by_title: Index<Name>,
    /// The codes alone, which may stand in a longer title.
    codes: Index<Name>,
    /// Words before a title that are left out, folded.
    prefixes: Vec<Vec<u8>>,
}

impl Titles {
    /// The user's titles before the catalogue's before the built-in ones; a code that the catalogue lacks leads nowhere.
    pub(super) fn of(rulebook: &Rulebook, user: &[Entry], builtin: &[Entry]) -> Self {
        let mut titles = Self::default();
        titles.add_entries(rulebook, user);
        for certification in rulebook.certifications() {
            let Ok(code) = Name::new(&certification.code) else { continue };
            titles.codes.add(&certification.code, code.clone());
            for title in [&certification.code, &certification.name].into_iter().chain(&certification.old_names) {
                titles.by_title.add(title, code.clone());
            }
        }
        titles.add_entries(rulebook, builtin);
        titles
    }

    fn add_entries(&mut self, rulebook: &Rulebook, entries: &[Entry]) {
        for entry in entries {
            for text in &entry.texts {
                if let Value::Code(code) = &entry.value
                    && rulebook.certification(code.as_str()).is_some()
                {
                    self.by_title.add(&text.text, code.clone());
                }
                if entry.value == Value::Prefix {
                    self.prefixes.push(Folded::of(&text.text).bytes().to_owned());
                }
            }
        }
    }

    /// The code of the certification with this title; `None` for an exam and for what is not known.
    pub(super) fn code(&self, title: &str) -> Option<&Name> {
        let folded = Folded::of(title);
        let folded = folded.bytes();
        let bare = || self.prefixes.iter().find_map(|prefix| self.by_title.get_folded(folded.strip_prefix(&**prefix)?));
        self.by_title.get_folded(folded).or_else(bare).or_else(|| self.code_within(title))
    }

    /// The code that stands before, behind or between the words: `AZ-104: ...`, `... (AZ-104)`, `AZ-104 ...`.
    fn code_within(&self, title: &str) -> Option<&Name> {
        let is_exam = |part: &str| {
            part.split_whitespace().next().is_some_and(|word| word.trim_end_matches(':').eq_ignore_ascii_case("exam"))
        };
        if title.split(':').any(is_exam) {
            return None;
        }
        let parts = title.split([':', '(', ')', '|']);
        let words = title.split_whitespace().next();
        parts.chain(words).find_map(|part| self.codes.get(part))
    }
}

#[cfg(test)]
mod tests {
    use ledger::Name;

    use crate::reports::Maps;

    fn code(title: &str) -> Option<&'static str> {
        Maps::builtin().certification(title).map(Name::as_str)
    }

    #[test]
    fn titles_lead_to_codes_however_they_are_written() {
        for (title, expected) in [
            ("AZ-104", "AZ-104"),
            ("az104", "AZ-104"),
            ("Microsoft Certified: Azure Administrator Associate", "AZ-104"),
            ("microsoft certified:  Azure  Administrator Associate ", "AZ-104"),
            ("Microsoft Certified - Azure Administrator Associate", "AZ-104"),
            ("AZ-104: Azure Administrator Associate", "AZ-104"),
            ("Microsoft Certified: AZ-104: Azure Administrator", "AZ-104"),
            ("AZ-104 Whatever It Is Called Now", "AZ-104"),
            ("Azure Administrator Associate (AZ-104)", "AZ-104"),
            ("Microsoft Certified: Azure Data Engineer Associate", "DP-203"),
            ("Data analyst associate", "PL-300"),
            ("Dynamics 365: Finance Functional Consultant Associate", "MB-310"),
            ("Microsoft Certified: Dynamics 365 Finance Functional Consultant Associate", "MB-310"),
            ("Finance FC", "MB-310"),
            ("AZ-800+AZ-801", "AZ-800+AZ-801"),
            ("AZ-800/AZ-801: Windows Server Hybrid Administrator", "AZ-800+AZ-801"),
            ("Windows Server Hybrid Administrator Associate (AZ-800 + AZ-801)", "AZ-800+AZ-801"),
            ("Microsoft 365 Certified: Modern Desktop Administrator Associate", "MD-102"),
            ("Microsoft 365 Certified: Enterprise Administrator Expert", "MS-102"),
            ("Microsoft 365 Certified: Fundamentals", "MS-900"),
            ("Windows Virtual Desktop Specialty", "AZ-140"),
        ] {
            assert_eq!(code(title), Some(expected), "{title}");
        }
    }

    #[test]
    fn exams_and_unknown_titles_have_no_code() {
        for title in [
            "Exam AZ-104: Microsoft Azure Administrator",
            "exam: az-104",
            "Microsoft Certified: Exam AZ-104",
            "AZ-800",
            "AZ-999: Azure Wizard",
            "Azure Wizard",
            "Microsoft Certified:",
            "",
        ] {
            assert_eq!(code(title), None, "{title}");
        }
    }
}
