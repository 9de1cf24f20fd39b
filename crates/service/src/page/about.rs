//! What the views of an area have in common: whom they are about, where they belong, and the way from one to the others.

use app::{Session, words};
use ledger::{Area, Date, PartnerId};
use maud::{Markup, html};

use super::Visit;
use super::asked::{Asked, RULEBOOK};
use super::labels::Labels;
use super::layout::Content;
use crate::parameters::query;
use crate::problem::Problem;

/// The area of a partner that a view is about.
pub(super) struct About {
    pub(super) partner: PartnerId,
    pub(super) area: Area,
}

/// The rules of a day as far as views need them.
pub(super) struct DayRules {
    /// The points that qualify.
    pub(super) total_min: u64,
    /// All of them, as programs get them.
    pub(super) told: serde_json::Value,
}

impl About {
    pub(super) fn of(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self { partner: visit.partner()?, area: visit.area()? })
    }

    /// A view of the area with where it belongs, and the way to the others.
    pub(super) fn content(&self, visit: &Visit, labels: &Labels, view: &str, title: &str, body: &Markup) -> Content {
        let (own, query, name) = (visit.of_partner(&self.partner), visit.times.query(), words::area(self.area));
        let address = |view: &str| format!("{own}/{}{view}?{query}", self.area);
        let views = [("", "Score"), ("/timeline", "Timeline"), ("/why", "Why"), ("/ahead", "Ahead")];
        let body = html! {
            nav.views aria-label="Views of the area" {
                @for (path, name) in views { a href=(address(path)) aria-current=[(path == view).then_some("page")] { (name) } " " }
            }
            (body)
        };
        let mut content = Content::new(title, body);
        content.crumbs =
            vec![(labels.partner(&self.partner), format!("{own}?{query}")), (html! { (name) }, address(""))];
        content.stream = Some(visit.stream(&self.partner));
        content.then = vec![("why", why(visit, &self.partner, self.area))];
        content
    }
}

/// Where it stands why an area is another now than it was as known then.
pub(super) fn why(visit: &Visit, partner: &PartnerId, area: Area) -> String {
    let times = &visit.times;
    let mut pairs = times.pairs(&["known_at"]);
    pairs.extend(["from", "to"].map(|name| (name, times.as_of.to_string())));
    pairs.extend(times.known_at.map(|at| ("known_from", at.to_string())));
    format!("{}/{area}/why?{}", visit.of_partner(partner), query(&pairs))
}

impl DayRules {
    /// The rules of an area, or of all, as they were known.
    pub(super) fn read(visit: &Visit, session: &mut Session<'_>, area: Option<Area>) -> Result<Self, Problem> {
        let told = Self::asked(visit, area).ask(visit, session)?.first();
        let rows = || told["rows"].as_array().into_iter().flatten();
        let total_min = rows().find_map(|row| row["rule"]["total_min"].as_u64()).unwrap_or_default();
        Ok(Self { total_min, told })
    }

    /// The question for them.
    pub(super) fn asked(visit: &Visit, area: Option<Area>) -> Asked {
        let asked = Asked::new(&RULEBOOK, "rules", "").with("as_of", visit.times.as_of).with_some("area", area);
        asked.with_some("known_at", visit.times.known_at)
    }
}

/// The day that lies so many months before another, and not before the programme.
pub(super) fn months_before(session: &mut Session<'_>, day: Date, months: u32) -> Result<Date, Problem> {
    let rules = app::ask::rulebook::on_day(session, &[], Some(day), None, None)?;
    let start = rules.rules.book.program_start();
    let before = day.checked_sub_months(chrono::Months::new(months)).unwrap_or(day);
    Ok(before.max(start.min(day)))
}
