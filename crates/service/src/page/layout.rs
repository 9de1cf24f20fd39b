//! What every view has around its content.

use app::ask::timeline::THEN;
use app::text::{base64, counted};
use axum::http::StatusCode;
use chrono::Months;
use ledger::{Date, Timestamp};
use maud::{DOCTYPE, Markup, html};
use projection::rulebook::Rulebook;

use super::asked::{Asked, form_name, same};
use super::{Times, Visit};
use crate::answer::{Form, Produced};
use crate::codes::Code;
use crate::problem::Problem;

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
    /// What was asked, for programs and by commands.
    pub(crate) asked: Vec<Asked>,
    /// What the view itself tells programs, in which forms.
    pub(crate) produced: Option<Produced>,
    pub(crate) forms: &'static [Form],
    /// Where it stands why the answer is another now than it was as known then.
    pub(crate) then: Vec<(&'static str, String)>,
    /// The address of what is new for this view.
    pub(crate) stream: Option<String>,
    /// The status of the response.
    pub(crate) http: StatusCode,
}

impl Content {
    pub(crate) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            body,
            status: String::new(),
            asked: Vec::new(),
            produced: None,
            forms: &[],
            then: Vec::new(),
            stream: None,
            http: StatusCode::OK,
        }
    }
}

/// A whole view. When a time changes, the script exchanges `.crumbs`, `h1`, `.status`, `.answer`,
/// `footer`, and the form of the times without its fields.
pub(crate) fn page(visit: &Visit, root: [u8; 32], content: Content) -> Markup {
    let Content { title, crumbs, body, status, asked, forms, then, stream, .. } = content;
    let times = &visit.times;
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            ol {
                li { a href={ (visit.at("/")) "?" (times.query()) } { "Partners" } }
                @for (name, address) in &crumbs { li { a href=(address) { (name) } } }
            }
        }
        (times_form(visit, &then))
        main #main tabindex="-1" data-stream=[stream] data-size=(times.size + times.later) {
            h1 { (title) }
            p.status role="status" { (status) }
            div.answer {
                (times_on_paper(times))
                (body)
            }
        }
        footer {
            p {
                (times.size) " entries known"
                @if let Some(newest) = times.newest { ", the newest recorded at " time { (newest) } }
                "; root " code.root { (base64(&root)) }
            }
            @let address = address(visit);
            p.paper { "The address of this answer: " a.address href=(address) { (address) } }
            @if !forms.is_empty() {
                p.exports {
                    "The same for programs: "
                    @for form in forms { a href=(visit.here(&[("after", None), ("format", Some(form.name()))])) { (form_name(*form)) } " " }
                }
            }
            (same(&asked, &visit.at("")))
            p.fine { "Computed by the published rules of the programme; it is not Microsoft’s word." }
        }
    };
    document(&visit.shared.settings.base_path, &title, &main)
}

/// Parameters that have another default once a time is another, so that they are left out then.
const FOLLOWING: [&str; 6] = ["after", "from", "to", "known_from", "known_to", "until"];

