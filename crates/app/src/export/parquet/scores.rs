//! Scores as a table: a row for each partner, area and span of days with the same score.

use std::path::Path;

use ledger::{Area, Date, Metric, Month, PartnerId, Reader, Timestamp};
use projection::Points;

use super::batch::Cell;
use super::file::{GROUP_ROWS, Rows, write};
use super::table::{Table, day};
use super::{Origin, Written};
use crate::error::Error;
use crate::session::Session;

/// The columns, but for those of the metrics.
const COLUMNS: &str = "
    required binary partner (STRING);
    required binary area (STRING);
    required int32 first (DATE);
    required int32 last (DATE);
    required int64 known_at (TIMESTAMP(MICROS,true));
    required int32 measured_month (DATE);
    required binary track (STRING);
    required int32 points (DECIMAL(5,2));
    required binary points_exact (STRING);
    required boolean qualified;
    required binary below (STRING);
";
