//! The table of all addresses: who may ask, by which parameters, and what answers.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter};
use axum::{Router, middleware};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::answer::answer;
use crate::appends::Appends;
use crate::exchange::Exchange;
use crate::guard::{self, guard};
use crate::metrics::Gauges;
use crate::page;
use crate::parameters::{Parameters, decoded};
use crate::problem::Problem;
use crate::process_figures::ProcessFigures;
use crate::questions::{self, Read};
use crate::shared::Shared;
use crate::stream;
use crate::token::Scope;
use crate::writes::{self, Writing};

/// A question at an address.
pub(crate) struct Route {
    /// The path, with what stands for its parts in braces.
    pub(crate) path: &'static str,
    pub(crate) scope: Scope,
    pub(crate) parameters: &'static [&'static str],
    /// Whether events that came with the request are assumed.
    pub(crate) assumes: bool,
    read: Read,
}

/// What a score is asked by.
const SCORE: &[&str] = &["as_of", "area", "known_at", "basis", "unmeasured", "carry", "carry_from", "explain"];

/// All questions.
pub(crate) const ROUTES: &[Route] = &[
    asked("/v1/ledger", &[], questions::ledger),
    asked("/v1/partners", &["known_at", "q", "limit", "after"], questions::partners),
    asked("/v1/scores", &["as_of", "area", "known_at", "basis", "unmeasured", "limit", "after"], questions::all_scores),
    assuming("/v1/partners/{partner}/scores", SCORE, questions::scores),
    assuming(
        "/v1/partners/{partner}/timeline",
        &[
            "from",
            "to",
            "as_of",
            "known_at",
            "known_from",
            "known_to",
            "step",
            "area",
            "basis",
            "unmeasured",
            "carry",
            "carry_from",
        ],
        questions::timeline,
    ),
    assuming(
        "/v1/partners/{partner}/diff",
        &["from", "to", "known_from", "known_to", "area", "basis", "unmeasured", "explain"],
        questions::diff,
    ),
    assuming(
        "/v1/partners/{partner}/forecast",
        &["from", "until", "area", "known_at", "basis", "unmeasured", "carry", "carry_from"],
        questions::forecast,
    ),
    assuming(
        "/v1/partners/{partner}/status",
        &["as_of", "anniversary", "area", "known_at", "basis", "unmeasured", "carry", "carry_from"],
        questions::status,
    ),
    assuming(
        "/v1/partners/{partner}/advice",
        &[
            "as_of",
            "area",
            "target",
            "margin",
            "price",
            "without",
            "limit",
            "known_at",
            "basis",
            "unmeasured",
            "carry",
            "carry_from",
        ],
        questions::advice,
    ),
    assuming(
        "/v1/partners/{partner}/reconciliation",
        &["from", "to", "area", "known_at", "unmeasured"],
        questions::reconciliation,
    ),
    asked("/v1/partners/{partner}/findings", &["known_at"], questions::findings),
    asked("/v1/partners/{partner}/instants", &["known_at"], questions::instants),
    audited(
        "/v1/partners/{partner}/entries",
        &["from_seq", "to_seq", "type", "customer", "limit", "after"],
        questions::entries_of_partner,
    ),
    audited("/v1/entries", &["from_seq", "to_seq", "type", "customer", "limit", "after"], questions::entries),
    audited("/v1/entries/{seq}", &[], questions::entry),
    asked("/v1/rulebook", &["as_of", "known_at", "area"], questions::rulebook),
    asked("/v1/checkpoint", &["size"], questions::checkpoint),
    asked("/v1/proofs/{seq}", &["size"], questions::entry_proof),
    asked("/v1/proofs/from/{size}", &["size"], questions::growth_proof),
];

/// Addresses that are no questions.
const OTHERS: [&str; 8] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/session",
    "/v1/stream",
    "/v1/partners/{partner}/stream",
    "/v1/events",
    "/v1/reports",
];

