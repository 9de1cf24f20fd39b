//! What was refused: the first few for the error, all of them for a file beside the reasons.

use std::fmt::{self, Display};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use ledger::Refusal;
use reports::DOWNLOAD_AGAIN;
use serde_json::{Value, json};

use super::guess::UnknownFile;
use crate::bounds;
use crate::error::Error;
use crate::text::{counted, without_nulls};
use reports::secrets::{hidden, without_keys};

/// The most bad lines that an error names to programs, and the most causes that it names to people.
const NAMED_LINES: usize = 20;
/// The most lines that people are told of each cause.
const NAMED_PLACES: usize = 3;

/// The refused lines of a file.
pub(super) struct Refusals {
    file: String,
    /// The one of several files that is being read.
    current: Option<String>,
    total: u64,
    first: Vec<RefusedLine>,
    causes: Vec<Cause>,
    rejected: Option<RejectedFile>,
    /// What the file is said to be if it has no good line.
    unknown: Option<UnknownFile>,
}

/// Lines that are refused alike.
struct Cause {
    /// The first of them.
    first: RefusedLine,
    /// What all of them say, but for what they quote and count.
    shape: String,
    lines: u64,
    /// Where the first few are.
    places: Vec<String>,
    /// Whether any of them says anything else than the first.
    is_varied: bool,
}

/// The file of refused lines and their reasons. It is made when the first line is refused.
struct RejectedFile {
    path: PathBuf,
    typed: PathBuf,
    is_written: bool,
    file: Option<BufWriter<File>>,
    /// Bytes that may still be written.
    room: u64,
}

/// Why an import is refused: files cannot be read, and lines may be refused too; `None` where neither is.
pub(super) fn of_files(file: &str, mut failures: Vec<Error>, lines: Option<Error>) -> Option<Error> {
    if failures.len() + usize::from(lines.is_some()) <= 1 {
        return failures.pop().or(lines);
    }
    let text = format!("{file}: {} cannot be read, nothing was appended", counted(failures.len(), "file"));
    let more = failures.len().checked_sub(NAMED_LINES).filter(|more| *more > 0);
    let named = failures.into_iter().take(NAMED_LINES).chain(lines);
    Some(Error::several(text, named).because(more.map(|more| format!("and {}", counted(more, "more file")))))
}

impl Refusals {
    /// Begins without refusals. With a path (as it is opened, and as it was typed) bad lines are skipped, and written
    /// there unless it is a dry run.
    pub(super) fn new(file: String, rejected: Option<(PathBuf, PathBuf)>, dry_run: bool) -> Self {
        let rejected = rejected.map(|(path, typed)| RejectedFile {
            path,
            typed,
            is_written: !dry_run,
            file: None,
            room: bounds::REFUSED,
        });
        Self { file, current: None, total: 0, first: Vec::new(), causes: Vec::new(), rejected, unknown: None }
    }

    /// The same, of a file that nobody recognises.
    pub(super) fn of_unknown(self, unknown: Option<UnknownFile>) -> Self {
        Self { unknown, ..self }
    }

    /// The lines from here on are those of one of several files.
    pub(super) fn of_file(&mut self, name: &str) {
        self.current = Some(name.to_owned());
    }

    /// How many were refused so far.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Whether bad lines are skipped, and their texts wanted.
    pub(super) fn are_skipped(&self) -> bool {
        self.rejected.is_some()
    }

    /// Adds a refused line. What may be a key, a token or an address in its message is not shown.
    pub(super) fn add(&mut self, refusal: Refusal, text: Option<&str>) -> Result<(), Error> {
        self.total += 1;
        let refusal = Refusal { message: without_keys(&refusal.message).into_owned(), ..refusal };
        let line = RefusedLine { file: self.current.clone(), refusal };
        if let Some(rejected) = &mut self.rejected {
            rejected.write(&line, text)?;
        }
        let shape = line.shape();
        if let Some(cause) = self.causes.iter_mut().find(|cause| cause.shape == shape) {
            cause.add(&line);
        } else if self.causes.len() < NAMED_LINES {
            self.causes.push(Cause::new(line.clone(), shape));
        }
        if self.first.len() < NAMED_LINES {
            self.first.push(line);
        }
        Ok(())
    }

    /// How many were refused and skipped, and the file where they are; `has_good` tells whether any other line was good.
    ///
    /// # Errors
    /// The code of the first bad line when bad lines are not skipped.
    pub(super) fn finish(self, has_good: bool) -> Result<(u64, Option<PathBuf>), Error> {
        if self.rejected.is_none() && self.total > 0 {
            return Err(self.error(has_good));
        }
        let Some(RejectedFile { file: Some(mut file), typed, .. }) = self.rejected else {
            return Ok((self.total, None));
        };
        file.flush().map_err(Error::file("write", &typed))?;
        Ok((self.total, Some(typed)))
    }

