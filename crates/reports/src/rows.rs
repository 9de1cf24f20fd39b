//! The rows of a report: columns by their names, and what the text of a cell means.

pub(crate) mod cells;
pub(crate) mod columns;
pub(crate) mod date_order;
pub(crate) mod decimals;
pub(crate) mod evidence;
pub(crate) mod exact;
pub(crate) mod identifier;
pub(crate) mod members;
pub(crate) mod notation;
pub(crate) mod row;
pub(crate) mod table;