const fn asked(path: &'static str, parameters: &'static [&'static str], read: Read) -> Route {
    Route { path, scope: Scope::Read, parameters, assumes: false, read }
}

const fn audited(path: &'static str, parameters: &'static [&'static str], read: Read) -> Route {
    Route { path, scope: Scope::Audit, parameters, assumes: false, read }
}

const fn assuming(path: &'static str, parameters: &'static [&'static str], read: Read) -> Route {
    Route { path, scope: Scope::Read, parameters, assumes: true, read }
}

/// The pattern of a path that was matched, for figures.
pub(crate) fn pattern(matched: &str) -> &'static str {
    let all = ROUTES.iter().map(|route| route.path).chain(OTHERS).chain(page::patterns());
    all.filter(|path| matched.ends_with(path)).max_by_key(|path| path.len()).unwrap_or("none")
}

/// The kind of the question at a path: the word of it that stands for no partner, entry or size.
pub(crate) fn kind(path: &str) -> &'static str {
    let is_same = |(own, asked): (&str, &str)| own.starts_with('{') || own == asked;
    let has_path = |route: &&Route| {
        route.path.split('/').count() == path.split('/').count()
            && route.path.split('/').zip(path.split('/')).all(is_same)
    };
    let words =
        |route: &Route| route.path.split('/').skip(2).filter(|word| !word.starts_with('{') && *word != "partners");
    ROUTES.iter().find(has_path).and_then(|route| words(route).next()).unwrap_or("partners")
}

/// All addresses.
pub(crate) fn router(shared: Arc<Shared>, appends: Option<Arc<Appends>>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let answers = move |State(shared): State<Arc<Shared>>, request: Request| async move {
            asked_by(route, shared, request).await.unwrap_or_else(Problem::into_response)
        };
        let mut methods = MethodRouter::new().on(MethodFilter::GET, answers);
        if route.assumes {
            methods = methods.on(MethodFilter::POST, answers);
        }
        router = router
            .route(route.path, with_options(methods, if route.assumes { "GET,HEAD,POST,OPTIONS" } else { READS }));
    }
    router = router
        .route("/healthz", with_options(axum::routing::get(|| async { "ok\n" }), READS))
        .route("/readyz", with_options(axum::routing::get(ready), READS))
        .route("/metrics", with_options(axum::routing::get(metrics), READS))
        .route("/session", with_options(axum::routing::post(open_session), WRITES))
        .route("/v1/stream", with_options(axum::routing::get(stream::of_all), READS))
        .route("/v1/partners/{partner}/stream", with_options(axum::routing::get(stream::of_partner), READS));
    router = router.merge(page::router());
    let writing = Writing { shared: Arc::clone(&shared), appends };
    let record = Router::new()
        .route("/v1/events", with_options(axum::routing::post(writes::events), WRITES))
        .route("/v1/reports", with_options(axum::routing::post(writes::reports), WRITES))
        .with_state(writing);
    let base_path = shared.settings.base_path.clone();
    let router = router.with_state(Arc::clone(&shared)).merge(record);
    let router = if base_path.is_empty() {
        router
    } else {
        // What is nested answers at the base path itself, and not at the slash behind it.
        let home = Router::new().route(&format!("{base_path}/"), page::home()).with_state(Arc::clone(&shared));
        Router::new().nest(&base_path, router).merge(home)
    };
    router
        .fallback(|| async { Problem::of_status(StatusCode::NOT_FOUND, None).into_response() })
        .layer(middleware::from_fn_with_state(shared, guard))
}

/// What an address that only answers has.
const READS: &str = "GET,HEAD,OPTIONS";

/// What an address that only records has.
const WRITES: &str = "POST,OPTIONS";

fn with_options<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>, allowed: &'static str) -> MethodRouter<S> {
    methods.on(MethodFilter::OPTIONS, move || async move {
        (StatusCode::NO_CONTENT, [(header::ALLOW, HeaderValue::from_static(allowed))])
    })
}

/// Answers a question.
async fn asked_by(route: &'static Route, shared: Arc<Shared>, request: Request) -> Result<Response, Problem> {
    let access = guard::access(&shared, request.headers(), route.scope)?;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let body = if parts.method == Method::POST {
        Some(read_bytes(&shared, &parts.headers, body, Some(&["application/jsonl"])).await?)
    } else {
        None
    };
    let parameters = Parameters::read(parts.uri.query(), route.parameters, (shared.today(), body.is_some()))?;
    let exchange = Exchange { shared, path, headers: parts.headers, access, body };
    let question = (route.read)(&exchange, &parameters)?;
    answer(exchange, question, parameters).await
}

/// Reads what came with a request, which is of one of some media types, up to the bound; it may be packed.
pub(crate) async fn read_bytes(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
    media_types: Option<&[&str]>,
) -> Result<Vec<u8>, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if media_types.is_some_and(|types| !types.contains(&media_type)) {
        let detail = format!("{} is wanted", media_types.unwrap_or_default().join(" or "));
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "malformed", detail));
    }
    let is_packed = match text(header::CONTENT_ENCODING) {
        "" | "identity" => false,
        "gzip" => true,
        other => {
            let detail = format!("a body is packed by gzip or not at all, and not by {other:?}");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "malformed", detail));
        }
    };
    let bytes = read_body(shared, body).await?;
    let bytes = if is_packed { unpacked(shared, &bytes)? } else { bytes };
    let longest = shared.settings.limits.line;
    let mut lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    match lines.find(|(_, line)| line.len() > longest).filter(|_| media_type == "application/jsonl") {
        Some((number, line)) => Err(too_long(number, line.len(), longest)),
        None => Ok(bytes),
    }
}

