//! Whether a single file of which the command says nothing is lines of events, or a report.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::PathBuf;

use super::own;
use super::selection::is_named_as_packed;
use crate::bounds;
use crate::error::Error;
use reports::{Recognised, ReportError, is_zip, survey};

/// How what gzip packed begins.
const GZIP: &[u8] = b"\x1f\x8b";

/// What the one file of a command is read as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// Lines of events, of which any may be bad.
    Events,
    /// A report, or what the first look at reports refuses.
    Report,
    /// Lines of events, for nobody knows what else it is.
    Unknown(UnknownFile),
}

/// What is said of a file that nobody recognises, if it holds no event either.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnknownFile {
    /// What it has, or is not: a clause.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// Guesses what the one file, or standard input where there is one, is to be read as.
///
/// Only what is surely no lines of events is taken for a report, so that each bad line of a file of events is named. Events
/// are told by their first line, and then nothing is read twice. Of standard input the first lines tell; what is packed, or
/// a list in JSON, is copied first.
///
/// # Errors
/// Standard input that cannot be read or copied. A file that cannot be read is left to whoever reads it.
pub(super) fn guess(paths: &[PathBuf], stdin: &mut Option<Box<dyn Read + Send>>) -> Result<Guess, Error> {
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
            return if is_told { Ok(Guess::Events) } else { guess_of("-", &mut Cursor::new(lines)).map_err(failed) };
        }
        let mut copy = tempfile::tempfile().map_err(failed)?;
        bounds::copy(&mut whole, &mut copy, bounds::COPIED).map_err(failed)?;
        copy.rewind().map_err(failed)?;
        let guess = guess_of("-", &mut copy).map_err(failed)?;
        *stdin = Some(Box::new(copy));
        return Ok(guess);
    }
    let opened = paths.first().and_then(|path| File::open(path).ok());
    // A pipe can be read only once.
    let file = opened.filter(|file| file.metadata().is_ok_and(|about| about.is_file()));
    let name = paths.first().map(|path| path.to_string_lossy()).unwrap_or_default();
    Ok(file.map_or(Guess::Events, |file| guess_in(&name, file).unwrap_or(Guess::Events)))
}

fn guess_in(name: &str, mut file: File) -> io::Result<Guess> {
    if tells_events(&own::head_of(&mut file)?) { Ok(Guess::Events) } else { guess_of(name, &mut file) }
}

/// Whether the first line alone says that the file has events.
fn tells_events(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    survey(first).is_ok_and(|survey| matches!(survey.recognised, Recognised::Events))
}

/// What a file may be meant as whose first line is no event. It is at its beginning again afterwards.
fn guess_of(name: &str, file: &mut (impl Read + Seek)) -> io::Result<Guess> {
    file.rewind()?;
    let surveyed = survey(&mut *file);
    file.rewind()?;
    let head = own::head_of(file)?;
    file.rewind()?;
    if is_zip(&head) {
        return Ok(Guess::Report);
    }
    let is_json = matches!(head.trim_ascii_start(), [b'{' | b'[', ..]);
    Ok(match surveyed.map(|survey| survey.recognised) {
        Ok(Recognised::Events | Recognised::Entries)
        | Err(ReportError::Malformed { .. } | ReportError::NoObjects | ReportError::Empty) => Guess::Events,
        Ok(Recognised::Unknown { .. }) if is_json => Guess::Events,
        // Who reads it as a report says what it lacks.
        Ok(Recognised::Unknown { nearest: Some(nearest), .. }) if nearest.is_near() => Guess::Report,
        Ok(Recognised::Unknown { found, .. }) => Guess::Unknown(UnknownFile {
            what: format!("it has {}", found.join(", ")),
            hint:
                "download the report again, or name what it is with `--kind KIND`; `pcs import --help` lists the kinds"
                    .to_owned(),
        }),
        Err(error @ ReportError::NotText) if !is_named_as_packed(name) => Guess::Unknown(UnknownFile {
            what: "its first line is not UTF-8 text".to_owned(),
            hint: error.hint().unwrap_or_default(),
        }),
        Ok(Recognised::Report(_) | Recognised::NoProof { .. }) | Err(_) => Guess::Report,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Write as _};

    use super::{Guess, guess, tells_events};

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
            ("<!DOCTYPE html>\n<html>\n".to_owned(), false),
            (REPORT.replace("Date\n", "Day\n"), false),
            ("Name,Day\na,b\n".to_owned(), true),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let is_lines = |guess: Guess| guess != Guess::Report;
            assert_eq!(is_lines(guess(&[file.path().to_owned()], &mut None).unwrap()), expected, "{text:?}");
            let mut stdin: Option<Box<dyn Read + Send>> = Some(Box::new(Cursor::new(text.clone().into_bytes())));
            assert_eq!(is_lines(guess(&[], &mut stdin).unwrap()), expected, "{text:?}");
            let mut read = String::new();
            stdin.unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, text, "it can be read from its beginning");
        }
        let nowhere = guess(&["/nowhere/at/all".into()], &mut None).unwrap();
        assert_eq!(nowhere, Guess::Events, "whoever reads it says so");
    }

    #[test]
    fn entries_are_not_told_by_their_first_line() {
        assert!(tells_events(EVENT.as_bytes()));
        assert!(!tells_events(format!("{{\"seq\":0,\"recorded_at\":\"x\",\"event\":{EVENT}}}").as_bytes()));
    }
}
