//! What the note of an association keeps of the report: the claim, and the first month that shows it.

use ledger::{Month, Remark};

/// What stands before a claim's id.
const CLAIM: &str = "claim ";
/// What stands before the first month that shows an association.
const FIRST_SHOWN: &str = "first shown in ";

/// The note of an association. The month is told where the association began in another.
pub(super) fn note(claim: Option<&str>, first_shown: Option<Month>) -> Option<Remark> {
    let claim = claim.map(|claim| format!("{CLAIM}{claim}"));
    let shown = first_shown.map(|month| format!("{FIRST_SHOWN}{month}"));
    let parts: Vec<String> = claim.into_iter().chain(shown).collect();
    if parts.is_empty() { None } else { Remark::new(&parts.join("; ")).ok() }
}

/// Reads what [`note`] wrote.
pub(super) fn of_note(note: Option<&Remark>) -> (Option<String>, Option<Month>) {
    let text = note.map_or("", Remark::as_str);
    let (claim, shown) = match text.rsplit_once("; ") {
        Some((claim, shown)) if shown.starts_with(FIRST_SHOWN) => (claim, shown),
        _ if text.starts_with(FIRST_SHOWN) => ("", text),
        _ => (text, ""),
    };
    let month = shown.strip_prefix(FIRST_SHOWN).and_then(|month| Month::parse(month).ok());
    (claim.strip_prefix(CLAIM).map(str::to_owned), month)
}

#[cfg(test)]
mod tests {
    use ledger::{Month, Remark};

    use super::{note, of_note};

    #[test]
    fn a_note_gives_back_what_it_keeps() {
        let month = Month::parse("2023-07").expect("a month");
        for (claim, shown) in
            [(None, None), (Some("C-1001"), None), (None, Some(month)), (Some("a; claim b"), Some(month))]
        {
            let written = note(claim, shown);
            assert_eq!(of_note(written.as_ref()), (claim.map(str::to_owned), shown), "{written:?}");
        }
        assert_eq!(of_note(Remark::new("by hand; first shown").ok().as_ref()), (None, None));
    }
}
