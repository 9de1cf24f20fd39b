//! The text of a file: unpacked, in UTF-8, with one line end.

use std::cell::Cell;
use std::io::{self, Chain, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::archive::is_zip;
use super::bytes::{Bytes, Digest};
use super::damage::Damage;
use super::error::ReportError;
use super::line_ends::LineEnds;
use super::powershell;
use super::utf16::{Order, Utf16};

const GZIP: &[u8] = b"\x1f\x8b";
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes of the first line that are looked at to tell what the text is.
const HEAD_BYTES: usize = 1 << 20;

/// The text of a file, read from its beginning; its line feeds are the line ends of the file.
pub(super) struct Text<'a> {
    rest: Headed<LineEnds<Box<dyn Read + 'a>>>,
    digest: Digest,
    room: Room,
}

/// How many bytes may still be read: whoever reads rows bounds each of them by it.
#[derive(Clone)]
pub(super) struct Room(Rc<Cell<usize>>);

impl Room {
    /// Bytes that a row may have, with what is read ahead of it.
    const ROW_BYTES: usize = 16 << 20;

    /// Makes room for one row.
    pub(super) fn for_a_row(&self) {
        self.0.set(Self::ROW_BYTES);
    }
}

impl<'a> Text<'a> {
    /// Looks at the first bytes, and unpacks gzip and decodes UTF-16 where they say so.
    pub(super) fn open(input: &'a mut Bytes<'_>) -> Result<Self, ReportError> {
        let digest = input.digest();
        let (head, bytes) = with_head(input)?;
        if is_zip(&head) {
            return Err(ReportError::Packed);
        }
        let bytes: Box<dyn Read + 'a> =
            if head.starts_with(GZIP) { Box::new(Unpacked(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) };
        let (head, bytes) = with_head(bytes)?;
        let bytes: Box<dyn Read + 'a> = match Order::of_mark(&head) {
            Some(order) => Box::new(Utf16::new(bytes, order)),
            None => Box::new(bytes),
        };
        let mut lines = LineEnds::new(bytes);
        let mut head = read_head(&mut lines)?;
        // A tool that puts its own mark before a text does not look whether there is one.
        while head.starts_with(UTF8_MARK) {
            head.drain(..UTF8_MARK.len());
        }
        if powershell::is_print(&head) {
            lines.by_ref().take(powershell::MOST_BYTES as u64).read_to_end(&mut head)?;
            let json = std::str::from_utf8(&head).ok().and_then(powershell::to_json);
            head = json.map_or(head, String::into_bytes);
        }
        Ok(Self { rest: Cursor::new(head).chain(lines), digest, room: Room(Rc::new(Cell::new(usize::MAX))) })
    }

    /// The beginning of the text, with its first line unless that is longer than all reason.
    pub(super) fn head(&self) -> &[u8] {
        self.rest.get_ref().0.get_ref()
    }

    /// The room that is left.
    pub(super) fn room(&self) -> Room {
        self.room.clone()
    }

    /// The SHA-256 of the file as it came.
    pub(super) fn digest(&self) -> Digest {
        self.digest.clone()
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.room.0.get();
        if room == 0 {
            return Err(Damage::error("a row has more than 16 MiB: a quote may not be closed"));
        }
        let most = buffer.len().min(room);
        let length = self.rest.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.room.0.set(room - length);
        Ok(length)
    }
}

/// A reader whose first bytes were looked at.
type Headed<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes, and a reader of all bytes.
fn with_head<R: Read>(mut input: R) -> io::Result<(Vec<u8>, Headed<R>)> {
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
    Ok(if head.starts_with(GZIP) { Box::new(Unpacked(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) })
}

/// The text up to the end of the first line that is not blank, at least.
fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut block = [0; 4096];
    while head.len() < HEAD_BYTES {
        let length = match input.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        let read = block.get(..length).unwrap_or_default();
        head.extend_from_slice(read);
        if read.is_empty() || head.trim_ascii_start().contains(&b'\n') {
            break;
        }
    }
    Ok(head)
}

/// A reader of what was packed, which tells damage from a failure of the input.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
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
