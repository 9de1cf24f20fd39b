//! Whether a single file of which the command says nothing is lines of events, or a report.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::PathBuf;

use super::own;
use crate::bounds;
use crate::error::Error;
use reports::{Recognised, ReportError, is_zip, survey};

/// How what gzip packed begins.
const GZIP: &[u8] = b"\x1f\x8b";

/// Whether the one file, or standard input where there is one, is to be read as lines of events.
///
/// Only what is surely no lines of events is taken for a report, so that each bad line of a file of events is named. Events
/// are told by their first line, and then nothing is read twice. Of standard input the first lines tell; what is packed, or
/// a list in JSON, is copied first.
///
/// # Errors
/// Standard input that cannot be read or copied. A file that cannot be read is left to whoever reads it.
pub(super) fn is_lines(paths: &[PathBuf], stdin: &mut Option<Box<dyn Read + Send>>) -> Result<bool, Error> {
    if let Some(mut input) = stdin.take() {
        let failed = |error| Error::file("read", "-")(error);
        let head = own::head_of(&mut input).map_err(failed)?;
        let is_list = head.trim_ascii_start().first() == Some(&b'[');
        let is_copied = head.starts_with(GZIP) || is_zip(&head) || is_list;
        let lines = head.iter().rposition(|byte| *byte == b'\n').map_or(&*head, |end| head.split_at(end).0).to_vec();
        let is_told = tells_events(&head);
        let mut whole: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(input));
        if is_told || !is_copied {
            *stdin = Some(whole);
            return Ok(is_told || looks_like_lines(&mut Cursor::new(lines)).map_err(failed)?);
        }
        let mut copy = tempfile::tempfile().map_err(failed)?;
        bounds::copy(&mut whole, &mut copy, bounds::COPIED).map_err(failed)?;
        copy.rewind().map_err(failed)?;
        let is_lines = looks_like_lines(&mut copy).map_err(failed)?;
        *stdin = Some(Box::new(copy));
        return Ok(is_lines);
    }
    let opened = paths.first().and_then(|path| File::open(path).ok());
    // A pipe can be read only once.
    let file = opened.filter(|file| file.metadata().is_ok_and(|about| about.is_file()));
    Ok(file.is_none_or(|file| is_lines_in(file).unwrap_or(true)))
}

fn is_lines_in(mut file: File) -> io::Result<bool> {
    if tells_events(&own::head_of(&mut file)?) {
        return Ok(true);
    }
    looks_like_lines(&mut file)
}

/// Whether the first line alone says that the file has events.
fn tells_events(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    survey(first).is_ok_and(|survey| matches!(survey.recognised, Recognised::Events))
}

/// Whether a file may be meant as lines of events, of which the first is bad. It is at its beginning again afterwards.
fn looks_like_lines(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    file.rewind()?;
    let surveyed = survey(&mut *file);
    file.rewind()?;
    let is_json = matches!(own::head_of(file)?.trim_ascii_start(), [b'{' | b'[', ..]);
    file.rewind()?;
    Ok(match surveyed.map(|survey| survey.recognised) {
        Ok(Recognised::Events | Recognised::Entries) => true,
        // Who reads it as a report says what it lacks.
        Ok(Recognised::Unknown { nearest, .. }) => is_json || !nearest.is_some_and(|nearest| nearest.is_near()),
        Ok(Recognised::Report(_) | Recognised::NoProof { .. }) => false,
        Err(error) => matches!(
            error,
            ReportError::Malformed { .. } | ReportError::NoObjects | ReportError::Empty | ReportError::NotText
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Write as _};

    use super::{is_lines, tells_events};

    const EVENT: &str = "{\"type\":\"customer_churned\",\"partner\":\"1\",\"effective_at\":\"2025-01-01\"}";
    const REPORT: &str = "CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,Date\n";

    #[test]
    fn a_file_is_a_report_only_where_it_is_surely_no_lines_of_events() {
        for (text, expected) in [
            (EVENT.to_owned(), true),
            (format!("\n\u{feff}{EVENT}\nno event"), true),
            (String::new(), true),
            ("no event".to_owned(), true),
            ("{\"type\":".to_owned(), true),
            ("[1]".to_owned(), true),
            ("\u{0}\u{1}".to_owned(), true),
            (REPORT.to_owned(), false),
            (REPORT.replace("Date\n", "Day\n"), false),
            ("Name,Day\na,b\n".to_owned(), true),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert_eq!(is_lines(&[file.path().to_owned()], &mut None).unwrap(), expected, "{text:?}");
            let mut stdin: Option<Box<dyn Read + Send>> = Some(Box::new(Cursor::new(text.clone().into_bytes())));
            assert_eq!(is_lines(&[], &mut stdin).unwrap(), expected, "{text:?}");
            let mut read = String::new();
            stdin.unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, text, "it can be read from its beginning");
        }
        assert!(is_lines(&["/nowhere/at/all".into()], &mut None).unwrap(), "whoever reads it says so");
    }

    #[test]
    fn entries_are_not_told_by_their_first_line() {
        assert!(tells_events(EVENT.as_bytes()));
        assert!(!tells_events(format!("{{\"seq\":0,\"recorded_at\":\"x\",\"event\":{EVENT}}}").as_bytes()));
    }
}
