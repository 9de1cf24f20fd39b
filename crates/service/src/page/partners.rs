//! All partners: where each stands in each area, found, filtered and sorted.

use app::ask::partners;
use app::text::{counted, for_shell};
use app::{Session, words};
use ledger::{Area, PartnerId, parse_date};
use maud::{Markup, html};
use num_rational::BigRational;
use projection::Status;
use projection::points::shown;
use serde_json::Value;

use super::Visit;
use super::asked::{Asked, STATUS};
use super::labels::{Labels, exact, text, wide};
use super::layout::Content;
use crate::answer::{Form, Produced};
use crate::problem::Problem;
use crate::sort::{Place, SORTS, Sort, SortKey, day_rank};

/// Partners on a page.
const ON_A_PAGE: usize = 25;

/// A partner with the status of each area.
struct Row {
    place: Place,
    areas: Vec<Value>,
    lines: Vec<String>,
}

/// What is wanted of all partners.
struct Wanted {
    areas: Vec<Area>,
    sort: Sort,
    statuses: Vec<Status>,
    q: String,
}

impl Row {
    fn read(visit: &Visit, session: &mut Session<'_>, wanted: &Wanted, partner: PartnerId) -> Result<Self, Problem> {
        let answered = status_of(visit, &partner, &wanted.areas).ask(visit, session)?;
        let rank = match wanted.sort.key {
            SortKey::Partner => None,
            SortKey::Points => best(&answered.items),
            SortKey::SecuredUntil => secured_until(&answered.items).and_then(|day| parse_date(day).ok()).map(day_rank),
        };
        let place = Place { rank, partner, area: None };
        Ok(Self { place, areas: answered.items, lines: answered.produced.lines })
    }

    /// The fields of an area as CSV.
    fn csv(&self) -> String {
        let line = |area: &Value| {
            let today = &area["today"];
            let fields = [&area["partner"], &area["area"], &area["as_of"], &area["known_at"], &area["status"]];
            let points = [&today["points"], &today["points_exact"], &today["qualified"], &area["secured_until"]];
            fields.into_iter().chain(points).map(text).collect::<Vec<_>>().join(",") + "\n"
        };
        self.areas.iter().map(line).collect()
    }
}

/// The most points of an area.
fn best(areas: &[Value]) -> Option<BigRational> {
    areas.iter().filter_map(|area| exact(&area["today"]["points_exact"])).max()
}

/// The first day up to which a designation is secured.
fn secured_until(areas: &[Value]) -> Option<&str> {
    areas.iter().filter_map(|area| area["secured_until"].as_str()).min()
}

/// The columns of the table as CSV.
const CSV: &str = "partner,area,as_of,known_at,status,points,points_exact,qualified,secured_until\n";

impl Wanted {
    fn of(visit: &Visit) -> Result<Self, Problem> {
        let parameters = &visit.parameters;
        let status = |text: &str| {
            Status::from_name(text).ok_or_else(|| format!("{text:?} is none of {}", Status::NAMES.join(", ")))
        };
        Ok(Self {
            areas: parameters.areas()?,
            sort: parameters.named("sort", &SORTS, Sort::from_name)?.unwrap_or_default(),
            statuses: parameters.list("status", status)?,
            q: parameters.text("q").unwrap_or_default().to_owned(),
        })
    }

    /// Whether a row has an area of a status that is wanted.
    fn takes(&self, row: &Row) -> bool {
        let is_wanted = |area: &Value| self.statuses.iter().any(|status| area["status"] == status.name());
        self.statuses.is_empty() || row.areas.iter().any(is_wanted)
    }

    /// Whether all have to be looked at before some can be shown.
    fn needs_all(&self) -> bool {
        self.sort.key != SortKey::Partner || !self.statuses.is_empty()
    }

    fn shown_areas(&self) -> Vec<Area> {
        Area::ALL.iter().filter(|area| self.areas.is_empty() || self.areas.contains(area)).copied().collect()
    }
}

fn status_of(visit: &Visit, partner: &PartnerId, areas: &[Area]) -> Asked {
    let named = (!areas.is_empty()).then(|| names(areas));
    Asked::new(&STATUS, "status", partner).with("as_of", visit.times.as_of).with_some("area", named).known(visit)
}

