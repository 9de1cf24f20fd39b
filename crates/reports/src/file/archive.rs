//! The files in a zip.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::error::ReportError;
use crate::file::damage::Damage;

/// Documents that are zips too, each with a file that is in it, and what it is. The first is read.
const DOCUMENTS: [(&str, Content); 6] = [
    ("xl/workbook.xml", Content::Workbook),
    ("xl/workbook.bin", Content::Spreadsheet("a binary workbook of Excel (.xlsb)")),
    ("word/document.xml", Content::Document("a document of Word")),
    ("ppt/presentation.xml", Content::Document("a presentation of PowerPoint")),
    ("Index/Document.iwa", Content::Spreadsheet("a document of Numbers, Pages or Keynote")),
    ("Index.zip", Content::Spreadsheet("a document of Numbers, Pages or Keynote")),
];
/// The file that says of an `OpenDocument` what it is, and what it has of a spreadsheet.
const MEDIA_TYPE: &str = "mimetype";
const SPREADSHEET: &str = "opendocument.spreadsheet";
/// Bytes of it that are read.
const MEDIA_TYPE_BYTES: u64 = 100;

/// What an entry of the directory begins with, its bytes before the name, and where it has the lengths of its name, its
/// extra fields and its comment.
const HEADER: &[u8] = b"PK\x01\x02";
const HEADER_BYTES: usize = 46;
const LENGTHS: [usize; 3] = [28, 30, 32];

/// The failures of a decoder, and not of the file below it.
const DAMAGES: [io::ErrorKind; 3] =
    [io::ErrorKind::UnexpectedEof, io::ErrorKind::InvalidInput, io::ErrorKind::InvalidData];

/// A file in a zip.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, with directories.
    pub name: String,
    /// Its bytes once unpacked.
    pub len: u64,
    start: u64,
    packed_len: u64,
    crc: u32,
    method: CompressionMethod,
    encrypted: bool,
    /// Whether its name leads out of the zip.
    outside: bool,
}

/// What a zip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A folder of files.
    Files,
    /// A workbook of Excel, which is read as a file.
    Workbook,
    /// A spreadsheet that is not read.
    Spreadsheet(&'static str),
    /// Something else that holds no report.
    Document(&'static str),
}

/// Whether a file that begins so is a zip.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The directory of a zip.
pub struct Directory {
    /// All files in it.
    all: Vec<Member>,
    /// Whether two of those that are listed have one name, and which.
    twice: Result<(), ReportError>,
}

impl Directory {
    /// Reads the directory of a zip.
    ///
    /// # Errors
    /// A zip that is damaged.
    pub fn read(mut archive: impl Read + Seek) -> Result<Self, ReportError> {
        let mut listed = ZipArchive::new(&mut archive).map_err(damaged)?;
        let (directory, count) = (listed.central_directory_start(), listed.len());
        let mut all = Vec::new();
        for place in 0..count {
            let file = listed.by_index_raw(place).map_err(damaged)?;
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let Some(start) = file.data_start() else {
                return Err(ReportError::Damaged { what: format!("its zip directory cannot be read: {name}") });
            };
            all.push(Member {
                len: file.size(),
                start,
                packed_len: file.compressed_size(),
                crc: file.crc32(),
                method: file.compression(),
                encrypted: file.encrypted(),
                outside: is_outside(&name),
                name,
            });
        }
        let twice = check_names(&mut archive, directory, count);
        Ok(Self { all, twice })
    }

    /// What the zip is, by the names of its files.
    ///
    /// # Errors
    /// A failure of the zip.
    pub fn content<R: Read + Seek + Send + 'static>(&self, archive: R) -> Result<Content, ReportError> {
        if let Some((_, content)) = DOCUMENTS.iter().find(|(name, _)| self.file(name).is_some()) {
            return Ok(*content);
        }
        let (Some(media_type), true) = (self.file(MEDIA_TYPE), self.file("content.xml").is_some()) else {
            return Ok(Content::Files);
        };
        let mut text = Vec::new();
        media_type.open(archive)?.take(MEDIA_TYPE_BYTES).read_to_end(&mut text)?;
        let is_spreadsheet = String::from_utf8_lossy(&text).contains(SPREADSHEET);
        Ok(if is_spreadsheet {
            Content::Spreadsheet("a spreadsheet of OpenDocument (.ods)")
        } else {
            Content::Document("a document of OpenDocument")
        })
    }

    /// A file by its name, in any case of A-Z.
    pub(crate) fn file(&self, name: &str) -> Option<&Member> {
        self.all.iter().find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// The files; directories, hidden files and what macOS adds are left out.
    ///
    /// # Errors
    /// Two files of one name, of which nobody knows which is meant.
    pub fn files(self) -> Result<Vec<Member>, ReportError> {
        let mut members = self.all;
        members.retain(|member| is_listed(&member.name));
        let mut names = BTreeSet::new();
        if let Some(member) = members.iter().find(|member| !names.insert(&member.name)) {
            return Err(twice(&member.name));
        }
        self.twice?;
        Ok(members)
    }
}

fn damaged(error: ZipError) -> ReportError {
    if let ZipError::Io(error) = error
        && error.kind() != io::ErrorKind::UnexpectedEof
    {
        return ReportError::Io(error);
    }
    ReportError::Damaged { what: "its zip directory cannot be read".to_owned() }
}

/// Whether a file of this name is none of directories, hidden files and what macOS adds.
fn is_listed(name: &str) -> bool {
    !name.ends_with('/') && !name.split(['/', '\\']).any(|part| is_hidden(part) && !matches!(part, "." | ".."))
}

/// Whether a file or folder of this name is hidden, by a point or as what macOS and Office put beside others.
#[must_use]
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("~$") || name == "__MACOSX"
}

