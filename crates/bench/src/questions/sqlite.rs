//! `SQLite`, asked in SQL.

use std::path::Path;

use rusqlite::{Connection, params};

use super::facts::{self, FactRow};
use super::sql::{INDEXES, QUESTION, TABLES};
use super::{Figures, Occasion, Peer};
use crate::Outcome;
use crate::stores::connect_to_sqlite;

/// Reports in the order of the question, so that it is one range of one tree.
const USAGE: &str = "
CREATE TABLE usage (
    partner INTEGER NOT NULL, metric TEXT NOT NULL, month INTEGER NOT NULL, customer BLOB NOT NULL,
    product TEXT NOT NULL, subscription TEXT NOT NULL, seq INTEGER NOT NULL, value INTEGER NOT NULL,
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
        facts::each(file, &mut |seq, partner, row| insert(&transaction, seq, partner, row))?;
        transaction.execute_batch(INDEXES)?;
        transaction.execute_batch("ANALYZE")?;
        transaction.commit()?;
        // `SQLite` takes the other columns of a group from the row that has the maximum.
        Ok(Self { connection, question: QUESTION.replace("{newest}", "value, MAX(seq)") })
    }
}

fn insert(connection: &Connection, seq: i64, partner: i64, row: &FactRow) -> Outcome<()> {
    match row {
        FactRow::Association(one) => connection
            .prepare_cached("INSERT INTO association VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                seq,
                partner,
                one.id.0.as_bytes(),
                one.customer.0.as_bytes(),
                one.mechanism,
                one.subscription,
                one.started
            ])?,
        FactRow::Ending { association, customer, at } => {
            connection.prepare_cached("INSERT INTO ending VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                seq,
                partner,
                association.map(|association| *association.0.as_bytes()),
                customer.map(|customer| *customer.0.as_bytes()),
                at
            ])?
        }
        FactRow::Usage { month, usage } => {
            connection.prepare_cached("INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(params![
                partner,
                usage.metric.name(),
                month,
                usage.customer.0.as_bytes(),
                usage.product.as_str().to_ascii_lowercase(),
                usage.subscription.as_ref().map_or("", |subscription| subscription.as_str()),
                seq,
                i64::try_from(usage.value.micros())?
            ])?
        }
        FactRow::Certification { person, certification, at } => connection
            .prepare_cached("INSERT INTO certification VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![seq, partner, person, certification, at])?,
    };
    Ok(())
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn figures(&mut self, asked: &Occasion, size: u64) -> Outcome<Figures> {
        let partner: i64 = asked.partner.parse()?;
        let parameters = params![partner, facts::end_of(asked.as_of), i64::try_from(size)?, asked.measured()];
        Ok(self.connection.prepare_cached(&self.question)?.query_row(parameters, |row| {
            Ok(Figures {
                customers: [row.get(0)?, row.get(1)?],
                consumption: [row.get(2)?, row.get(3)?],
                services: row.get(4)?,
            })
        })?)
    }
}