fn names(areas: &[Area]) -> String {
    areas.iter().map(|area| area.name()).collect::<Vec<_>>().join(",")
}

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let wanted = Wanted::of(visit)?;
    let labels = Labels::of(session, visit);
    let folded = wanted.q.to_lowercase();
    let known = partners::run(session, visit.times.known_at)?.into_iter().map(|one| one.partner);
    let known: Vec<PartnerId> = known.filter(|partner| visit.access.sees(partner)).collect();
    let is_empty = known.is_empty();
    let mut found: Vec<PartnerId> = known.into_iter().filter(|partner| labels.matches(partner, &folded)).collect();
    found.sort_by(|one, other| wanted.sort.of_partners(one, other));
    let after = visit.parameters.optional("after", |text| Place::parse(text, wanted.sort))?;
    let is_whole = visit.parameters.text("format").is_some();
    // One more than a page has, which tells that there are more.
    let limit = if is_whole { usize::MAX } else { ON_A_PAGE + 1 };
    if !wanted.needs_all() {
        let is_behind = |partner: &PartnerId| {
            after.as_ref().is_none_or(|after| wanted.sort.of_partners(partner, &after.partner).is_gt())
        };
        found.retain(is_behind);
        found.truncate(limit);
    }
    let mut rows = Vec::with_capacity(found.len());
    for partner in found {
        rows.push(Row::read(visit, session, &wanted, partner)?);
    }
    if wanted.needs_all() {
        let is_behind = |row: &Row| after.as_ref().is_none_or(|after| wanted.sort.of_places(&row.place, after).is_gt());
        rows.retain(|row| wanted.takes(row) && is_behind(row));
        rows.sort_by(|one, other| wanted.sort.of_places(&one.place, &other.place));
        rows.truncate(limit);
    }
    let has_more = rows.len() > ON_A_PAGE && !is_whole;
    rows.truncate(if is_whole { usize::MAX } else { ON_A_PAGE });
    let produced = Produced {
        lines: rows.iter().flat_map(|row| row.lines.clone()).collect(),
        csv: Some(rows.iter().map(Row::csv).fold(CSV.to_owned(), |all, row| all + &row)),
        ..Produced::default()
    };
    let next = rows.last().filter(|_| has_more).map(|last| last.place.text(wanted.sort));
    let next = next.map(|next| visit.here(&[("after", Some(&next))]));
    let body = html! {
        (search(visit, &wanted))
        @if is_empty { (first_steps(visit)) }
        @else if rows.is_empty() { p { "No partner is as you ask. " a href={ "?" (visit.times.query()) } { "All partners" } } }
        @else { (table(visit, &wanted, &rows, &labels)) }
        @if let Some(next) = next { p { a href=(next) { "More partners" } } }
    };
    let mut content = Content::new("Partners", body);
    let more = if has_more { ", and there are more" } else { "" };
    content.status = format!("Shown: {} as of {}{more}", counted(rows.len() as u64, "partner"), visit.times.as_of);
    if !is_empty {
        content.asked = vec![command(visit, &wanted, &rows, has_more || after.is_some())];
    }
    content.forms = &[Form::Json, Form::JsonLines, Form::Csv];
    content.produced = Some(produced);
    if visit.access.partners.is_empty() {
        content.stream = Some(visit.at("/v1/stream"));
    }
    Ok(content)
}

/// The command of the same answer: of all partners, or of those that are shown one after the other.
fn command(visit: &Visit, wanted: &Wanted, rows: &[Row], is_part: bool) -> Asked {
    let is_plain = !wanted.needs_all() && !wanted.sort.is_descending && wanted.q.is_empty();
    let of_all = |who: &str| {
        let mut command = format!("pcs status {who} --as-of {}", visit.times.as_of);
        wanted.areas.iter().for_each(|area| command.extend([" --area ", area.name()]));
        let known_at = visit.times.known_at.map(|at| at.to_string());
        let options = [("--known-at", known_at.as_ref()), ("--basis", visit.times.basis.as_ref())];
        for (option, value) in options.into_iter().filter_map(|(option, value)| Some((option, value?))) {
            command.extend([" ", option, " ", &for_shell(value)]);
        }
        command
    };
    let command = if is_plain && !is_part && visit.access.partners.is_empty() {
        of_all("--all-partners")
    } else {
        let named: Vec<&str> = rows.iter().map(|row| row.place.partner.as_str()).collect();
        match &named[..] {
            [] => String::new(),
            [one] => of_all(&format!("--partner {one}")),
            several => format!("for p in {}; do {}; done", several.join(" "), of_all("--partner \"$p\"")),
        }
    };
    Asked::command_alone(command)
}

/// What somebody does whose ledger has nothing yet, or nothing that they may see.
fn first_steps(visit: &Visit) -> Markup {
    html! {
        @if !visit.access.partners.is_empty() { p { "Nothing is known then of the partners that the token is for." } }
        @else if visit.times.later > 0 { p { "Nothing was known of any partner then. " a href=(visit.here(&[("known_at", None)])) { "As known now" } } }
        @else {
            p { "The ledger has no partner yet. Reports of Partner Center, Azure and Learn go in as they come, and show here at once:" }
            ol {
                li { code { "pcs import FILE" } " records a report, or events as JSON Lines" }
                li { code { "pcs record TYPE" } " records one event that you type" }
                li { code { "pcs demo --dir example" } " makes another ledger with an example, and " code { "pcs --ledger example serve --open" } " shows it" }
            }
        }
    }
}