fn is_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    has_drive || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}

fn twice(name: &str) -> ReportError {
    ReportError::Damaged { what: format!("it has two files named {name}") }
}

/// Compares the names in the directory with the number of files that were read: of two entries with one name the reader
/// gives only the last.
fn check_names(archive: &mut (impl Read + Seek), directory: u64, count: usize) -> Result<(), ReportError> {
    let names = directory_names(archive, directory)?;
    let mut distinct = BTreeSet::new();
    for name in &names {
        let text = String::from_utf8_lossy(name);
        if !distinct.insert(name) && is_listed(&text) {
            return Err(twice(&text));
        }
    }
    if distinct.len() == count {
        return Ok(());
    }
    Err(ReportError::Damaged { what: "its zip directory has other files than it says".to_owned() })
}

/// The names in the directory of a zip, one for each entry.
fn directory_names(archive: &mut (impl Read + Seek), directory: u64) -> io::Result<Vec<Vec<u8>>> {
    archive.seek(SeekFrom::Start(directory))?;
    let mut archive = BufReader::new(archive);
    let mut names = Vec::new();
    let mut header = [0; HEADER_BYTES];
    // Behind the last entry comes something else, or the end.
    while archive.read_exact(&mut header).is_ok() && header.starts_with(HEADER) {
        let length = |at: usize| {
            let bytes = header.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
            u64::from(u16::from_le_bytes(bytes.expect("the three lengths lie within the header")))
        };
        let [name_len, extra_len, comment_len] = LENGTHS.map(length);
        let mut name = Vec::new();
        archive.by_ref().take(name_len).read_to_end(&mut name)?;
        io::copy(&mut archive.by_ref().take(extra_len + comment_len), &mut io::sink())?;
        names.push(name);
    }
    Ok(names)
}

impl Member {
    /// Reads the file out of its zip, and checks length and sum at its end.
    ///
    /// # Errors
    /// A file whose name leads out of the zip, an encrypted one, one packed in another way than deflate, and a failure of the zip.
    pub fn open<R: Read + Seek + Send + 'static>(&self, mut archive: R) -> Result<Box<dyn Read + Send>, ReportError> {
        if self.outside {
            return Err(ReportError::Outside);
        }
        if self.encrypted {
            return Err(ReportError::Encrypted);
        }
        archive.seek(SeekFrom::Start(self.start))?;
        let packed = archive.take(self.packed_len);
        let bytes: Box<dyn Read + Send> = if self.method == CompressionMethod::Stored {
            Box::new(packed)
        } else if self.method == CompressionMethod::Deflated {
            Box::new(DeflateDecoder::new(packed))
        } else {
            return Err(ReportError::Compression { method: self.method.to_string() });
        };
        Ok(Box::new(CheckedReader { bytes, sum: Crc::new(), read: 0, len: self.len, crc: self.crc }))
    }
}

/// A reader that compares what it read with what the zip says of it.
struct CheckedReader {
    bytes: Box<dyn Read + Send>,
    sum: Crc,
    read: u64,
    len: u64,
    crc: u32,
}

