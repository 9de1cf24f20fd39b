//! The file `lock`: one writer at a time, told by a lock that dies with its process. Its bytes tell who had it last.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{Access, DiskError, Lock, Volume, VolumeFile, is_denied};

/// How often a writer tries at least, and how long it waits in between: a reader holds its lock for an instant.
const TRIES: u128 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// What a writer says in the file: random bytes of its own.
pub(crate) type Stamp = [u8; 16];

/// Takes the writer's lock, which ends with the file returned; `None` when another process has it all the time that is
/// waited.
pub(crate) fn acquire(volume: &Volume, ledger_dir: &Path, wait: Duration) -> Result<Option<VolumeFile>, DiskError> {
    let path = ledger_dir.join("lock");
    let file = volume.open_or_create(&path)?;
    close_to_readers(volume, &path, &file);
    for attempt in 0..TRIES.max(wait.as_millis() / PAUSE.as_millis()) {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        if file.try_lock(Lock::Exclusive)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Says in the file that a writer has the lock. A writer that lets it go finds the same bytes there, unless another came.
pub(crate) fn stamp(file: &VolumeFile) -> Result<Stamp, DiskError> {
    let mut stamp = Stamp::default();
    getrandom::fill(&mut stamp).map_err(|error| file.failed("mark", io::Error::other(error.to_string())))?;
    file.write(&stamp, 0)?;
    Ok(stamp)
}

/// Whether a writer that said so was the last one.
pub(crate) fn is_stamped(file: &VolumeFile, stamp: &Stamp) -> Result<bool, DiskError> {
    let mut found = Stamp::default();
    Ok(file.read(&mut found, 0)? == found.len() && found == *stamp)
}

/// Takes the right to read the file from those who may not write it, since they could hold the lock with it. Whoever
/// does not own the file leaves that to its owner.
fn close_to_readers(volume: &Volume, path: &Path, file: &VolumeFile) {
    let Ok(mode) = file.mode() else { return };
    let of_writers = [0o700, 0o070, 0o007].into_iter().filter(|class| class == &0o700 || mode & class & 0o222 != 0);
    let wanted = of_writers.fold(0, |bits, class| bits | mode & class);
    if wanted != mode
        && let Err(error) = volume.set_mode(path, wanted)
    {
        tracing::debug!(%error, "others can hold the lock");
    }
}

/// Whether a writer has the ledger at this instant. For those who may not ask, it has.
pub(crate) fn is_held(volume: &Volume, ledger_dir: &Path) -> Result<bool, DiskError> {
    match volume.open(&ledger_dir.join("lock"), Access::Read) {
        Ok(file) => Ok(!file.try_lock(Lock::Shared)?),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) if is_denied(error.source.kind()) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn those_who_may_only_read_a_ledger_cannot_hold_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let (volume, path) = (Volume::real(), dir.path().join("lock"));
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        assert!(acquire(&volume, dir.path(), Duration::ZERO).unwrap().is_some());
        assert_eq!(mode(), 0o600, "a new one");
        for (before, after) in [(0o644, 0o600), (0o640, 0o600), (0o664, 0o660), (0o666, 0o666), (0o700, 0o700)] {
            fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
            assert!(acquire(&volume, dir.path(), Duration::ZERO).unwrap().is_some());
            assert_eq!(mode(), after, "{before:o}");
        }
    }
}
