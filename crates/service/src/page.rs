//! The page: each view is its address, made by the server, and complete without a script.
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

mod ahead;
mod area;
mod entries;
mod labels;
mod layout;
mod partner;
mod partners;
mod time;

use std::sync::Arc;

use app::{Error, Session};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use ledger::{Area, PartnerId};
use maud::Markup;

use crate::access::Access;
use crate::guard;
use crate::parameters::{Parameters, part_of};
use crate::problem::Problem;
use crate::routes::{READS, with_options};
use crate::shared::Shared;
use crate::token::Scope;
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
    path: String,
}

/// What makes the content of a view of what is known.
type Make = Box<dyn FnOnce(&mut Session<'_>) -> Result<Content, Error> + Send>;

/// Reads a view from what was asked.
type Read = fn(&Visit) -> Result<Make, Problem>;

/// A view: path, who may see it, parameters beside the times, and what makes it.
type View = (&'static str, Scope, &'static [&'static str], Read);

const VIEWS: [View; 9] = [
    ("/", Scope::Read, &["after", "q"], partners::view),
    ("/p/{partner}", Scope::Read, &[], partner::view),
    ("/p/{partner}/{area}", Scope::Read, &[], area::view),
    ("/p/{partner}/{area}/timeline", Scope::Read, &["from", "to", "step"], area::timeline),
    ("/p/{partner}/{area}/why", Scope::Read, &["from", "to", "known_from", "known_to"], area::why),
    ("/p/{partner}/{area}/ahead", Scope::Read, &["until"], ahead::view),
    ("/p/{partner}/entries", Scope::Audit, &["after", "type", "customer"], entries::of_partner),
    ("/entries/{seq}", Scope::Audit, &[], entries::one),
    ("/audit", Scope::Read, &[], entries::audit),
];

/// Parameters of every view.
const OF_ALL: [&str; 3] = ["as_of", "known_at", "basis"];

impl Visit {
    fn part(&self, nth: usize) -> String {
        part_of(&self.path, nth).unwrap_or_default()
    }

    /// The partner whom the path names.
    pub(crate) fn partner(&self) -> Result<PartnerId, Problem> {
        let partner = PartnerId::new(&self.part(1))
            .map_err(|error| Problem::parameter("bad_value", "partner", error.to_string()))?;
        self.access.check_partner(&partner)?;
        Ok(partner)
    }

    /// The area that the path names.
    pub(crate) fn area(&self) -> Result<Area, Problem> {
        Area::from_name(&self.part(2)).ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND, None))
    }

    /// The seq that the path names.
    pub(crate) fn seq(&self) -> Result<u64, Problem> {
        self.part(1).parse().map_err(|_| Problem::parameter("bad_value", "path", "a seq is wanted"))
    }

    /// The two times.
    pub(crate) fn times(&self) -> Result<Times, Problem> {
        Times::read(&self.parameters, &self.shared.ledger.reader(), self.shared.today())
    }

    /// The address of something else of the service.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.shared.settings.base_path)
    }
}

/// The addresses of the page.
pub(crate) fn router() -> Router<Arc<Shared>> {
    let mut router = Router::new()
        .route("/style.css", with_options(get(|| async { asset("text/css", STYLE) }), READS))
        .route("/chart.css", with_options(get(|| async { asset("text/css", app::chart::STYLE) }), READS))
        .route("/page.js", with_options(get(|| async { asset("text/javascript", SCRIPT) }), READS))
        .route("/problems/{code}", with_options(get(problem), READS));
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

async fn show(shared: Arc<Shared>, request: Request, (_, scope, own, read): View) -> Response {
    let base = shared.settings.base_path.clone();
    match seen(shared, request, scope, own, read).await {
        Ok(markup) => html(StatusCode::OK, &markup, "private, no-cache"),
        Err(problem) => html(problem.status, &layout::refused(&base, &problem), "no-store"),
    }
}

async fn seen(
    shared: Arc<Shared>,
    request: Request,
    scope: Scope,
    own: &'static [&'static str],
    read: Read,
) -> Result<Markup, Problem> {
    let access = guard::access(&shared, request.headers(), scope)?;
    let uri = request.uri().clone();
    let path = uri.path().to_owned();
    let allowed: Vec<&str> = OF_ALL.iter().chain(own).copied().collect();
    let parameters = Parameters::read(uri.query(), &allowed, (shared.today(), false))?;
    let reader = shared.ledger.reader();
    let times = Times::read(&parameters, &reader, shared.today())?;
    let visit = Visit { shared: Arc::clone(&shared), access, parameters, path };
    let make = read(&visit)?;
    let content = shared
        .work
        .run(shared.settings.limits.request, {
            let (shared, reader) = (Arc::clone(&shared), Arc::clone(&reader));
            move || shared.with_session(&reader, Vec::new(), |session, _| make(session))
        })
        .await??;
    let root = shared.root(&reader, times.size).await?;
    Ok(layout::page(&visit, &times, root, content))
}

/// What a code of a problem means.
async fn problem(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let code = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    if !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return Problem::of_status(StatusCode::NOT_FOUND, None).into_response();
    }
    html(StatusCode::OK, &layout::problem(&shared.settings.base_path, &code), "no-cache")
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

/// Whether a request comes from a form of the page.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let form = "application/x-www-form-urlencoded";
    let of = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    of(header::CONTENT_TYPE).split(';').next().map(str::trim) == Some(form)
}
