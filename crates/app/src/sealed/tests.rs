use std::fs;
use std::io::{ErrorKind, Read as _};

use super::*;
use crate::testing::{files, within};

fn write(dir: &Path, name: &str, text: &[u8]) -> Result<u64, Error> {
    within(dir, |session| {
        let mut sealer = Sealer::create(session, Path::new(name))?;
        sealer.write_all(text).map_err(Error::file("write", name))?;
        sealer.close().and_then(Closed::publish).map_err(Error::file("write", name))
    })
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let mut read = Vec::new();
    within(dir, |session| open(session, Path::new(name), FileKind::Backup))?
        .read_to_end(&mut read)
        .map_err(Error::file("read", name))?;
    Ok(read)
}

fn io_kind(error: Result<impl Sized, Error>) -> Option<ErrorKind> {
    if let crate::error::Origin::File(error) = error.err()?.origin() { Some(error.kind()) } else { None }
}

#[test]
fn what_is_sealed_is_read_again_and_every_gzip_program_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("empty", Vec::new()), ("short", b"one\ntwo\n".to_vec()), ("long", vec![b'x'; 300_000])] {
        let len = write(dir.path(), name, &text).unwrap();
        assert_eq!(read(dir.path(), name).unwrap(), text);
        let bytes = fs::read(dir.path().join(name)).unwrap();
        assert_eq!(bytes.len() as u64, len);
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, text);
    }
    assert_eq!(files(dir.path()).len(), 3, "nothing else is there");
}

#[test]
fn every_byte_that_is_changed_cut_or_added_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "whole", b"{\"some\":\"text\"}\nand more of it\n").unwrap();
    let whole = fs::read(dir.path().join("whole")).unwrap();
    let check = |bytes: &[u8], what: &str| {
        fs::write(dir.path().join("changed"), bytes).unwrap();
        let error = read(dir.path(), "changed").unwrap_err();
        assert_eq!((error.code(), error.exit_code()), ("damaged", 3), "{what}: {error}");
    };
    for at in 0..whole.len() {
        check(&whole[..at], &format!("cut at {at}"));
        check(&whole[at + 1..], &format!("the first {at} and one more are gone"));
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        check(&changed, &format!("byte {at} flipped"));
        changed = whole.clone();
        changed.insert(at, 0);
        check(&changed, &format!("a byte added at {at}"));
        changed = whole.clone();
        changed.remove(at);
        check(&changed, &format!("byte {at} taken out"));
    }
    check(&[whole.as_slice(), b"\n"].concat(), "a byte added at the end");
    check(&[whole.as_slice(), &whole].concat(), "twice the same");
}

#[test]
fn what_is_no_sealed_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tar = [b"../../etc/passwd".as_slice(), &[0; 1_008]].concat();
    let zip = [b"PK\x03\x04".as_slice(), &[0; 200], b"../outside", b"PK\x05\x06", &[0; 18]].concat();
    for bytes in [tar, zip, Vec::new(), b"text\n".to_vec()] {
        fs::write(dir.path().join("other"), &bytes).unwrap();
        assert_eq!(read(dir.path(), "other").unwrap_err().code(), "damaged", "{} bytes", bytes.len());
    }
    // Of nothing packed the digest holds, and there is no text.
    fs::write(dir.path().join("other"), seal(&hex::encode(Sha256::new().finalize())).unwrap()).unwrap();
    assert_eq!(io_kind(read(dir.path(), "other")), Some(ErrorKind::UnexpectedEof));
    assert_eq!(io_kind(read(dir.path(), "nowhere")), Some(ErrorKind::NotFound));
}

#[test]
fn no_file_is_left_after_a_failure_and_none_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    within(dir, |session| {
        let mut sealer = Sealer::create(session, Path::new("a")).unwrap();
        sealer.write_all(&vec![1; 100_000]).unwrap();
        drop(sealer);
        assert!(files(dir).is_empty());
        // What comes to be there meanwhile stays.
        let sealer = Sealer::create(session, Path::new("a")).unwrap();
        fs::write(dir.join("a"), "other").unwrap();
        assert_eq!(sealer.close().and_then(Closed::publish).unwrap_err().kind(), ErrorKind::AlreadyExists);
    });
    assert_eq!(io_kind(write(dir, "a", b"text")), Some(ErrorKind::AlreadyExists));
    std::os::unix::fs::symlink(dir.join("nowhere"), dir.join("link")).unwrap();
    assert_eq!(io_kind(write(dir, "link", b"text")), Some(ErrorKind::AlreadyExists));
    assert_eq!(io_kind(write(dir, "no/file", b"text")), Some(ErrorKind::NotFound));
    fs::remove_file(dir.join("link")).unwrap();
    let left = files(dir);
    assert_eq!(left.into_values().collect::<Vec<_>>(), [b"other"]);
}

#[test]
fn what_a_killed_process_left_is_replaced_and_what_another_writes_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.unfinished"), "left").unwrap();
    write(dir, "a", b"text").unwrap();
    assert_eq!(files(dir).len(), 1);
    within(dir, |session| {
        let mut first = Sealer::create(session, Path::new("b")).unwrap();
        assert_eq!(io_kind(Sealer::create(session, Path::new("b"))), Some(ErrorKind::WouldBlock));
        first.write_all(b"first").unwrap();
        first.close().and_then(Closed::publish).unwrap();
    });
    assert_eq!(read(dir, "b").unwrap(), b"first");
}

#[test]
fn a_line_has_an_end_and_a_limit_and_is_text() {
    let lines = |mut text: &[u8], most| {
        let mut lines = Vec::new();
        while let Some(line) = read_line(&mut text, most)? {
            lines.push(line);
        }
        io::Result::Ok(lines)
    };
    assert_eq!(lines(b"", 3).unwrap(), [""; 0]);
    assert_eq!(lines(b"abc\n\nd\n", 3).unwrap(), ["abc", "", "d"]);
    for bad in [b"abcd\n".as_slice(), b"abc", b"\xff\n"] {
        assert_eq!(lines(bad, 3).unwrap_err().kind(), ErrorKind::InvalidData, "{bad:?}");
    }
}