fn unpacked(shared: &Shared, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let most = shared.settings.limits.body as u64;
    let mut unpacked = Vec::new();
    let mut packed = flate2::read::MultiGzDecoder::new(bytes).take(most + 1);
    match packed.read_to_end(&mut unpacked) {
        Err(error) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", format!("the body cannot be unpacked: {error}")))
        }
        Ok(_) if unpacked.len() as u64 > most => Err(too_large(most)),
        Ok(_) => Ok(unpacked),
    }
}

fn too_large(most: u64) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("a body has at most {most} bytes"))
}

fn too_long(line: u64, length: usize, most: usize) -> Problem {
    let detail = format!("line {line} has {length} bytes, and a line has at most {most}");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).on_line(line)
}

async fn read_body(shared: &Shared, body: Body) -> Result<Vec<u8>, Problem> {
    let most = shared.settings.limits.body;
    let collected = tokio::time::timeout(shared.settings.limits.request, Limited::new(body, most).collect()).await;
    match collected {
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "malformed", "the body takes too long")),
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large(most as u64)),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", "the body cannot be read")),
    }
}

/// Whether the ledger can be read.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.ledger.failure() {
        None if shared.last_append.has_failed() => {
            let detail = "the last append failed: the log of the service says why";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "failed", detail).into_response()
        }
        None => "ready\n".into_response(),
        Some(why) => {
            tracing::error!("the ledger cannot be read: {why}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "corrupt", "the ledger cannot be read").into_response()
        }
    }
}

/// The figures of the service, for those on this machine, or with a token.
async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let is_here = shared.settings.listen.is_local() && !shared.settings.behind_proxy;
    if !is_here && let Err(problem) = guard::access(&shared, &headers, Scope::Metrics) {
        return problem.into_response();
    }
    let reader = shared.ledger.reader();
    let newest = reader.size().checked_sub(1).and_then(|seq| reader.recorded_at(seq).ok());
    #[expect(clippy::cast_precision_loss, reason = "seconds to the microsecond are few")]
    let seconds = newest.map(|at| at.micros() as f64 / 1e6).map(|at| shared.now().micros() as f64 / 1e6 - at);
    let gauges = Gauges {
        entries: reader.size(),
        newest_seconds: seconds,
        streams: shared.settings.limits.streams - shared.streams.available_permits(),
        process: ProcessFigures::read(),
        version: env!("CARGO_PKG_VERSION"),
        build: &shared.settings.build,
    };
    let text = shared.metrics.text(&gauges);
    let media_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], text)
        .into_response()
}

/// Opens a session of the page for whoever shows a token.
async fn open_session(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    let is_form = page::is_form(&headers);
    let mut to = None;
    if is_form {
        // A form of the page has the token among its fields.
        let body = match read_body(&shared, body).await {
            Ok(body) => body,
            Err(problem) => return problem.into_response(),
        };
        let body = String::from_utf8(body).unwrap_or_default();
        let field = |wanted: &str| {
            let mut fields = body.split('&').filter_map(|pair| pair.split_once('='));
            fields.find(|(name, _)| *name == wanted).and_then(|(_, text)| decoded(text))
        };
        let token = field("token");
        to = field("to");
        let shown = HeaderValue::try_from(format!("Bearer {}", token.unwrap_or_default().trim()));
        headers.remove(header::AUTHORIZATION);
        headers.extend(shown.ok().map(|shown| (header::AUTHORIZATION, shown)));
        guard::prepare(&shared, &headers).await;
    }
    if !headers.contains_key(header::AUTHORIZATION) {
        return Problem::unauthenticated("a token is needed").into_response();
    }
    let opened = guard::access(&shared, &headers, Scope::Read)
        .and_then(|access| Ok(shared.sessions.open(&access, shared.settings.is_encrypted())?));
    match opened {
        Ok(cookie) => match HeaderValue::try_from(cookie) {
            Ok(cookie) => {
                let kept = HeaderValue::from_static("no-store");
                let set = [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, kept)];
                let to = page::after_sign_in(to, &shared.settings.base_path);
                match HeaderValue::try_from(to) {
                    Ok(to) if is_form => (StatusCode::SEE_OTHER, set, [(header::LOCATION, to)]).into_response(),
                    Ok(_) | Err(_) => (StatusCode::NO_CONTENT, set).into_response(),
                }
            }
            Err(_) => Problem::failed().into_response(),
        },
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn a_question_has_a_kind_that_names_nobody() {
        for (path, wanted) in [
            ("/v1/ledger", "ledger"),
            ("/v1/partners", "partners"),
            ("/v1/scores", "scores"),
            ("/v1/partners/6034453/scores", "scores"),
            ("/v1/partners/6034453/advice", "advice"),
            ("/v1/partners/scores/timeline", "timeline"),
            ("/v1/entries/7", "entries"),
            ("/v1/proofs/7", "proofs"),
            ("/v1/proofs/from/7", "proofs"),
        ] {
            assert_eq!(kind(path), wanted, "{path}");
        }
    }
}
