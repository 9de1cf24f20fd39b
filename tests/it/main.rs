//! Tests that cross the crates, in one binary. `docs/testing.md` says how to run the long forms.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and nobody reads its documentation from outside"
)]

mod answers;
mod crash;
mod docs;
mod expected;
mod histories;
mod laws;
mod merkle;
mod naive;
mod official_examples;
mod processes;
mod repository;
mod second_fold;
mod seeds;
mod session;
mod tidy;
mod transcripts;
mod written;
