//! The lines of a file.

use std::io::{self, BufRead, BufReader, Read};

use ledger::{Code, Refusal};

use crate::bounds;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 18;
/// Bytes that are kept of a line that is too long.
const KEPT_BYTES: usize = 200;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file, one at a time, without their ends; LF and CR LF end a line.
pub(super) struct EntryLines<R> {
    input: BufReader<R>,
    /// Bytes that a line may have.
    most: usize,
    /// Bytes behind which a line that goes on is not passed over.
    end: u64,
    number: u64,
    read: u64,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1, blank lines counted.
    pub number: u64,
    /// Its bytes; the first few of a line that is too long.
    pub bytes: Vec<u8>,
    /// How many bytes it has.
    pub len: u64,
}

impl<R: Read> EntryLines<R> {
    /// The lines of `input`, which may have `most` bytes each.
    pub(super) fn new(input: R, most: usize) -> Self {
        Self { input: BufReader::with_capacity(BUFFER_BYTES, input), most, end: bounds::LINE, number: 0, read: 0 }
    }

    /// Refuses a line that has more bytes than it may have.
    pub(super) fn check_length(&self, line: &Line) -> Result<(), Refusal> {
        let message = || format!("the line has more than {} MiB", self.most >> 20);
        if line.len > self.most as u64 { Err(Refusal::new(Code::Malformed, message())) } else { Ok(()) }
    }

    /// The bytes read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The next line that is not blank.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(mut line) = self.read_line()? else { return Ok(None) };
            while line.number == 1 && line.bytes.starts_with(BYTE_ORDER_MARK) {
                line.bytes.drain(..BYTE_ORDER_MARK.len());
                line.len -= BYTE_ORDER_MARK.len() as u64;
            }
            if line.bytes.last() == Some(&b'\r') && line.bytes.len() as u64 == line.len {
                line.bytes.pop();
                line.len -= 1;
            }
            if !line.bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(line));
            }
        }
    }

    /// Reads up to the next line feed; of a line that is too long only the first bytes are kept.
    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { number: self.number + 1, bytes: Vec::new(), len: 0 };
        // Two byte order marks and a carriage return do not count, so that many more are taken first.
        let most = (self.most + 2 * BYTE_ORDER_MARK.len() + 2) as u64;
        line.len = self.input.by_ref().take(most).read_until(b'\n', &mut line.bytes)? as u64;
        self.read += line.len;
        if line.bytes.last() == Some(&b'\n') {
            line.bytes.pop();
            line.len -= 1;
        } else if line.len == most {
            line.bytes.truncate(KEPT_BYTES);
            self.skip_rest(&mut line)?;
        } else if line.len == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(line))
    }

    /// Passes over the rest of a line that is too long, as far as any line goes.
    fn skip_rest(&mut self, line: &mut Line) -> io::Result<()> {
        let room = self.end.saturating_sub(line.len);
        let mut rest = self.input.by_ref().take(room);
        let skipped = rest.skip_until(b'\n')? as u64;
        self.read += skipped;
        line.len += skipped;
        let has_more = skipped == room && !self.input.fill_buf()?.is_empty();
        if has_more { Err(bounds::too_large(&format!("line {}", line.number), self.end)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use ledger::MAX_LINE_BYTES;

    use super::EntryLines;

    fn lines(text: &[u8]) -> Vec<(u64, String)> {
        let mut lines = EntryLines::new(text, MAX_LINE_BYTES);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().expect("it is in memory") {
            all.push((line.number, String::from_utf8_lossy(&line.bytes).into_owned()));
        }
        assert_eq!(lines.bytes_read(), text.len() as u64);
        all
    }

    #[test]
    fn marks_and_line_ends_and_blank_lines_are_no_part_of_a_line() {
        let expected = vec![(1, "a".to_owned()), (4, "b".to_owned())];
        assert_eq!(lines(b"a\n\n \nb"), expected);
        assert_eq!(lines(b"\xef\xbb\xbfa\r\n\r\n\t\r\nb\r\n"), expected);
        assert_eq!(lines(b"\xef\xbb\xbf\xef\xbb\xbfa\n\n\nb"), expected);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\xef\xbb\xbf\r\n"), []);
    }

    #[test]
    fn a_line_without_an_end_is_read_no_further_than_to_its_bound() {
        let mut lines = EntryLines { end: 2 << 20, ..EntryLines::new(io::repeat(0), MAX_LINE_BYTES) };
        let error = lines.next_line().expect_err("it has no end");
        assert_eq!((error.kind(), &*error.to_string()), (io::ErrorKind::FileTooLarge, "line 1 has more than 2 MiB"));
        assert!(lines.bytes_read() <= 2 << 20);
    }

    #[test]
    fn a_line_may_have_a_mebibyte_and_no_byte_more() {
        for (ends, marks) in [("\n", ""), ("\r\n", ""), ("", ""), ("\r\n", "\u{feff}\u{feff}")] {
            for (len, is_too_long) in [(MAX_LINE_BYTES, false), (MAX_LINE_BYTES + 1, true), (9 * MAX_LINE_BYTES, true)]
            {
                let next = if ends.is_empty() { "" } else { "next" };
                let text = format!("{marks}{}{ends}{next}", "x".repeat(len));
                let mut lines = EntryLines::new(text.as_bytes(), MAX_LINE_BYTES);
                let line = lines.next_line().expect("in memory").expect("a line");
                assert_eq!(lines.check_length(&line).is_err(), is_too_long, "{len} {ends:?} {marks:?}");
                let after = lines.next_line().expect("in memory");
                assert_eq!(after.map_or(Vec::new(), |line| line.bytes), next.as_bytes());
            }
        }
    }
}
