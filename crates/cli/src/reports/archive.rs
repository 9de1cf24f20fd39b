//! The files in a zip.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::damage::Damage;
use super::error::ReportError;

/// What every workbook of Excel has, which is a zip too.
const WORKBOOK: &str = "xl/workbook.xml";

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
}

/// Whether a file that begins so is a zip.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Lists the files in a zip; directories, hidden files and what macOS adds are left out.
///
/// # Errors
/// A zip that is damaged, and a workbook of Excel.
pub fn members(archive: impl Read + Seek) -> Result<Vec<Member>, ReportError> {
    let damaged = |error: ZipError| {
        if let ZipError::Io(error) = error
            && error.kind() != io::ErrorKind::UnexpectedEof
        {
            return ReportError::Io(error);
        }
        ReportError::Damaged { what: "its zip directory cannot be read".to_owned() }
    };
    let mut archive = ZipArchive::new(archive).map_err(damaged)?;
    let mut members = Vec::new();
    for place in 0..archive.len() {
        let file = archive.by_index_raw(place).map_err(damaged)?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        if name == WORKBOOK {
            return Err(ReportError::Workbook);
        }
        let is_hidden = |part: &str| part.starts_with('.') || part == "__MACOSX";
        if name.ends_with('/') || name.split(['/', '\\']).any(is_hidden) {
            continue;
        }
        let Some(start) = file.data_start() else {
            return Err(ReportError::Damaged { what: format!("its zip directory cannot be read: {name}") });
        };
        members.push(Member {
            len: file.size(),
            start,
            packed_len: file.compressed_size(),
            crc: file.crc32(),
            method: file.compression(),
            encrypted: file.encrypted(),
            name,
        });
    }
    Ok(members)
}

impl Member {
    /// Reads the file out of its zip, and checks length and sum at its end.
    ///
    /// # Errors
    /// An encrypted file, one packed in another way than deflate, and a failure of the zip.
    pub fn open<R: Read + Seek + Send + 'static>(&self, mut archive: R) -> Result<Box<dyn Read + Send>, ReportError> {
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
        Ok(Box::new(Checked { bytes, sum: Crc::new(), read: 0, len: self.len, crc: self.crc }))
    }
}

/// A reader that compares what it read with what the zip says of it.
struct Checked {
    bytes: Box<dyn Read + Send>,
    sum: Crc,
    read: u64,
    len: u64,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer).map_err(|error| {
            let is_damage = DAMAGES.contains(&error.kind());
            if is_damage { Damage::error("its zip data is damaged") } else { error }
        })?;
        self.sum.update(buffer.get(..length).unwrap_or_default());
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

    use super::{is_zip, members};
    use crate::reports::ReportError;

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file(*name, stored).expect("a name");
            writer.write_all(text.as_bytes()).expect("it is in memory");
        }
        writer.finish().expect("it is in memory").into_inner()
    }

    #[test]
    fn files_are_read_and_what_is_none_is_left_out() {
        let files = [("a.csv", "x,y\n"), ("sub/b.csv", "z\n"), (".c", ""), ("__MACOSX/a.csv", ""), ("sub/.d/e", "")];
        let zip = zipped(&files);
        assert!(is_zip(&zip) && is_zip(&zipped(&[])) && !is_zip(b"PK"));
        let members = members(Cursor::new(zip.clone())).expect("it is a zip");
        let read = |member: &super::Member| {
            let mut text = String::new();
            member.open(Cursor::new(zip.clone())).expect("it opens").read_to_string(&mut text).expect("it is whole");
            (member.name.clone(), text)
        };
        let all: Vec<(String, String)> = members.iter().map(read).collect();
        assert_eq!(all, files[..2].iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect::<Vec<_>>());
    }

    #[test]
    fn damaged_and_encrypted_files_and_workbooks_are_told() {
        let zip = zipped(&[("a.csv", "Month,x\n")]);
        let cut = members(Cursor::new(zip[..zip.len() - 5].to_vec())).expect_err("it is cut");
        assert_eq!(cut.code(), "damaged");
        let mut changed = zip.clone();
        let place = zip.windows(5).position(|part| part == b"Month").expect("it is stored");
        changed[place] = b'm';
        let member = members(Cursor::new(changed.clone())).expect("its directory is whole").remove(0);
        let error = member.open(Cursor::new(changed)).expect("it opens").read_to_string(&mut String::new());
        assert_eq!(ReportError::from(error.expect_err("it is changed")).code(), "damaged");
        let encrypted = super::Member { encrypted: true, ..member };
        assert!(matches!(encrypted.open(Cursor::new(zip)).err(), Some(ReportError::Encrypted)));
        let workbook = members(Cursor::new(zipped(&[("xl/workbook.xml", "")])));
        assert!(matches!(workbook.err(), Some(ReportError::Workbook)));
    }
}
