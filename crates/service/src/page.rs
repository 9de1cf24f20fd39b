//! The page: each view is its address, made by the server, and complete without a script.
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

mod about;
mod ahead;
mod area;
mod asked;
mod assumed;
mod audit;
mod entries;
mod entry;
mod labels;
mod layout;
mod partner;
mod partners;
mod rules;
mod time;
mod timeline;
mod why;

use std::sync::Arc;
use std::time::Instant;

use app::Session;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use ledger::{Area, PartnerId};
use maud::Markup;

use crate::access::Access;
use crate::answer::Form;
use crate::codes::Code;
use crate::guard;
use crate::parameters::{Parameters, encoded, part_of, whole_number};
use crate::problem::Problem;
use crate::route_table::PARTNER_STREAM;
use crate::routes::{READS, alone, with_options};
use crate::shared::Shared;
use crate::token::Scope;
use asked::filled;
use layout::Content;
pub(crate) use time::Times;

/// What the page looks like.
const STYLE: &str = include_str!("page/style.css");
/// What moves the sliders, tells what is new, and copies.
const SCRIPT: &str = include_str!("page/page.js");

/// What a view is asked with.
pub(crate) struct Visit {
    pub(crate) shared: Arc<Shared>,
    pub(crate) access: Access,
    pub(crate) parameters: Parameters,
    pub(crate) times: Times,
    path: String,
}

/// Makes the content of a view of what is known.
type Make = fn(&Visit, &mut Session<'_>) -> Result<Content, Problem>;

/// A view: path, who may see it, parameters beside the times, and what makes it.
type View = (&'static str, Scope, &'static [&'static str], Make);

const VIEWS: [View; 9] = [
    ("/", Scope::Read, &["area", "sort", "status", "q", "after"], partners::view),
    ("/p/{partner}", Scope::Read, &[], partner::view),
    ("/p/{partner}/{area}", Scope::Read, &["open"], area::view),
    (TIMELINE, Scope::Read, &["from", "to", "step", "known_from", "known_to"], timeline::view),
    ("/p/{partner}/{area}/why", Scope::Read, &["from", "to", "known_from", "known_to"], why::view),
    ("/p/{partner}/{area}/ahead", Scope::Read, &["until", "assume"], ahead::view),
    ("/p/{partner}/entries", Scope::Audit, &["after", "type", "customer", "from_seq", "to_seq"], entries::view),
    ("/entries/{seq}", Scope::Audit, &[], entry::view),
    ("/audit", Scope::Read, &["partner", "area"], audit::view),
];

/// The view whose days may each be known at their own end.
const TIMELINE: &str = "/p/{partner}/{area}/timeline";

/// Parameters of every view.
const OF_ALL: [&str; 3] = ["as_of", "known_at", "basis"];

impl Visit {
    fn part(&self, nth: usize) -> String {
        part_of(&self.path, nth).unwrap_or_default()
    }

    /// The partner whom the path names.
    pub(crate) fn partner(&self) -> Result<PartnerId, Problem> {
        self.checked(&self.part(1))
    }

    /// A partner who exists for whoever asks.
    fn checked(&self, text: &str) -> Result<PartnerId, Problem> {
        let partner =
            PartnerId::new(text).map_err(|error| Problem::parameter("bad_value", "partner", error.to_string()))?;
        self.access.check_partner(&partner)?;
        Ok(partner)
    }

    /// The area that the path names.
    pub(crate) fn area(&self) -> Result<Area, Problem> {
        Area::from_name(&self.part(2)).ok_or_else(|| {
            let problem = Problem::of_status(StatusCode::NOT_FOUND, None);
            problem.hint(format!("areas are {}", Area::NAMES.join(", ")))
        })
    }

    /// The seq that the path names.
    pub(crate) fn seq(&self) -> Result<u64, Problem> {
        let hint = "entries are counted from 0";
        whole_number(&self.part(1)).ok_or_else(|| Problem::parameter("bad_value", "path", "a seq is wanted").hint(hint))
    }

    /// The address of something else of the service.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.shared.settings.base_path)
    }

    /// The address of the view of a partner.
    pub(crate) fn of_partner(&self, partner: &PartnerId) -> String {
        self.at(&format!("/p/{}", encoded(partner.as_str())))
    }

    /// The address of what is new of a partner.
    pub(crate) fn stream(&self, partner: &PartnerId) -> String {
        self.at(&filled(PARTNER_STREAM.path, partner.as_str()))
    }

    /// The address of this view with other parameters in the place of some.
    pub(crate) fn here(&self, changes: &[(&str, Option<&str>)]) -> String {
        format!("?{}", self.parameters.with(changes))
    }
}

/// The addresses of the page.
pub(crate) fn router() -> Router<Arc<Shared>> {
    let mut router = Router::new()
        .route("/style.css", with_options(get(|| async { asset("text/css", STYLE) }), READS))
        .route("/chart.css", with_options(get(|| async { asset("text/css", app::chart::STYLE) }), READS))
        .route("/page.js", with_options(get(|| async { asset("text/javascript", SCRIPT) }), READS))
        .route("/problems/{code}", alone(get(problem)));
    for view in VIEWS {
        router = router.route(view.0, shows(view));
    }
    router
}

/// The first view, for the address that a base path has with a slash behind it.
pub(crate) fn home() -> MethodRouter<Arc<Shared>> {
    let [home, ..] = VIEWS;
    shows(home)
}

fn shows(view: View) -> MethodRouter<Arc<Shared>> {
    let show =
        move |State(shared): State<Arc<Shared>>, request: Request| async move { show(shared, request, view).await };
    with_options(get(show), READS)
}

/// The patterns of the page's addresses.
pub(crate) fn patterns() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|(path, ..)| *path).chain(["/style.css", "/chart.css", "/page.js", "/problems/{code}"])
}

