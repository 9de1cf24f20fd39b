//! Which file and row a fact was taken from.

use ledger::Source;

use super::Kind;

/// Characters of a file's name that a source keeps.
const NAME_CHARACTERS: usize = 100;

/// The file that facts are taken from.
pub(super) struct Origin {
    text: String,
    digest: String,
}

impl Origin {
    /// The file by its kind, its name and the SHA-256 of its bytes in hexadecimal, of which 128 bits are kept.
    pub(super) fn new(kind: Kind, file_name: &str, sha256: &str) -> Self {
        let name: String = file_name.chars().take(NAME_CHARACTERS).collect();
        let digest: String = sha256.chars().take(32).collect();
        Self { text: format!("{kind} {name}"), digest: format!("sha256:{digest}") }
    }

    /// The source of what the row on this line, and perhaps further ones, say. Without a line: the file as a whole.
    pub(super) fn source(&self, line: Option<u64>, further_rows: u64, rule: &str) -> Option<Source> {
        let place = match (line, further_rows) {
            (None, _) => String::new(),
            (Some(line), 0) => format!(" line {line}"),
            (Some(line), further) => format!(" line {line} and {further} more"),
        };
        Source::new(&format!("{}{place}, {rule}, {}", self.text, self.digest)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::reports::Kind;

    #[test]
    fn a_source_names_kind_file_row_rule_and_digest() {
        let origin = Origin::new(Kind::CporM365Usage, &"é".repeat(300), &"ab".repeat(32));
        let source = origin.source(Some(u64::MAX), u64::MAX, "an attribution in a month").expect("it fits");
        assert!(source.as_str().starts_with("cpor-m365-usage é"));
        let origin = Origin::new(Kind::AzureUsage, "a.csv", &"ab".repeat(32));
        let source = |line, further| origin.source(line, further, "sum").expect("it fits").to_string();
        assert_eq!(source(Some(2), 0), "azure-usage a.csv line 2, sum, sha256:abababababababababababababababab");
        assert_eq!(
            source(Some(2), 3),
            "azure-usage a.csv line 2 and 3 more, sum, sha256:abababababababababababababababab"
        );
        assert_eq!(source(None, 0), "azure-usage a.csv, sum, sha256:abababababababababababababababab");
    }
}
