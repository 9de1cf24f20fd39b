//! The text of a file: unpacked, in UTF-8, with one line end.

use std::cell::Cell;
use std::io::{self, Chain, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use crate::error::ReportError;
use crate::file::archive::is_zip;
use crate::file::bytes::{Bytes, Digest};
use crate::file::compound::{self, COMPOUND};
use crate::file::damage::Damage;
use crate::file::json::Objects;
use crate::file::line_ends::LineEnds;
use crate::file::powershell;
use crate::file::utf16::{ByteOrder, Utf16};

pub(crate) const GZIP: &[u8] = b"\x1f\x8b";
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Lines that are looked at for column names.
pub(crate) const HEADER_LINES: usize = 20;
/// Bytes of a text in which a web page says that it is one.
const WEB_PAGE_BYTES: usize = 1 << 10;
/// Bytes of the first lines that are looked at to tell what the text is.
const HEAD_BYTES: usize = 1 << 20;

/// The text of a file, read from its beginning; its line feeds are the line ends of the file.
pub(crate) struct Text<'a> {
    rest: BoundedReader<WithHead<LineEnds<Box<dyn Read + 'a>>>>,
    digest: Digest,
}

/// How many bytes may still be read: whoever reads rows bounds each of them by it.
#[derive(Clone)]
pub(crate) struct Room {
    left: Rc<Cell<usize>>,
    /// What is wrong with a file that needs more.
    too_long: &'static str,
}

impl Room {
    /// Bytes that a row may have, with what is read ahead of it.
    const ROW_BYTES: usize = 16 << 20;

    /// Room without a bound yet.
    pub(crate) fn new(too_long: &'static str) -> Self {
        Self { left: Rc::new(Cell::new(usize::MAX)), too_long }
    }

    /// Makes room for one row.
    pub(crate) fn for_a_row(&self) {
        self.make(Self::ROW_BYTES);
    }

    /// Makes room for so many bytes.
    pub(crate) fn make(&self, bytes: usize) {
        self.left.set(bytes);
    }

    /// A reader that fails when there is no room.
    pub(crate) fn bound<R>(&self, input: R) -> BoundedReader<R> {
        BoundedReader { input, room: self.clone() }
    }
}

/// A reader that fails when there is no room.
pub(crate) struct BoundedReader<R> {
    input: R,
    room: Room,
}

impl<R: Read> Read for BoundedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.room.left.get();
        if room == 0 {
            return Err(Damage::bound(self.room.too_long));
        }
        let most = buffer.len().min(room);
        let length = self.input.read(buffer.get_mut(..most).expect("it is no more than the buffer holds"))?;
        self.room.left.set(room - length);
        Ok(length)
    }
}

