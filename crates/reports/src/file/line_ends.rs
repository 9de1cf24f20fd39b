//! Line ends of every kind, read as one.

use std::io::{self, Read};

/// A reader that gives a line feed for each of CR LF, CR and LF, and one at the end where there is none.
///
/// So the number of line feeds before a byte tells its line.
pub(crate) struct LineEnds<R> {
    input: R,
    after_return: bool,
    after_feed: bool,
}

impl<R> LineEnds<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, after_return: false, after_feed: true }
    }

    /// Converts a block in place; how many bytes of it are left.
    fn convert(&mut self, block: &mut [u8]) -> usize {
        if !self.after_return && !block.contains(&b'\r') {
            self.after_feed = block.last() == Some(&b'\n');
            return block.len();
        }
        let (mut kept, mut place) = (0, 0);
        // Each part goes up to a return and with it; what is left of that is a line feed.
        while let Some(rest @ [first, ..]) = block.get(place..) {
            let start = place + usize::from(*first == b'\n' && self.after_return);
            let end = memchr::memchr(b'\r', rest).map(|at| place + at + 1);
            self.after_return = end.is_some();
            place = end.unwrap_or(block.len());
            block.copy_within(start..place, kept);
            kept += place - start;
            if let Some(last) = block.get_mut(..kept).and_then(<[u8]>::last_mut) {
                if self.after_return {
                    *last = b'\n';
                }
                self.after_feed = *last == b'\n';
            }
        }
        kept
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.input.read(buffer)?;
            if length == 0 {
                let Some(last) = buffer.first_mut().filter(|_| !self.after_feed) else { return Ok(0) };
                (*last, self.after_feed) = (b'\n', true);
                return Ok(1);
            }
            let kept = self.convert(buffer.get_mut(..length).expect("a reader gives no more than its buffer holds"));
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::LineEnds;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let end = self.1.min(buffer.len());
            self.0.read(buffer.get_mut(..end).unwrap_or_default())
        }
    }

    #[test]
    fn every_line_end_is_a_line_feed_however_the_bytes_come() {
        for (text, expected) in [
            ("", ""),
            ("a", "a\n"),
            ("a\n", "a\n"),
            ("a\r\n", "a\n"),
            ("a\r", "a\n"),
            ("a\r\nb\rc\nd", "a\nb\nc\nd\n"),
            ("\r\n\r\n\n\r", "\n\n\n\n"),
        ] {
            for size in 1..=text.len() + 1 {
                let mut read = String::new();
                LineEnds::new(Slow(text.as_bytes(), size)).read_to_string(&mut read).expect("it is text");
                assert_eq!(read, expected, "{text:?} by {size}");
            }
        }
    }
}
