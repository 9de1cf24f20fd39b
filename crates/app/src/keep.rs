//! Making ledgers, and keeping what is in them: in backups, and out of damaged ones.

pub mod backup;
pub(crate) mod header;
pub mod init;
pub mod restore;
pub mod salvage;
pub(crate) mod target;
