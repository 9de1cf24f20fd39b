//! An entry as a file has it.

use std::fmt::Write as _;

use super::entry::MapKind;

/// A table of a kind with these fields, in their order, as TOML.
#[must_use]
pub fn written(kind: MapKind, fields: &[(&str, &str)]) -> String {
    let mut out = format!("[[{kind}]]\n");
    for (field, text) in fields {
        let quoted = toml::Value::from(*text);
        let is_list = matches!(*field, "titles" | "reported" | "texts" | "persons");
        let (open, close) = if is_list { ("[", "]") } else { ("", "") };
        writeln!(out, "{field} = {open}{quoted}{close}").expect("writing to a string does not fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::maps::{MapFile, MapKind, entries_of};

    #[test]
    fn any_text_is_read_back() {
        for text in ["Azure Wizard", "a \"b\" 'c'", "back\\slash", "line\nbreak\t\u{1b}", "é '''x\"\"\""] {
            let table = written(MapKind::Segment, &[("texts", text), ("segment", "smb")]);
            let entries = entries_of(MapFile { name: "m.toml", text: &table }).expect(&table);
            assert_eq!(entries[0].texts[0].text, text);
        }
        let table = written(MapKind::Segment, &[("texts", "a"), ("segment", "smb")]);
        assert_eq!(table, "[[segment]]\ntexts = [\"a\"]\nsegment = \"smb\"\n");
    }
}
