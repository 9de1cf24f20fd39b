//! `SQLite`: WAL, `synchronous=FULL`.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{CACHE_BYTES, GROUP, Group, Store};
use crate::Outcome;
use crate::events::{EventLines, id_of};

/// A table of lines by place.
pub(crate) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Makes an empty table.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        let connection = connect(&dir.join("sqlite"))?;
        table(&connection)?;
        Ok(Self { connection })
    }
}

impl Store for Sqlite {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        let transaction = self.connection.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO events (line) VALUES (?1)")?;
        for line in &group.lines {
            insert.execute(params![line.as_bytes()])?;
        }
        drop(insert);
        transaction.commit()?;
        Ok(())
    }

    fn import(&mut self, file: &Path) -> Outcome<u64> {
        let table = "CREATE TABLE imported (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, line BLOB NOT NULL)";
        self.connection.execute_batch(table)?;
        let mut lines = EventLines::open(file)?;
        let mut new = 0;
        loop {
            let transaction = self.connection.transaction()?;
            let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO imported (id, line) VALUES (?1, ?2)")?;
            let mut taken = 0;
            while taken < GROUP
                && let Some(line) = lines.next()?
            {
                new += insert.execute(params![id_of(line)?, line.as_bytes()])? as u64;
                taken += 1;
            }
            drop(insert);
            transaction.commit()?;
            if taken < GROUP {
                return Ok(new);
            }
        }
    }
}

/// Opens a database whose commits are durable.
pub(crate) fn connect(file: &Path) -> Outcome<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -i64::from(CACHE_BYTES / 1024))?;
    connection.busy_timeout(std::time::Duration::from_mins(1))?;
    Ok(connection)
}

/// Makes the table of lines by place.
pub(crate) fn table(connection: &Connection) -> Outcome<()> {
    connection.execute_batch("CREATE TABLE events (seq INTEGER PRIMARY KEY, line BLOB NOT NULL)")?;
    Ok(())
}
