//! What every view has around its content.

use app::text::base64;
use chrono::Months;
use ledger::{Date, Timestamp};
use maud::{DOCTYPE, Markup, html};
use projection::rulebook::Rulebook;

use super::{Times, Visit};
use crate::parameters::encoded;
use crate::problem::Problem;

/// The parameters of the two times.
const TIMES: [&str; 2] = ["as_of", "known_at"];
/// Months ahead of the present day up to which a score may be asked by the slider.
const MONTHS_AHEAD: u32 = 12;

/// The content of a view.
pub(crate) struct Content {
    pub(crate) title: String,
    /// Where it belongs: names and addresses from the top.
    pub(crate) crumbs: Vec<(Markup, String)>,
    pub(crate) body: Markup,
    /// The answer in one sentence, for those who hear it.
    pub(crate) status: String,
    /// Addresses of the same answer for programs.
    pub(crate) exports: Vec<(&'static str, String)>,
    /// The command that gives the same answer.
    pub(crate) command: Option<String>,
    /// The address of what is new for this view.
    pub(crate) stream: Option<String>,
    /// Whether the view has the two times.
    pub(crate) has_times: bool,
}

impl Content {
    pub(crate) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            body,
            status: String::new(),
            exports: Vec::new(),
            command: None,
            stream: None,
            has_times: true,
        }
    }
}

/// A whole view. When a time changes, the script exchanges `.crumbs`, `h1`, `.status`, `.answer`,
/// `footer`, and the form of the times without its fields.
pub(crate) fn page(visit: &Visit, times: &Times, root: [u8; 32], content: Content) -> Markup {
    let Content { title, crumbs, body, status, exports, command, stream, has_times } = content;
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            ol {
                li { a href={ (visit.at("/")) "?" (times.query()) } { "Partners" } }
                @for (name, address) in &crumbs { li { a href=(address) { (name) } } }
            }
        }
        @if has_times { (times_form(visit, times)) }
        main #main tabindex="-1" data-stream=[stream] data-size=(times.size + times.later) {
            h1 { (title) }
            p.status role="status" { (status) }
            div.answer {
                @if has_times { (times_on_paper(times)) }
                (body)
            }
        }
        footer {
            p {
                (times.size) " entries known"
                @if let Some(newest) = times.newest { ", the newest recorded at " time { (newest) } }
                "; root " code.root { (base64(&root)) }
            }
            @let address = pinned_address(visit, times, has_times);
            p.paper { "The address of this answer: " a.address href=(address) { (address) } }
            @if !exports.is_empty() {
                p.exports { "The same for programs: " @for (name, address) in &exports { a href=(address) { (name) } " " } }
            }
            @if let Some(command) = command {
                p { "The same by the command: " code #command { (command) } " " button.copy type="button" data-copies="command" hidden { "Copy" } }
            }
            p.fine { "Computed by the published rules of the programme; it is not Microsoft’s word." }
        }
    };
    document(&visit.shared.settings.base_path, &title, &main)
}

/// The two times, each as a field; the script puts a slider beside each. The other parameters of the view stay as they are.
fn times_form(visit: &Visit, times: &Times) -> Markup {
    let (first_day, last_day) = bounds(visit, times);
    let reader = visit.shared.ledger.reader();
    let known_on = |seq: Option<u64>| seq.and_then(|seq| reader.recorded_at(seq).ok()).map(Timestamp::date);
    let newest = reader.size().checked_sub(1);
    html! {
        form.times method="get" role="search" aria-label="The two times" {
            div.time {
                label for="as_of" { "As of" }
                input #as_of type="date" name="as_of" value=(times.as_of) min=(first_day) max=(last_day) required autocomplete="off";
            }
            div.time {
                label for="known_at" { "As known at" }
                input #known_at type="text" name="known_at" value=[times.known_at.map(|at| at.to_string())] placeholder="now"
                    autocomplete="off" spellcheck="false" data-first=[known_on(newest.map(|_| 0))] data-last=[known_on(newest)];
            }
            button type="submit" { "Show" }
            @for (name, value) in visit.parameters.others(&TIMES) {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(pinned) = times.pinned() { a.pin href={ "?" (pinned) } { "Pin" } }
            @if times.known_at.is_some() {
                p.then {
                    "As known then, " (times.later) @if times.later == 1 { " entry" } @else { " entries" } " fewer than now. "
                    a href={ "?as_of=" (times.as_of) } { "As known now" }
                }
            }
        }
    }
}

/// The two times for those who read the answer on paper, where no fields are.
fn times_on_paper(times: &Times) -> Markup {
    html! {
        p.paper {
            "As of " strong { (times.as_of) } ", as known at "
            @if let Some(at) = times.known_at.or(times.newest) { strong { (at) } } @else { "no instant: nothing is recorded" }
        }
    }
}

/// The days between which a score may be asked: those of the programme up to a year ahead, and the day that was asked.
fn bounds(visit: &Visit, times: &Times) -> (Date, Date) {
    let (first, today) = (Rulebook::builtin().program_start(), visit.shared.today());
    let ahead = today.checked_add_months(Months::new(MONTHS_AHEAD)).unwrap_or(today);
    (first.min(times.as_of), ahead.max(times.as_of))
}

/// The address that gives this answer for ever: with all parameters, and both times.
fn pinned_address(visit: &Visit, times: &Times, has_times: bool) -> String {
    let mut pairs: Vec<String> = Vec::new();
    if has_times {
        let known_at = times.known_at.or(times.newest);
        pairs.push(format!("as_of={}", times.as_of));
        pairs.extend(known_at.map(|at| format!("known_at={}", encoded(&at.to_string()))));
    }
    let others = visit.parameters.others(&TIMES);
    pairs.extend(others.map(|(name, value)| format!("{name}={}", encoded(value))));
    // The path has the base path only where it is nothing but that.
    let path = if visit.path == visit.at("/") { visit.path.clone() } else { visit.at(&visit.path) };
    if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) }
}