    /// Why everything is refused, where files cannot be read; refused lines are told too.
    pub(super) fn of_failures(&self, failures: Vec<Error>) -> Option<Error> {
        let is_told = !failures.is_empty() && self.total > 0 && !self.are_skipped();
        of_files(&self.file, failures, is_told.then(|| self.error(true)))
    }

    /// The refusal of the whole file.
    fn error(&self, has_good: bool) -> Error {
        let Self { file, total, first, causes, .. } = self;
        let unknown = self.unknown.as_ref().filter(|_| !has_good);
        let is_cut = causes.iter().filter_map(Cause::hint).any(|hint| hint.contains(DOWNLOAD_AGAIN));
        let lines = if *total == 1 { "line is" } else { "lines are" };
        let code = first.first().map_or("malformed", |line| line.refusal.code.name());
        let rest = total - causes.iter().map(|cause| cause.lines).sum::<u64>();
        let more = (rest > 0).then(|| format!("and {rest} more"));
        let text = match unknown {
            Some(_) => format!("{file} is no report that is known and holds no events: nothing was appended"),
            None => format!("{file}: {total} {lines} refused, nothing was appended"),
        };
        let failure = Error::new(code, text)
            .because(unknown.map(|unknown| &unknown.what))
            .because(causes.iter().map(ToString::to_string).chain(more))
            .on_line(first.first().and_then(|line| line.refusal.line))
            .of_lines([
                ("refused", json!(total)),
                ("first", first.iter().map(|line| line.to_json(None)).collect::<Vec<Value>>().into()),
            ]);
        let skip = "`--skip-bad` appends the good lines and writes the bad ones to a file";
        let last = match unknown {
            Some(unknown) => Some(unknown.hint.as_str()),
            // Half a file is not to be taken for the whole.
            None => Some(skip).filter(|_| has_good && !is_cut),
        };
        causes.iter().filter_map(Cause::hint).chain(last.map(str::to_owned)).fold(failure, Error::hint)
    }
}

impl RejectedFile {
    fn write(&mut self, line: &RefusedLine, text: Option<&str>) -> Result<(), Error> {
        if !self.is_written {
            return Ok(());
        }
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let file = File::create(&self.path).map_err(Error::file("create", &self.typed))?;
            self.file.insert(BufWriter::new(file))
        };
        let mut line = line.to_json(text.map(hidden).as_deref()).to_string();
        line.push('\n');
        // A refused line takes many times the bytes of a short line that was read.
        self.room = self.room.checked_sub(line.len() as u64).ok_or_else(|| {
            let failed = Error::file("write all refused lines into", &self.typed);
            failed(bounds::too_large("they", bounds::REFUSED)).hint("nothing was appended; the first lines are there")
        })?;
        file.write_all(line.as_bytes()).map_err(Error::file("write", &self.typed))
    }
}

impl Cause {
    fn new(first: RefusedLine, shape: String) -> Self {
        let places = first.place().into_iter().collect();
        Self { first, shape, lines: 1, places, is_varied: false }
    }

    fn add(&mut self, line: &RefusedLine) {
        self.lines += 1;
        self.is_varied |= line.refusal.message != self.first.refusal.message;
        if self.places.len() < NAMED_PLACES {
            self.places.extend(line.place());
        }
    }

    /// How many lines there are, and where the first few.
    fn place(&self) -> String {
        let (lines, places) = (self.lines, self.places.join(", "));
        match lines.saturating_sub(self.places.len() as u64) {
            _ if places.is_empty() => format!("{lines} lines"),
            0 => format!("{lines} lines ({places})"),
            more => format!("{lines} lines ({places} and {more} more)"),
        }
    }

    /// What to do about it, with the place of a single line.
    fn hint(&self) -> Option<String> {
        let hint = self.first.refusal.hint.as_ref()?;
        let Some(line) = self.first.refusal.line.filter(|_| self.lines == 1) else { return Some(hint.clone()) };
        let file = self.first.file.as_ref().map_or_else(String::new, |file| format!("{file}, "));
        Some(format!("{file}line {line}: {hint}"))
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lines == 1 {
            return self.first.fmt(f);
        }
        let alike = if self.is_varied { ", and alike" } else { "" };
        let Refusal { code, message, .. } = &self.first.refusal;
        write!(f, "{}: {}: {message}{alike}", self.place(), code.name())
    }
}

/// A refused line, and the file in which it is, if there are several.
#[derive(Clone)]
struct RefusedLine {
    file: Option<String>,
    refusal: Refusal,
}

