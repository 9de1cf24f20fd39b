//! The forms of a file, and what it is packed into.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Csv,
    Tsv,
    /// Between bars.
    Bars,
    Json,
    JsonLines,
    /// A workbook of Excel.
    Workbook,
}

impl Form {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Csv | Form::Bars => "csv",
            Form::Tsv => "tsv",
            Form::Workbook => "xlsx",
            Form::Json => "json",
            Form::JsonLines => "jsonl",
        }
    }

    /// What separates the cells of text.
    pub fn delimiter(self) -> Option<char> {
        match self {
            Form::Csv => Some(','),
            Form::Tsv => Some('\t'),
            Form::Bars => Some('|'),
            Form::Json | Form::JsonLines | Form::Workbook => None,
        }
    }
}

/// What a file is packed into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrapping {
    Plain,
    Gzip,
    Zip,
}

impl Wrapping {
    /// The name of a packed file.
    pub fn name(self, name: &str) -> String {
        match self {
            Wrapping::Plain => name.to_owned(),
            Wrapping::Gzip => format!("{name}.gz"),
            Wrapping::Zip => format!("{name}.zip"),
        }
    }

    /// Packs a file.
    pub fn pack(self, name: &str, bytes: &[u8]) -> Vec<u8> {
        match self {
            Wrapping::Plain => bytes.to_vec(),
            Wrapping::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).expect("memory takes it");
                encoder.finish().expect("memory takes it")
            }
            Wrapping::Zip => zip(&[(name, bytes)]),
        }
    }

    /// Where a flipped byte is seen: what is packed, and the sums over it.
    pub fn guarded(self, name: &str, packed: &[u8]) -> std::ops::Range<usize> {
        match self {
            Wrapping::Plain => 0..0,
            Wrapping::Gzip => 10..packed.len(),
            Wrapping::Zip => 30 + name.len()..packed.len() - (46 + name.len() + 22),
        }
    }

    /// Where what is deflated ends, in what ends at `guarded`.
    pub fn deflated_end(self, guarded: usize) -> usize {
        match self {
            Wrapping::Plain | Wrapping::Zip => guarded,
            Wrapping::Gzip => guarded - 8,
        }
    }
}

/// An archive of deflated files, by PKWARE's APPNOTE 4.3.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut locals, mut centrals) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory takes it");
        let packed = encoder.finish().expect("memory takes it");
        let mut crc = Crc::new();
        crc.update(bytes);
        let name_size = u16::try_from(name.len()).expect("it is short").to_le_bytes();
        // Version 2.0, no flags, deflate, 1 January 2024 at midnight.
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x58];
        common.extend(crc.sum().to_le_bytes());
        common.extend([size(packed.len()), size(bytes.len())].concat());
        common.extend([name_size, [0; 2]].concat());
        let at = size(locals.len());
        locals.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), &packed].concat());
        centrals.extend([b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 10], &at, name.as_bytes()].concat());
    }
    let count = u16::try_from(files.len()).expect("they are few").to_le_bytes();
    let mut end = [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat();
    end.extend([size(centrals.len()), size(locals.len())].concat());
    end.extend([0; 2]);
    [locals, centrals, end].concat()
}

fn size(size: usize) -> [u8; 4] {
    u32::try_from(size).expect("it is small").to_le_bytes()
}

#[test]
fn an_archive_is_what_other_programs_read() {
    let archive = Wrapping::Zip.pack("a.csv", b"one,two\n1,2\n");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("a.zip");
    std::fs::write(&path, archive).expect("the file is written");
    let program = "import sys,zipfile; print(zipfile.ZipFile(sys.argv[1]).read('a.csv').decode(), end='')";
    let ran = std::process::Command::new("python3").args(["-c", program]).arg(&path).output().expect("python3 runs");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "one,two\n1,2\n", "{}", String::from_utf8_lossy(&ran.stderr));
}