fn document(base: &str, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · pcs" }
                link rel="stylesheet" href={ (base) "/style.css" };
                link rel="stylesheet" href={ (base) "/chart.css" };
                link rel="icon" href="data:,";
                script type="module" src={ (base) "/page.js" } data-base=(base) {}
            }
            body {
                a.skip href="#main" { "To the answer" }
                header.top { p.name { a href={ (base) "/" } { "pcs" } } nav aria-label="Views" { a href={ (base) "/" } { "Partners" } " " a href={ (base) "/audit" } { "Audit" } } }
                (body)
                div.notices role="status" {}
            }
        }
    }
}

/// A view that is refused: what to do instead.
pub(crate) fn refused(base: &str, problem: &Problem) -> Markup {
    let is_stranger = problem.status == axum::http::StatusCode::UNAUTHORIZED;
    let body = html! {
        main #main tabindex="-1" {
            @if is_stranger {
                h1 { "Sign in" }
                p { "The page shows a ledger to those who have a token. Whoever runs the service makes one with " code { "pcs token make" } "." }
                form.sign-in method="post" action={ (base) "/session" } {
                    label for="token" { "Token" }
                    input #token type="password" name="token" autocomplete="current-password" required;
                    button type="submit" { "Sign in" }
                }
            } @else {
                h1 { (title_of(&problem.code)) }
                p { (problem.detail()) }
                @if let Some(hint) = problem.hint_text() { p { (hint) } }
                p { a href={ (base) "/" } { "To all partners" } }
            }
        }
    };
    document(base, if is_stranger { "Sign in" } else { title_of(&problem.code) }, &body)
}

/// What a code means.
pub(crate) fn problem(base: &str, code: &str) -> Markup {
    let body = html! {
        main #main tabindex="-1" {
            h1 { (title_of(code)) }
            p { "The code of the problem is " code { (code) } ". " (meaning(code)) }
        }
    };
    document(base, title_of(code), &body)
}

fn title_of(code: &str) -> &'static str {
    match code {
        "unknown_partner" => "Nothing is known of this partner",
        "before_program" => "The programme had not begun",
        "unauthenticated" => "A token is needed",
        "forbidden" => "This is not for your token",
        "out_of_range" => "There is nothing here",
        "busy" | "too_many" => "Too much is asked at once",
        "bad_value" | "malformed" | "unknown_field" | "missing_field" => "The address is not right",
        "locked" => "Another process has the ledger",
        "wrong_build" => "Another version of the program is asked",
        _ => "This did not work",
    }
}

fn meaning(code: &str) -> &'static str {
    match code {
        "unknown_partner" => {
            "Nothing of the partner was recorded by the instant that was asked, or it is none of those that the token is for."
        }
        "before_program" => "Scores begin with the programme, in October 2022.",
        "unauthenticated" => "The request has no token, or one that is not taken any more.",
        "forbidden" => "The scope of the token, or the partners that it is for, leave this out.",
        "out_of_range" => "There is no such address, or no such entry.",
        "ahead_of_ledger" => "The ledger does not have this entry yet.",
        "wrong_build" => {
            "The built-in rules of another build may answer otherwise, so that an answer for ever is bound to one."
        }
        "busy" | "too_many" => "Try again in a moment.",
        "locked" => "The ledger is being written to by another process; try again in a moment.",
        "id_reused" => "An event of this id is recorded, with other content.",
        "too_large" => "What was sent is larger than the service takes.",
        "disk_full" => "There is no room on the disk of the ledger.",
        "corrupt" => "The ledger is damaged: the operator runs `pcs verify`.",
        "bad_value" | "malformed" | "unknown_field" | "missing_field" | "unknown_type" => {
            "A part of the request cannot be read; the problem names it."
        }
        _ => "The problem itself says what is wrong; the log of the service has more.",
    }
}
