//! The forms of a file, and what it is packed into.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Csv,
    Tsv,
    Json,
    JsonLines,
}

impl Form {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Tsv => "tsv",
            Form::Json => "json",
            Form::JsonLines => "jsonl",
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
            Wrapping::Zip => zip(name, bytes),
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
}

/// An archive of one deflated file, by PKWARE's APPNOTE 4.3.
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    let mut crc = Crc::new();
    crc.update(bytes);
    let size = |size: usize| u32::try_from(size).expect("it is small").to_le_bytes();
    let name_size = u16::try_from(name.len()).expect("it is short").to_le_bytes();
    // Version 2.0, no flags, deflate, 1 January 2024 at midnight.
    let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x58];
    common.extend(crc.sum().to_le_bytes());
    common.extend([size(packed.len()), size(bytes.len())].concat());
    common.extend([name_size, [0; 2]].concat());
    let local = [b"PK\x03\x04".as_slice(), &common, name.as_bytes(), &packed].concat();
    let central = [b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 14], name.as_bytes()].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend([size(central.len()), size(local.len())].concat());
    end.extend([0; 2]);
    [local, central, end].concat()
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
