//! Tests that cross the crates, in one binary. `docs/testing.md` says how to run the long forms.
#![allow(
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, its texts are short, and nobody reads its documentation from outside"
)]

mod advices;
mod answers;
mod auditor;
mod backups;
mod beyond;
mod browser;
mod bundles;
mod concurrent;
mod crash;
mod differences;
mod docs;
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::match_same_arms,
    clippy::struct_excessive_bools,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "worlds are small, the kinds of reports are read in one place, and what is switched on is a list"
)]
mod downloads;
mod expected;
mod explained;
mod forecasts;
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::range_minus_one,
    clippy::range_plus_one,
    reason = "dice throw small numbers"
)]
mod histories;
mod hostile;
mod interrupted;
mod killed;
mod laws;
mod merkle;
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    clippy::single_match_else,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    reason = "it follows the text of the specification, not the habits of the code that it is compared with"
)]
mod naive;
mod official_examples;
mod pages;
mod permissions;
mod processes;
mod proofs;
mod reconciliations;
mod repository;
mod second_fold;
mod seeds;
mod service;
mod session;
mod statuses;
mod tables;
mod terminal;
mod tidy;
mod tiles;
mod timelines;
mod transcripts;
mod written;
