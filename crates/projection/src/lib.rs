//! The pure fold of ledger entries into Partner Capability Scores.
//!
//! ```text
//! entries of a partner, known at K ──► History ──┐
//! entries without a partner ──► Rulebook ────────┼──► score(area, question) ──► AreaScore
//! a day, a basis ──► Question ───────────────────┘──► findings
//! ```
//!
//! # What it does
//!
//! - [`History::fold`] keeps the facts about one partner, as they were known when its last entry was recorded.
//! - [`rulebook::Rulebook`] holds every figure, date and list of the programme as data; [`rulebook_in_force`] finds
//!   the one that was adopted.
//! - [`score`] answers what the score of an area is as of a day, exactly, with the units and the entries behind it.
//!   [`Desk`] answers many such questions, and keeps what holds for the next.
//! - [`diff`] tells why the score changed from one day and instant to another.
//! - [`reconcile`] compares it with what the programme showed.
//! - [`StatusDesk`] tells where a designation stands in its window, and what comes next.
//! - [`Sweep`] tells both over many days, or as they were known at many instants.
//! - [`Horizon`] tells what is known to end, and what its end takes from the score.
//! - [`findings`] tells what contradicts.
//!
//! # What it does not do
//!
//! It reads no file, no clock and no environment, and makes no id. It does not choose what was known: whoever asks
//! hands in the entries up to an instant, and nothing later.
//!
//! # Invariants
//!
//! - **P1** The fold is deterministic, to the byte of the answer.
//! - **P2** Folding a prefix and then the rest equals folding all.
//! - **P3** Entries recorded after K never matter to a question at K.
//! - **P4** A retracted event leaves no trace but its own record.
//! - **P5** Points are exact.
//! - **P6** The order in which independent facts were recorded does not matter.
//! - **P7** A faster path gives the bytes of the slow one.
//! - **P8** The contributions of a diff add up exactly to the change of the points.
//!
//! The rules are those of `docs/scoring.md`, by section.
//!
//! # Examples
//!
//! ```
//! use ledger::{Area, Entry, parse_date};
//! use projection::{Basis, History, Question, Unmeasured, rulebook::Rulebook, score};
//!
//! let line = concat!(
//!     r#"{"seq":0,"recorded_at":"2025-01-10T09:00:00.000000Z","event":{"id":"0195d3c0-0000-7000-8000-000000000001","#,
//!     r#""type":"certification_linked","partner":"6034453","effective_at":"2025-01-09T00:00:00.000000Z","#,
//!     r#""person":"mcp:990001","certification":"MS-700"}}"#
//! );
//! let history = History::fold([&Entry::parse(line)?]);
//! let question = Question {
//!     as_of: parse_date("2025-03-31")?,
//!     basis: Basis::Live,
//!     unmeasured: Unmeasured::Exclude,
//!     explain: false,
//! };
//! let answer = score(&history, Rulebook::builtin(), Area::ModernWork, &question)?;
//! assert_eq!(answer.score.points.to_string(), "5/1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adopted;
mod advise;
mod association;
mod customer_sets;
mod desk;
mod diff;
mod ends;
mod findings;
mod history;
pub mod identity;
mod limits;
mod memory;
mod metrics;
mod month_sums;
pub mod points;
mod question;
mod reconcile;
pub mod rulebook;
mod same_as;
mod scene;
mod score;
mod standpoint;
mod status;
mod sweep;
mod tally;

pub use adopted::{Adoption, adoption_in_force, rulebook_in_force};
pub use advise::{
    Advice, Candidate, CandidateReason, CandidateSubject, Change, ChangeUnit, Events, MetricChange, Obstacle,
    ObstacleReason, Plan, PlanCount, Quantity, Risk, RiskSubject, Wish, advise, cheapest_plan, events_of_changes,
    quantities,
};
pub use desk::{Desk, Span};
pub use diff::answer::{AreaDiff, Cause, Contribution, Diff, MetricDiff, Moment};
pub use diff::journey::Stop;
pub use diff::moves::{CrossedBound, FigureMove, FigureUnit, Moves, UnitMove};
pub use diff::{Comparison, DiffError, diff};
pub use ends::{End, EndKind, EndSubject, Horizon};
pub use findings::{Claims, FINDING_KINDS, Finding, Message, exclusive_keys, findings, findings_beside};
pub use history::{Carry, History, Published, retracted};
pub use question::{Basis, BeforeProgram, Question, Unmeasured};
pub use reconcile::{Evidence, Explanation, MetricReconciliation, Reconciliation, Screen, UnitExplanation, reconcile};
pub use same_as::{SameAs, Shared};
pub use score::answer::{AreaScore, At, Judged, Measure, MetricScore, StepScore, TrackScore, Unit, UnitSubject};
pub use score::class::{Class, ClassFigures};
pub use score::score;
pub use status::{
    AreaStatus, BestDay, NextStatus, QualifyingWindow, RulesFrom, Status, StatusDesk, WindowDays, WindowKind,
};
pub use sweep::{AreaSweep, Stretch, Sweep};