/// The two times, each as a field; the script puts a slider beside each. The other parameters of the view stay as they are,
/// but for those that follow the times.
fn times_form(visit: &Visit, then: &[(&'static str, String)]) -> Markup {
    let times = &visit.times;
    let (first_day, last_day) = bounds(visit);
    let reader = visit.shared.ledger.reader();
    let known_on = |seq: Option<u64>| seq.and_then(|seq| reader.recorded_at(seq).ok()).map(Timestamp::date);
    let newest = reader.size().checked_sub(1);
    let known_at = times.known_at.map(|at| at.to_string()).or(times.is_then.then(|| THEN.to_owned()));
    let others = visit.parameters.others(&["as_of", "known_at", "format", "build"]);
    html! {
        form.times method="get" aria-label="The two times" {
            div.time {
                label for="as_of" { "As of" }
                input #as_of type="date" name="as_of" value=(times.as_of) min=(first_day) max=(last_day) required autocomplete="off";
            }
            div.time {
                label for="known_at" { "As known at" }
                input #known_at type="text" name="known_at" value=[known_at] placeholder="now"
                    autocomplete="off" spellcheck="false" aria-describedby=(INSTANT) data-first=[known_on(newest.map(|_| 0))] data-last=[known_on(newest)];
                p.hint id=(INSTANT) { "A day or an instant, such as 2025-03-31 or 2025-03-31T09:00:00Z" }
            }
            button type="submit" { "Show" }
            @for (name, value) in others.filter(|(name, _)| !FOLLOWING.contains(name)) { input type="hidden" name=(name) value=(value); }
            @if let Some(pinned) = pinned(visit) { a.pin href=(pinned) { "Pin" } }
            @if times.known_at.is_some() {
                p.then {
                    @if times.later > 0 { "As known then, " (counted(times.later, "entry")) " fewer than now. " @for (name, address) in then { a href=(address) { "What they changed" @if then.len() > 1 { ": " (name) } } " " } }
                    a href=(visit.here(&[("known_at", None), ("as_of", Some(&times.as_of.to_string()))])) { "As known now" }
                }
            }
        }
    }
}

/// The id of the text that says how an instant is written.
pub(super) const INSTANT: &str = "an-instant";

/// The address of the same answer with what is known now, where the address does not say it.
fn pinned(visit: &Visit) -> Option<String> {
    let Times { as_of, known_at, is_then, newest, .. } = &visit.times;
    let newest = newest.filter(|_| known_at.is_none() && !is_then)?;
    Some(visit.here(&[("as_of", Some(&as_of.to_string())), ("known_at", Some(&newest.to_string()))]))
}

/// The address that gives this answer for ever: with all parameters, and both times.
fn address(visit: &Visit) -> String {
    let query = pinned(visit).unwrap_or_else(|| visit.here(&[("as_of", Some(&visit.times.as_of.to_string()))]));
    // The path has the base path only where it is nothing but that.
    let path = if visit.path == visit.at("/") { visit.path.clone() } else { visit.at(&visit.path) };
    format!("{path}{query}")
}

/// The two times for those who read the answer on paper, where no fields are.
fn times_on_paper(times: &Times) -> Markup {
    html! {
        p.paper {
            "As of " strong { (times.as_of) } ", as known at "
            @if times.is_then { strong { "the end of each day" } }
            @else if let Some(at) = times.known_at.or(times.newest) { strong { (at) } }
            @else { "no instant: nothing is recorded" }
        }
    }
}

/// The days between which a score may be asked: those of the programme up to a year ahead, and the day that was asked.
fn bounds(visit: &Visit) -> (Date, Date) {
    let (first, today, day) = (Rulebook::builtin().program_start(), visit.shared.today(), visit.times.as_of);
    let ahead = today.checked_add_months(Months::new(MONTHS_AHEAD)).unwrap_or(today);
    (first.min(day), ahead.max(day))
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

/// A view that is refused: what to do instead. Whoever signs in comes back to the address.
pub(crate) fn refused(base: &str, problem: &Problem, address: &str) -> Markup {
    let is_stranger = problem.status == StatusCode::UNAUTHORIZED;
    let code = Code::named(&problem.code);
    let title = if is_stranger { "Sign in" } else { code.map_or("This did not work", |code| code.title) };
    let body = html! {
        main #main tabindex="-1" {
            h1 { (title) }
            @if is_stranger {
                p { "The service says: " (problem.detail()) "." }
                p { "The page shows a ledger to those who have a token. Whoever runs the service makes a token with " code { "pcs token make" } "; a service that makes one for its run says it when it starts." }
                form.sign-in method="post" action={ (base) "/session" } {
                    label for="token" { "Token" }
                    input #token type="password" name="token" autocomplete="current-password" required;
                    input type="hidden" name="to" value=(address);
                    button type="submit" { "Sign in" }
                }
            } @else {
                p { "The service says: " bdi { (problem.detail()) } "." }
                p { (code.map_or("", |code| code.meaning)) }
                @if let Some(hint) = problem.hint_text() { p { (hint) } }
                p { a href={ (base) "/" } { "To all partners" } }
            }
        }
    };
    document(base, title, &body)
}

/// What a code means.
pub(crate) fn problem(base: &str, code: &Code) -> Markup {
    let body = html! {
        main #main tabindex="-1" {
            h1 { (code.title) }
            p { "The code of the problem is " code { (code.name) } ". " (code.meaning) }
        }
    };
    document(base, code.title, &body)
}