fn search(visit: &Visit, wanted: &Wanted) -> Markup {
    let (times, only) = (&visit.times, <[Area; 1]>::try_from(wanted.areas.clone()).ok());
    let status = visit.parameters.text("status").unwrap_or_default();
    html! {
        form.search method="get" role="search" aria-label="Partners" {
            (times.hidden(&[]))
            @if let Some(sort) = visit.parameters.text("sort") { input type="hidden" name="sort" value=(sort); }
            label for="q" { "Find a partner" }
            input #q type="search" name="q" value=(wanted.q);
            label for="area" { "Area" }
            select #area name="area" {
                option value="" { "all" }
                @if wanted.areas.len() > 1 { option value=(names(&wanted.areas)) selected { "those that are shown" } }
                @for area in Area::ALL { option value=(area) selected[only == Some([*area])] { (words::area(*area)) } }
            }
            label for="status" { "Status" }
            select #status name="status" {
                option value="" { "any" }
                @if wanted.statuses.len() > 1 { option value=(status) selected { "those that are shown" } }
                @for one in Status::ALL { option value=(one) selected[status == one.name()] { (words::status(*one)) } }
            }
            button type="submit" { "Find" }
        }
    }
}

/// The head of a column that sorts.
fn head(visit: &Visit, wanted: &Wanted, (by, title): (SortKey, &str)) -> Markup {
    let is_own = wanted.sort.key == by;
    // What is most comes first at first, and what ends first.
    let descends = if is_own { !wanted.sort.is_descending } else { by == SortKey::Points };
    let sort = Sort { key: by, is_descending: descends }.name();
    let direction = is_own.then_some(if wanted.sort.is_descending { "descending" } else { "ascending" });
    let arrow = if wanted.sort.is_descending { " ↓" } else { " ↑" };
    html! {
        th scope="col" aria-sort=[direction] {
            a href=(visit.here(&[("sort", Some(&sort)), ("after", None)])) { (title) @if is_own { span aria-hidden="true" { (arrow) } } }
        }
    }
}

fn table(visit: &Visit, wanted: &Wanted, rows: &[Row], labels: &Labels) -> Markup {
    let (areas, query) = (wanted.shown_areas(), visit.times.query());
    let is_one = areas.len() == 1;
    let title = |area: Area| words::area(area);
    let table = html! {
        table {
            caption { "Points of 100 as of " (visit.times.as_of) ", and what they come to; a head sorts" @if !is_one { ", and that of an area shows it alone" } }
            thead {
                tr {
                    (head(visit, wanted, (SortKey::Partner, "Partner")))
                    @for area in &areas {
                        @if is_one { (head(visit, wanted, (SortKey::Points, title(*area)))) }
                        @else { th scope="col" { a href=(visit.here(&[("area", Some(area.name())), ("sort", Some("-points")), ("after", None)])) { (title(*area)) span.hidden { ": show this area alone, sorted by points" } } } }
                    }
                    @if !is_one { (head(visit, wanted, (SortKey::Points, "Highest"))) }
                    (head(visit, wanted, (SortKey::SecuredUntil, "First secured until")))
                }
            }
            tbody {
                @for row in rows {
                    @let own = visit.of_partner(&row.place.partner);
                    tr {
                        th scope="row" { a href={ (own) "?" (query) } { (labels.partner(&row.place.partner)) } }
                        @for area in &row.areas {
                            td.points {
                                a href={ (own) "/" (text(&area["area"])) "?" (query) } { (area["today"]["points"]) }
                                br; (badge(area))
                            }
                        }
                        @if !is_one { td.figure { (best(&row.areas).map_or_else(String::new, |best| shown(&best))) } }
                        td { (secured_until(&row.areas).unwrap_or("–")) }
                    }
                }
            }
        }
    };
    html! {
        (wide("Partners and their points", &table))
        @if !wanted.areas.is_empty() { p { a href=(visit.here(&[("area", None), ("after", None)])) { "All areas" } } }
    }
}

/// What the points come to, in words.
pub(super) fn badge(status: &Value) -> Markup {
    let status = status["status"].as_str().and_then(Status::from_name);
    let class = match status {
        Some(Status::Qualified | Status::Enrolled) => "good",
        Some(Status::RenewalDue) => "due",
        Some(Status::InProgress) | None => "open",
    };
    html! { span class={ "badge " (class) } { (status.map_or("", words::status)) } }
}
