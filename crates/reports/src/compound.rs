//! Compound files of OLE: what Office wrote before 2007, and what it writes under a password.

use std::io::{self, Read};

use super::error::ReportError;

/// What a compound file begins with, as far as it is looked at.
pub(super) const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";
/// Bytes among which the names of its streams are looked for.
const LOOKED_AT: u64 = 64 << 20;

/// Says by the names of its streams what a compound file is; none of them is read.
pub(super) fn what_it_is(bytes: impl Read) -> io::Result<ReportError> {
    let mut found = Vec::new();
    bytes.take(LOOKED_AT).read_to_end(&mut found)?;
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0]).collect();
        memchr::memmem::find(&found, &name).is_some()
    };
    Ok(if has("EncryptedPackage") {
        ReportError::Encrypted
    } else if has("Workbook") || has("Book") || has("WORKBOOK") || has("BOOK") {
        ReportError::Spreadsheet { what: "a workbook of an old Excel (.xls)" }
    } else {
        ReportError::Document { what: "a document or a mail of Office" }
    })
}

#[cfg(test)]
mod tests {
    use super::what_it_is;

    #[test]
    fn a_compound_file_is_told_by_its_streams() {
        for (name, code, what) in [
            ("Workbook", "bad_report", ".xls"),
            ("Book", "bad_report", ".xls"),
            ("EncryptedPackage", "encrypted", "encrypted"),
            ("WordDocument", "bad_report", "document or a mail"),
            ("__substg1.0_0037001F", "bad_report", "document or a mail"),
        ] {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let file = [b"\xd0\xcf\x11\xe0".as_slice(), &[0; 600], &name, &[0; 600]].concat();
            let error = what_it_is(file.as_slice()).expect("it is in memory");
            assert_eq!((error.code(), error.to_string().contains(what)), (code, true), "{error}");
        }
    }
}
