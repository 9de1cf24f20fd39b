//! The file `lock`: one writer at a time, told by a lock that dies with its process.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::disk::{Access, Lock};
use super::error::{DiskError, OpenError};
use super::volume::{Volume, VolumeFile};

/// A reader holds its lock for an instant: so often, and so long apart, a writer tries again.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the writer's lock. It ends with the file returned.
pub(crate) fn acquire(volume: &Volume, ledger_dir: &Path) -> Result<VolumeFile, OpenError> {
    let path = ledger_dir.join("lock");
    let file = match volume.open(&path, Access::Write) {
        Err(error) if error.is_not_found() => volume.create_new(&path)?,
        opened => opened?,
    };
    for attempt in 0..TRIES {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        if file.try_lock(Lock::Exclusive)? {
            return Ok(file);
        }
    }
    Err(OpenError::Locked { dir: ledger_dir.to_owned() })
}

/// Whether a writer has the ledger at this instant.
pub(crate) fn is_held(volume: &Volume, ledger_dir: &Path) -> Result<bool, DiskError> {
    match volume.open(&ledger_dir.join("lock"), Access::Read) {
        Ok(file) => Ok(!file.try_lock(Lock::Shared)?),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}