impl RefusedLine {
    /// The line for programs, with its text where that is wanted.
    fn to_json(&self, text: Option<&str>) -> Value {
        let Refusal { code, line, column, message, hint, .. } = &self.refusal;
        let mut object = json!({"code": code.name(), "line": line, "message": message});
        let more = without_nulls(json!({"column": column, "hint": hint, "file": self.file, "text": text}));
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        object
    }

    /// Where it is.
    fn place(&self) -> Option<String> {
        let line = self.refusal.line?;
        Some(self.file.as_ref().map_or_else(|| line.to_string(), |file| format!("{file} line {line}")))
    }

    /// Code, message and hint, without texts in quotes and without words that have digits: two lines of one cause have
    /// the same.
    fn shape(&self) -> String {
        let Refusal { code, message, hint, .. } = &self.refusal;
        let mut shape = code.name().to_owned();
        for text in [message.as_str(), hint.as_deref().unwrap_or_default()] {
            let unquoted: Vec<&str> = text.split('"').step_by(2).collect();
            for word in unquoted.join("\"").split_whitespace() {
                shape.push(' ');
                shape.push_str(if word.contains(|letter: char| letter.is_ascii_digit()) { "#" } else { word });
            }
        }
        shape
    }
}

impl Display for RefusedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}: {}", self.refusal),
            None => write!(f, "{}", self.refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Code, Refusal};

    use super::Refusals;

    fn causes(refused: &[(&str, &str, u64)]) -> Vec<String> {
        let mut refusals = Refusals::new("r".to_owned(), None, false);
        for (file, message, line) in refused {
            if !file.is_empty() {
                refusals.of_file(file);
            }
            refusals.add(Refusal::new(Code::BadValue, *message).on_line(*line), None).unwrap();
        }
        refusals.causes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_of_one_cause_are_told_once_with_their_number_and_three_places() {
        let blank = "`MPNId` is blank";
        assert_eq!(causes(&[("", blank, 2)]), ["line 2: bad_value: `MPNId` is blank"]);
        assert_eq!(causes(&[("", blank, 2), ("", blank, 5)]), ["2 lines (2, 5): bad_value: `MPNId` is blank"]);
        let many: Vec<(&str, &str, u64)> = (2..=41).map(|line| ("", blank, line)).collect();
        assert_eq!(causes(&many), ["40 lines (2, 3, 4 and 37 more): bad_value: `MPNId` is blank"]);
        let months = [
            ("", "`Month` is \"x\", which is no month", 2),
            ("", "`Month` is \"13\", which is no month", 3),
            ("", blank, 4),
        ];
        let expected = [
            "2 lines (2, 3): bad_value: `Month` is \"x\", which is no month, and alike",
            "line 4: bad_value: `MPNId` is blank",
        ];
        assert_eq!(causes(&months), expected);
        let files = [("a.csv", blank, 2), ("b.csv", blank, 2)];
        assert_eq!(causes(&files), ["2 lines (a.csv line 2, b.csv line 2): bad_value: `MPNId` is blank"]);
    }

    #[test]
    fn programs_get_every_line_of_a_cause_and_people_its_hint_once() {
        let mut refusals = Refusals::new("r".to_owned(), None, false);
        for line in 2..30 {
            let refusal = Refusal::new(Code::BadValue, format!("entry {line} is none")).with_hint("do it");
            refusals.add(refusal.on_line(line), None).unwrap();
        }
        let error = refusals.finish(true).unwrap_err();
        let text = error.to_text();
        assert!(
            text.contains("caused by: 28 lines (2, 3, 4 and 25 more): bad_value: entry 2 is none, and alike\n"),
            "{text}"
        );
        assert_eq!(text.matches("hint: do it\n").count(), 1, "{text}");
        let json = error.to_json();
        assert_eq!(json.matches("is none\",\"hint\"").count() + json.matches("is none\"}").count(), 20, "{json}");
    }

    #[test]
    fn the_file_of_refused_lines_has_a_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rejected");
        let mut refusals = Refusals::new("a".to_owned(), Some((path.clone(), "typed".into())), false);
        refusals.rejected.as_mut().unwrap().room = 10_000;
        let mut add = || refusals.add(Refusal::new(Code::Malformed, "no"), Some("x"));
        let error = (0..1_000).find_map(|_| add().err()).expect("it has a bound");
        assert_eq!(error.code(), "too_large", "{}", error.to_text());
        assert!(error.to_text().contains("write all refused lines into typed"), "{}", error.to_text());
        drop(refusals);
        let written = std::fs::metadata(path).unwrap().len();
        assert!((9_900..=10_000).contains(&written), "{written}");
    }
}