impl Read for CheckedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer).map_err(|error| {
            let is_damage = DAMAGES.contains(&error.kind());
            if is_damage { Damage::error("its zip data is damaged") } else { error }
        })?;
        self.sum.update(buffer.get(..length).expect("a reader gives no more than its buffer holds"));
        self.read += length as u64;
        let is_over = length == 0 && !buffer.is_empty();
        if self.read > self.len || (is_over && (self.read != self.len || self.sum.sum() != self.crc)) {
            return Err(Damage::error("its zip data is damaged"));
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Write};

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::{Directory, Member, is_zip};
    use crate::ReportError;

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file(*name, stored).expect("a name");
            writer.write_all(text.as_bytes()).expect("it is in memory");
        }
        writer.finish().expect("it is in memory").into_inner()
    }

    fn members(zip: Cursor<Vec<u8>>) -> Result<Vec<Member>, ReportError> {
        Directory::read(zip)?.files()
    }

    #[test]
    fn files_are_read_and_what_is_none_is_left_out() {
        let files = [
            ("a.csv", "x,y\n"),
            ("sub/b.csv", "z\n"),
            (".c", ""),
            ("__MACOSX/a.csv", ""),
            ("sub/.d/e", ""),
            ("~$a.xlsx", ""),
        ];
        let zip = zipped(&files);
        assert!(is_zip(&zip) && is_zip(&zipped(&[])) && !is_zip(b"PK"));
        let members = members(Cursor::new(zip.clone())).expect("it is a zip");
        let read = |member: &Member| {
            let mut text = String::new();
            member.open(Cursor::new(zip.clone())).expect("it opens").read_to_string(&mut text).expect("it is whole");
            (member.name.clone(), text)
        };
        let all: Vec<(String, String)> = members.iter().map(read).collect();
        assert_eq!(all, files[..2].iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect::<Vec<_>>());
    }

    #[test]
    fn two_files_of_one_name_are_damage_and_names_that_lead_out_are_told() {
        let mut zip = zipped(&[("a.csv", "x\n"), ("b.csv", "y\n")]);
        let named: Vec<usize> =
            zip.windows(5).enumerate().filter(|(_, part)| *part == b"b.csv").map(|(at, _)| at).collect();
        for at in named {
            zip[at] = b'a';
        }
        let error = members(Cursor::new(zip)).expect_err("two are a.csv");
        assert_eq!((error.code(), error.to_string().contains("two files named a.csv")), ("damaged", true), "{error}");
        let leading = ["../a.csv", "/b.csv", "x\\..\\c.csv", "C:\\d.csv", "./e.csv"];
        let zip = zipped(&leading.map(|name| (name, "x\n")));
        let members = members(Cursor::new(zip.clone())).expect("it is a zip");
        let outside: Vec<bool> = members
            .iter()
            .map(|member| matches!(member.open(Cursor::new(zip.clone())).err(), Some(ReportError::Outside)))
            .collect();
        assert_eq!(outside, [true, true, true, true, false]);
    }

    #[test]
    fn damaged_and_encrypted_files_are_told() {
        let zip = zipped(&[("a.csv", "Month,x\n")]);
        let cut = members(Cursor::new(zip[..zip.len() - 5].to_vec())).expect_err("it is cut");
        assert_eq!(cut.code(), "damaged");
        let mut changed = zip.clone();
        let place = zip.windows(5).position(|part| part == b"Month").expect("it is stored");
        changed[place] = b'm';
        let member = members(Cursor::new(changed.clone())).expect("its directory is whole").remove(0);
        let error = member.open(Cursor::new(changed)).expect("it opens").read_to_string(&mut String::new());
        assert_eq!(ReportError::from(error.expect_err("it is changed")).code(), "damaged");
        let encrypted = Member { encrypted: true, ..member };
        assert!(matches!(encrypted.open(Cursor::new(zip)).err(), Some(ReportError::Encrypted)));
    }

    #[test]
    fn a_document_that_is_a_zip_is_told_from_a_folder_of_files() {
        let ods = "application/vnd.oasis.opendocument.spreadsheet";
        for (files, is) in [
            (&[("a.csv", "")][..], "Files"),
            (&[("xl/workbook.xml", "")], "Workbook"),
            (&[("xl/workbook.bin", "")], ".xlsb"),
            (&[("word/document.xml", "")], "Word"),
            (&[("mimetype", ods), ("content.xml", "")], ".ods"),
            (&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "")], "Document(\"a document"),
            (&[("mimetype", ods)], "Files"),
            (&[("Index/Document.iwa", "")], "Numbers"),
        ] {
            let zip = zipped(files);
            let listed = Directory::read(Cursor::new(zip.clone())).expect("it is a zip");
            let content = listed.content(Cursor::new(zip)).expect("it is whole");
            assert!(format!("{content:?}").contains(is), "{content:?}");
        }
    }
}