fn asset(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

async fn show(shared: Arc<Shared>, request: Request, view: View) -> Response {
    seen(shared, request, view).await.unwrap_or_else(|problem| {
        let mut response = problem.into_response();
        response.extensions_mut().insert(OfPage);
        response
    })
}

async fn seen(shared: Arc<Shared>, request: Request, (pattern, scope, own, make): View) -> Result<Response, Problem> {
    let access = guard::access(&shared, request.headers(), scope).await?;
    let path = request.uri().path().to_owned();
    // A field of a form that nobody filled in says nothing.
    let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.ends_with('='));
    let query = pairs.collect::<Vec<_>>().join("&");
    if let Some(query) = assumed::gathered(&query).filter(|_| own.contains(&"assume")) {
        let headers = [(header::LOCATION, format!("?{query}")), (header::CACHE_CONTROL, "no-store".to_owned())];
        return Ok((StatusCode::SEE_OTHER, headers).into_response());
    }
    let allowed: Vec<&str> = OF_ALL.iter().chain(own).copied().collect();
    let parameters = Parameters::read(Some(&query), &allowed, (shared.today(), false))?;
    let form = parameters.named("format", &Form::NAMES, Form::from_name)?;
    let reader = shared.ledger.reader();
    let begun = Instant::now();
    let work = {
        let shared = Arc::clone(&shared);
        move |interrupt| {
            let times = Times::read(&parameters, &reader, shared.today(), pattern == TIMELINE)?;
            let root = reader.root(times.size)?;
            let visit = Visit { shared: Arc::clone(&shared), access, parameters, times, path };
            let content = shared.with_session(&reader, Vec::new(), interrupt, |session, _| {
                session.limit_to(visit.access.partners.clone());
                make(&visit, session)
            })?;
            match form {
                Some(form) => file(content, form),
                None => Ok(html(content.http, &layout::page(&visit, root, content), "private, no-cache")),
            }
        }
    };
    let answer = shared.work.ask(shared.settings.limits.request, work).await;
    shared.metrics.scored("page", begun.elapsed());
    answer?
}

/// What a view shows, in a form for programs.
fn file(content: Content, form: Form) -> Result<Response, Problem> {
    let has_form = content.forms.contains(&form);
    let produced = content.produced.filter(|_| has_form).ok_or_else(|| {
        let hint = "the links at the end of the view lead to the same answer for programs";
        Problem::parameter("bad_value", "format", "this view has no such form").hint(hint)
    })?;
    let bytes = produced.written(form, true)?;
    Ok((kept_by_nobody(form.media_type()), bytes).into_response())
}

fn kept_by_nobody(media_type: &'static str) -> [(HeaderName, HeaderValue); 2] {
    let kept = HeaderValue::from_static("private, no-cache");
    [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, kept)]
}

/// What a code of a problem means.
async fn problem(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let code = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let Some(code) = Code::named(&code) else { return Problem::of_status(StatusCode::NOT_FOUND, None).into_response() };
    html(StatusCode::OK, &layout::problem(&shared.settings.base_path, code), "no-cache")
}

/// A document; where it is a refusal, its problem is told as a page.
fn html(status: StatusCode, markup: &Markup, kept: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::VARY, HeaderValue::from_static("Accept, Authorization, Cookie")),
    ];
    let mut response = (status, headers, Bytes::from(markup.0.clone())).into_response();
    response.extensions_mut().insert(IsPage);
    response
}

/// Marks a response that tells its problem itself.
#[derive(Clone)]
pub(crate) struct IsPage;

/// Marks a problem that is told as a page.
#[derive(Clone)]
pub(crate) struct OfPage;

/// Addresses that are for programs, whatever asks them.
const FOR_PROGRAMS: [&str; 6] = ["/v1", "/tlog", "/openapi.json", "/metrics", "/healthz", "/readyz"];

/// Whether a browser asks an address that is not for programs.
pub(crate) fn is_for_people(shared: &Shared, path: &str, headers: &HeaderMap) -> bool {
    let own = path.strip_prefix(&shared.settings.base_path).unwrap_or(path);
    let is_of = |place: &&str| own.strip_prefix(*place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    !FOR_PROGRAMS.iter().any(is_of) && accepted.flat_map(|text| text.split(',')).any(accepts_html)
}

fn accepts_html(range: &str) -> bool {
    range.split(';').next().map(str::trim) == Some("text/html")
}

/// A problem as a page, in the place of the body of its response.
pub(crate) fn refused(shared: &Shared, problem: &Problem, (address, mut response): (&str, Response)) -> Response {
    let text = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    *response.body_mut() = layout::refused(&shared.settings.base_path, problem, address).0.into();
    response
}

/// The address of this service to which somebody goes who signed in, as the form says; else the first view.
pub(crate) fn after_sign_in(said: Option<String>, base: &str) -> String {
    // What begins with two slashes, of whichever kind, is an address of somebody else.
    let is_own = |to: &String| {
        to.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| {
            !rest.starts_with(['/', '\\']) && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        })
    };
    said.filter(is_own).unwrap_or_else(|| format!("{base}/"))
}

/// Whether a request comes from a form of the page.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let form = "application/x-www-form-urlencoded";
    let of = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    of(header::CONTENT_TYPE).split(';').next().map(str::trim) == Some(form)
}