/// What a file is, by its first bytes: text, or a zip.
pub(crate) enum Contents<'a> {
    Text(Text<'a>),
    Zip { bytes: Box<dyn Read + 'a>, digest: Digest },
}

impl<'a> Contents<'a> {
    /// Looks at the first bytes, and unpacks gzip and decodes UTF-16 where they say so.
    pub(crate) fn of(input: &'a mut Bytes<'_>) -> Result<Self, ReportError> {
        let digest = input.digest();
        let (head, bytes) = with_head(input)?;
        let bytes: Box<dyn Read + 'a> =
            if head.starts_with(GZIP) { Box::new(GzipReader(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) };
        let (head, bytes) = with_head(bytes)?;
        if is_zip(&head) {
            return Ok(Self::Zip { bytes: Box::new(bytes), digest });
        }
        if head.starts_with(COMPOUND) {
            return Err(compound::what_it_is(bytes)?);
        }
        let bytes: Box<dyn Read + 'a> = match ByteOrder::of_mark(&head) {
            Some(order) => Box::new(Utf16::new(bytes, order)),
            None => Box::new(bytes),
        };
        let mut lines = LineEnds::new(bytes);
        let mut head = read_head(&mut lines)?;
        head.drain(..head.len() - without_marks(&head).len());
        if powershell::is_print(&head) {
            lines.by_ref().take(powershell::MOST_BYTES as u64).read_to_end(&mut head)?;
            let json = std::str::from_utf8(&head).ok().and_then(powershell::to_json);
            head = json.map_or(head, String::into_bytes);
        }
        if is_web_page(&head) {
            return Err(ReportError::WebPage);
        }
        let room = Room::new("a row has more than 16 MiB: a quote may not be closed");
        Ok(Self::Text(Text { rest: room.bound(Cursor::new(head).chain(lines)), digest }))
    }
}

impl<'a> Text<'a> {
    /// As [`Contents::of`], of what must be text.
    pub(crate) fn open(input: &'a mut Bytes<'_>) -> Result<Self, ReportError> {
        match Contents::of(input)? {
            Contents::Text(text) => Ok(text),
            Contents::Zip { .. } => Err(ReportError::Packed),
        }
    }

    /// Leaves out the first bytes of the head.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.rest.input.get_mut().0.set_position(bytes as u64);
    }

    /// The beginning of the text: the lines among which column names are looked for, of JSON the first one, unless they
    /// are longer than all reason.
    pub(crate) fn head(&self) -> &[u8] {
        self.rest.input.get_ref().0.get_ref()
    }

    /// The room that is left.
    pub(crate) fn room(&self) -> Room {
        self.rest.room.clone()
    }

    /// The SHA-256 of the file as it came.
    pub(crate) fn digest(&self) -> Digest {
        self.digest.clone()
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.rest.read(buffer)
    }
}

/// A reader whose first bytes were looked at.
type WithHead<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes, and a reader of all bytes.
fn with_head<R: Read>(mut input: R) -> io::Result<(Vec<u8>, WithHead<R>)> {
    let mut head = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

/// What a reader gives, unpacked where it is gzip.
///
/// # Errors
/// A failure of the reader.
pub fn unpacked<'a>(input: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
    let (head, bytes) = with_head(input)?;
    Ok(if head.starts_with(GZIP) { Box::new(GzipReader(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) })
}

/// A text without the byte order marks before it: a tool that puts its own there does not look whether there is one.
pub(crate) fn without_marks(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(UTF8_MARK) {
        text = rest;
    }
    text
}

/// Whether a text is HTML as a browser saves it.
fn is_web_page(head: &[u8]) -> bool {
    let begins = head.trim_ascii_start().get(..WEB_PAGE_BYTES).unwrap_or(head.trim_ascii_start()).to_ascii_lowercase();
    begins.starts_with(b"<")
        && [&b"<html"[..], b"<!doctype html"].iter().any(|tag| memchr::memmem::find(&begins, tag).is_some())
}

/// The text with its first lines: of JSON one that is not blank, else all that may have the column names.
fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut block = [0; 4096];
    let mut feeds = 0;
    while head.len() < HEAD_BYTES {
        let length = match input.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        let read = block.get(..length).expect("a reader gives no more than its buffer holds");
        head.extend_from_slice(read);
        feeds += read.split(|byte| *byte == b'\n').count() - 1;
        let text = without_marks(&head).trim_ascii_start();
        let has_all = if Objects::begin(text) { text.contains(&b'\n') } else { feeds >= HEADER_LINES };
        if read.is_empty() || (has_all && !text.is_empty()) {
            break;
        }
    }
    Ok(head)
}

/// A reader of what was packed, which tells damage from a failure of the input.
struct GzipReader<R>(R);

impl<R: Read> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let kind = error.kind();
            if kind == io::ErrorKind::UnexpectedEof {
                Damage::error("its gzip data ends too early")
            } else if matches!(kind, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
                && Damage::of(&error).is_none()
            {
                Damage::error(format!("its gzip data is damaged, or something follows it: {error}"))
            } else {
                error
            }
        })
    }
}
