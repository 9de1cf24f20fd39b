//! The certification that a title stands for.

use ledger::Name;
use projection::rulebook::Rulebook;

use super::entry::{Entry, Value};
use super::folded::{FoldedText, Index};

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
    ///
    /// Names go before old names, so that a title is that of the certification that has it now. The names in the newest
    /// built-in catalogue are known under older rules, too.
    pub(super) fn of(rulebook: &Rulebook, user: &[Entry], builtin: &[Entry]) -> Self {
        let mut titles = Self::default();
        titles.add_entries(rulebook, user);
        for certification in rulebook.certifications() {
            for code in std::iter::once(&certification.code).chain(&certification.other_codes) {
                titles.add(code, &certification.code);
                if let Ok(read_as) = Name::new(&certification.code) {
                    titles.codes.add(code, read_as);
                }
            }
        }
        for book in [rulebook, Rulebook::builtin()] {
            let known = || book.certifications().iter().filter(|one| rulebook.certification(&one.code).is_some());
            let names = known().map(|one| (&one.name, &one.code));
            let old_names = known().flat_map(|one| one.old_names.iter().map(|name| (name, &one.code)));
            for (name, code) in names.chain(old_names) {
                titles.add(name, code);
            }
        }
        titles.add_entries(rulebook, builtin);
        titles
    }

    fn add_entries(&mut self, rulebook: &Rulebook, entries: &[Entry]) {
        for entry in entries {
            for text in &entry.texts {
                if let Value::Code(code) = &entry.value
                    && let Some(certification) = rulebook.certification(code.as_str())
                {
                    self.add(&text.text, &certification.code);
                }
                if entry.value == Value::Prefix {
                    self.prefixes.push(FoldedText::of(&text.text).bytes().to_owned());
                }
            }
        }
    }

    /// Adds a title, unless it leads somewhere already.
    fn add(&mut self, title: &str, code: &str) {
        if let Ok(code) = Name::new(code) {
            self.by_title.add(title, code);
        }
    }

    /// The code of the certification with this title; `None` for an exam and for what is not known.
    pub(super) fn code(&self, title: &str) -> Option<&Name> {
        let folded = FoldedText::of(title);
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
    use projection::rulebook::Rulebook;

    use crate::Maps;

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
            ("Microsoft Certified: Azure DevOps Engineer Expert", "AZ-400"),
            ("Microsoft Certified: DevOps Engineer Expert", "AZ-400"),
            ("Windows Server Administrator Associate", "AZ-800+AZ-801"),
            ("AZ-802", "AZ-800+AZ-801"),
            ("AZ-802: Windows Server Hybrid Administrator Associate", "AZ-800+AZ-801"),
            ("Power Platform Developer Associate (AB-400)", "PL-400"),
            ("GitHub Certified: GitHub Actions", "GH-200"),
            ("GitHub Certified: GitHub Copilot", "GH-300"),
            ("Microsoft Certified: Azure Cosmos DB Developer Specialty", "DP-420"),
            ("Dynamics 365: Contact Center AI Engineer Associate", "AB-250"),
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
            "Exam AB-400: Power Platform Developer",
            "Azure Wizard",
            "Microsoft Certified:",
            "",
        ] {
            assert_eq!(code(title), None, "{title}");
        }
    }

    #[test]
    fn every_name_and_old_name_of_the_catalogue_leads_to_its_code_in_every_spelling() {
        for certification in Rulebook::builtin().certifications() {
            let names = std::iter::once(&certification.name).chain(&certification.old_names);
            for name in names.chain(&certification.other_codes) {
                for title in [
                    name.clone(),
                    name.to_uppercase(),
                    format!("Microsoft Certified: {name}"),
                    format!("Microsoft 365 Certified: {name}"),
                    format!("Microsoft Certified - {name} "),
                    format!("{name} ({})", certification.code),
                    format!("{}: {name}", certification.code),
                ] {
                    assert_eq!(code(&title), Some(certification.code.as_str()), "{title}");
                }
            }
        }
    }

    #[test]
    fn a_title_is_that_of_the_certification_that_has_it_now() {
        let text = Rulebook::builtin().text();
        let name = "name = \"Azure Administrator Associate\"";
        let edited = text.replace(name, &format!("{name}\nold_names = [\"DevOps Engineer Expert\", \"Cloud Herder\"]"));
        assert_ne!(edited, text);
        let maps = Maps::of(&Rulebook::parse(&edited).unwrap(), &[]).unwrap();
        let code = |title| maps.certification(title).map(Name::as_str);
        assert_eq!((code("DevOps Engineer Expert"), code("Cloud Herder")), (Some("AZ-400"), Some("AZ-104")));
    }

    #[test]
    fn the_newest_names_are_known_under_older_rules_for_the_codes_that_these_have() {
        let maps = Maps::of(Rulebook::builtin_named("builtin-2026-08").unwrap(), &[]).unwrap();
        for certification in Rulebook::builtin().certifications() {
            let known = Some(certification.code.as_str()).filter(|code| *code != "AB-650");
            for title in std::iter::once(&certification.name).chain(&certification.old_names) {
                assert_eq!(maps.certification(title).map(Name::as_str), known, "{title}");
            }
        }
        assert_eq!(maps.certification("AB-400"), None, "these rules do not say what it is");
    }
}
