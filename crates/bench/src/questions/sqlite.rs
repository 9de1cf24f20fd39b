//! `SQLite`, asked in SQL.

use std::path::Path;

use rusqlite::{Connection, params, params_from_iter};

use super::facts::{self, FactRow};
use super::sql::{INDEXES, QUESTION, TABLES};
use super::{Figures, Occasion, Peer};
use crate::Outcome;
use crate::stores::connect_to_sqlite;

/// Reports in the order of the question, so that it is one range of one tree.
const USAGE: &str = "
CREATE TABLE usage (
    seq INTEGER NOT NULL, partner INTEGER NOT NULL, metric TEXT NOT NULL, month INTEGER NOT NULL,
    customer BLOB NOT NULL, product TEXT NOT NULL, subscription TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (partner, metric, month, customer, product, subscription, seq)
) WITHOUT ROWID;
";

/// Facts in tables of `SQLite`.
pub(crate) struct Sqlite {
    connection: Connection,
    question: String,
}

impl Sqlite {
    /// Puts the facts of a file into tables.
    pub(crate) fn load(file: &Path, dir: &Path) -> Outcome<Self> {
        let mut connection = connect_to_sqlite(&dir.join("facts"))?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(USAGE)?;
        for (month, last) in facts::month_ends() {
            transaction.execute("INSERT INTO month_end VALUES (?1, ?2)", params![month, last])?;
        }
        facts::each(file, &mut |FactRow { table, cells }| {
            let places = vec!["?"; cells.len()].join(", ");
            let mut insert = transaction.prepare_cached(&format!("INSERT INTO {table} VALUES ({places})"))?;
            insert.execute(params_from_iter(cells))?;
            Ok(())
        })?;
        transaction.execute_batch(INDEXES)?;
        transaction.execute_batch("ANALYZE")?;
        transaction.commit()?;
        // `SQLite` takes the other columns of a group from the row that has the maximum.
        Ok(Self { connection, question: QUESTION.replace("{newest}", "value, MAX(seq)") })
    }
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn figures(&mut self, asked: &Occasion, size: u64) -> Outcome<Figures> {
        let partner: i64 = asked.partner.parse()?;
        let parameters = params![partner, facts::end_of(asked.as_of), i64::try_from(size)?, asked.measured()];
        let mut question = self.connection.prepare_cached(&self.question)?;
        Ok(question.query_row(parameters, |row| Figures::read(|column| row.get(column)))?)
    }
}
