//! The secret of a directory: with it a program tells what was made here from what somebody else put here.
//!
//! Whoever may write some of the files can make any checksum. A MAC takes the secret, which only its owner reads.

use std::path::Path;
use std::{fmt, io};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::bytes::{FieldReader, FieldWriter};
use super::draft::{Draft, Durability, write_beside};
use super::{Access, DiskError, Kind, OTHERS, Volume};

/// The file in the directory.
pub(crate) const SECRET: &str = "derived.secret";
const MAGIC: [u8; 8] = *b"\xF5PCS-SEC";
const VERSION: u32 = 1;
/// The length of the file: magic, version, secret, checksum.
const LEN: usize = 48;

/// 32 random bytes, which are never shown.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Reads the secret of a directory; `None` when there is none, or it is damaged or open to others.
    pub(crate) fn read(volume: &Volume, dir: &Path) -> Option<Self> {
        let path = dir.join(SECRET);
        let about = volume.about(&path).ok().flatten()?;
        let file = (about.kind == Kind::File).then(|| volume.open(&path, Access::Read).ok()).flatten();
        let file = file.filter(|file| file.mode().is_ok_and(|mode| mode & OTHERS == 0));
        let secret = file.and_then(|file| Self::parse(&file.read_first(LEN as u64 + 1).ok()?));
        if secret.is_none() {
            tracing::warn!(path = %path.display(), "the secret cannot be used, what is derived is not believed");
        }
        secret
    }

    /// Makes the secret of a directory, durably. What has its name is replaced.
    pub(crate) fn make(volume: &Volume, dir: &Path) -> Result<Self, DiskError> {
        let (path, mut secret) = (dir.join(SECRET), Self([0; 32]));
        let random = getrandom::fill(&mut secret.0).map_err(|error| io::Error::other(error.to_string()));
        random.map_err(|error| DiskError::new("make", &path, error))?;
        write_beside(volume, Draft::unfinished(&path), &path, &secret.format(), Durability::Name)?;
        Ok(secret)
    }

    /// The key of a use. No key tells anything of another, or of the secret.
    pub(crate) fn key(&self, usage: &str) -> MacKey {
        MacKey::of(&MacKey::of(&self.0).mac::<32>(&[usage.as_bytes()]))
    }

    fn format(&self) -> [u8; LEN] {
        let mut fields = FieldWriter::new(&MAGIC);
        fields.put(&VERSION.to_le_bytes());
        fields.put(&self.0);
        fields.sealed(&[])
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = FieldReader::of_sealed(bytes, &MAGIC).filter(|_| bytes.len() == LEN)?;
        (fields.u32()? == VERSION).then_some(())?;
        fields.take().map(Self)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Makes and checks MACs of one use (HMAC-SHA-256).
#[derive(Clone, Debug)]
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    fn of(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("a key of an HMAC has any length"))
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        parts.iter().fold(self.0.clone(), Mac::chain_update)
    }

    /// The first `N` bytes of the MAC of parts, one behind the other.
    pub(crate) fn mac<const N: usize>(&self, parts: &[&[u8]]) -> [u8; N] {
        *self.over(parts).finalize().into_bytes().first_chunk().expect("a MAC has 32 bytes")
    }

    /// Whether these are the first bytes of the MAC of parts; how long it takes does not tell how many are right.
    pub(crate) fn holds(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.over(parts).verify_truncated_left(mac).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_secret_is_another_each_time_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let volume = Volume::real();
        assert!(Secret::read(&volume, dir.path()).is_none());
        Secret::make(&volume, dir.path()).unwrap();
        let path = dir.path().join(SECRET);
        let (whole, first) = (fs::read(&path).unwrap(), Secret::read(&volume, dir.path()).unwrap());
        assert_eq!((whole.len(), fs::metadata(&path).unwrap().permissions().mode() & 0o777), (LEN, 0o600));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(!format!("{first:?} {:?}", first.key("a")).contains(&first.0[0].to_string()), "it is shown");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert!(Secret::read(&volume, dir.path()).is_none(), "{mode:o}");
        }
        Secret::make(&volume, dir.path()).unwrap();
        assert_ne!(Secret::read(&volume, dir.path()).unwrap().0, first.0);
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (volume, path) = (Volume::real(), dir.path().join(SECRET));
        Secret::make(&volume, dir.path()).unwrap();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [&flipped[..], &whole[..at], &[&whole[..], &[0]].concat()] {
                fs::write(&path, damaged).unwrap();
                assert!(Secret::read(&volume, dir.path()).is_none(), "byte {at}");
            }
        }
        fs::write(&path, FieldWriter::<LEN>::new(&MAGIC).sealed(&[])).unwrap();
        assert!(Secret::read(&volume, dir.path()).is_none(), "it is of another version");
        fs::write(&path, &whole).unwrap();
        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        symlink(dir.path().join("elsewhere"), &path).unwrap();
        assert!(Secret::read(&volume, dir.path()).is_none(), "it is a link");
        Secret::make(&volume, dir.path()).unwrap();
        assert!(Secret::read(&volume, dir.path()).is_some());
        assert_eq!(fs::read(dir.path().join("elsewhere")).unwrap(), whole, "what the link led to was written");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(Secret::read(&volume, dir.path()).is_none(), "it is a directory");
        Secret::make(&volume, dir.path()).unwrap_err();
    }

    /// The same by openssl: `printf use | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07` makes the key, and
    /// that key the MAC of `ab`.
    #[test]
    fn a_mac_is_that_of_its_use_and_of_every_byte() {
        let key = Secret([7; 32]).key("use");
        let mac: [u8; 32] = key.mac(&[b"ab"]);
        assert_eq!(mac[..4], [0x3f, 0x08, 0xef, 0x5b]);
        assert_eq!(key.mac::<16>(&[b"a", b"b"]), mac[..16]);
        assert!(key.holds(&[b"a", b"b"], &mac) && key.holds(&[b"ab"], &mac[..16]));
        assert!(!key.holds(&[b"ab"], &[]) && !key.holds(&[b"abc"], &mac));
        assert!(!Secret([7; 32]).key("another").holds(&[b"ab"], &mac));
        assert!(!Secret([8; 32]).key("use").holds(&[b"ab"], &mac));
    }
}
