//! `DuckDB`, asked in SQL.

use std::path::Path;

use duckdb::{Appender, Connection, params};

use super::facts::{self, FactRow};
use super::sql::{INDEXES, QUESTION, TABLES};
use super::{Figures, Occasion, Peer};
use crate::Outcome;

const USAGE: &str = "
CREATE TABLE usage (
    partner BIGINT NOT NULL, metric TEXT NOT NULL, month BIGINT NOT NULL, customer BLOB NOT NULL,
    product TEXT NOT NULL, subscription TEXT NOT NULL, seq BIGINT NOT NULL, value BIGINT NOT NULL
);
";

/// Facts in tables of `DuckDB`.
pub(crate) struct DuckDb {
    connection: Connection,
    question: String,
}

/// What rows are put into.
struct Tables<'c> {
    association: Appender<'c>,
    ending: Appender<'c>,
    usage: Appender<'c>,
    certification: Appender<'c>,
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
        let mut tables = Tables {
            association: connection.appender("association")?,
            ending: connection.appender("ending")?,
            usage: connection.appender("usage")?,
            certification: connection.appender("certification")?,
        };
        facts::each(file, &mut |seq, partner, row| tables.append(seq, partner, row))?;
        tables.flush()?;
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

impl Tables<'_> {
    fn append(&mut self, seq: i64, partner: i64, row: &FactRow) -> Outcome<()> {
        match row {
            FactRow::Association(one) => self.association.append_row(params![
                seq,
                partner,
                one.id.0.as_bytes().as_slice(),
                one.customer.0.as_bytes().as_slice(),
                one.mechanism,
                one.subscription,
                one.started
            ])?,
            FactRow::Ending { association, customer, at } => self.ending.append_row(params![
                seq,
                partner,
                association.map(|association| association.0.as_bytes().to_vec()),
                customer.map(|customer| customer.0.as_bytes().to_vec()),
                at
            ])?,
            FactRow::Usage { month, usage } => self.usage.append_row(params![
                partner,
                usage.metric.name(),
                month,
                usage.customer.0.as_bytes().as_slice(),
                usage.product.as_str().to_ascii_lowercase(),
                usage.subscription.as_ref().map_or("", |subscription| subscription.as_str()),
                seq,
                i64::try_from(usage.value.micros())?
            ])?,
            FactRow::Certification { person, certification, at } => {
                self.certification.append_row(params![seq, partner, person, certification, at])?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Outcome<()> {
        for table in [&mut self.association, &mut self.ending, &mut self.usage, &mut self.certification] {
            table.flush()?;
        }
        Ok(())
    }
}

impl Peer for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
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
