//! `DuckDB`, asked in SQL.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::types::Value;
use duckdb::{Appender, Connection, appender_params_from_iter, params};

use super::facts::{self, FactRow};
use super::sql::{INDEXES, QUESTION, TABLES};
use super::{Figures, Occasion, Peer};
use crate::Outcome;

const USAGE: &str = "
CREATE TABLE usage (
    seq BIGINT NOT NULL, partner BIGINT NOT NULL, metric TEXT NOT NULL, month BIGINT NOT NULL,
    customer BLOB NOT NULL, product TEXT NOT NULL, subscription TEXT NOT NULL, value BIGINT NOT NULL
);
";

/// Facts in tables of `DuckDB`.
pub(crate) struct DuckDb {
    connection: Connection,
    question: String,
}

impl DuckDb {
    /// Puts the facts of a file into tables.
    pub(crate) fn load(file: &Path, dir: &Path) -> Outcome<Self> {
        let connection = Connection::open(dir.join("duckdb"))?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(USAGE)?;
        for (month, last) in facts::month_ends() {
            connection.execute("INSERT INTO month_end VALUES (?, ?)", params![month, last])?;
        }
        let mut tables = BTreeMap::new();
        for table in ["association", "ending", "usage", "certification"] {
            tables.insert(table, connection.appender(table)?);
        }
        facts::each(file, &mut |FactRow { table, cells }| {
            let table = tables.get_mut(table).ok_or("a row of no table")?;
            Ok(table.append_row(appender_params_from_iter(cells.into_iter().map(value)))?)
        })?;
        tables.values_mut().try_for_each(Appender::flush)?;
        drop(tables);
        connection.execute_batch(INDEXES)?;
        // Rows of a partner stand together, so that the others can be skipped by block.
        connection.execute_batch(
            "CREATE TABLE sorted AS SELECT * FROM usage ORDER BY partner, month; DROP TABLE usage;
             ALTER TABLE sorted RENAME TO usage; CHECKPOINT;",
        )?;
        let question = QUESTION.replace("{newest}", "arg_max(value, seq) AS value").replace('?', "$");
        Ok(Self { connection, question })
    }
}

/// The same value, as `DuckDB` takes it.
fn value(value: rusqlite::types::Value) -> Value {
    match value {
        rusqlite::types::Value::Null => Value::Null,
        rusqlite::types::Value::Integer(number) => Value::BigInt(number),
        rusqlite::types::Value::Real(number) => Value::Double(number),
        rusqlite::types::Value::Text(text) => Value::Text(text),
        rusqlite::types::Value::Blob(bytes) => Value::Blob(bytes),
    }
}

impl Peer for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
    }

    fn figures(&mut self, asked: &Occasion, size: u64) -> Outcome<Figures> {
        let partner: i64 = asked.partner.parse()?;
        let parameters = params![partner, facts::end_of(asked.as_of), i64::try_from(size)?, asked.measured()];
        let mut question = self.connection.prepare_cached(&self.question)?;
        Ok(question.query_row(parameters, |row| Figures::read(|column| row.get(column)))?)
    }
}
