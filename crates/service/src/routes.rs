//! All addresses, and what answers at those that are no questions.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter};
use axum::{Router, middleware};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use ledger::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::answer::{answer, known_tag, knows_any, tag_of};
use crate::appends::Appends;
use crate::exchange::Exchange;
use crate::guard::{self, guard};
use crate::metrics::Gauges;
use crate::openapi;
use crate::page;
use crate::parameters::decoded;
use crate::problem::Problem;
use crate::process_figures::ProcessFigures;
use crate::route_table::{EVENTS, PARTNER_STREAM, REPORTS, ROUTES, Route, STREAM};
use crate::shared::Shared;
use crate::stream;
use crate::token::Scope;
use crate::unpacking::unpacked;
use crate::writes::{self, Imports, Writing};

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
        .route("/healthz", alone(axum::routing::get(|| async { "ok\n" })))
        .route("/openapi.json", alone(axum::routing::get(document)))
        .route("/readyz", alone(axum::routing::get(ready)))
        .route("/metrics", alone(axum::routing::get(metrics)))
        .route("/session", with_options(axum::routing::post(open_session), WRITES))
        .route(STREAM.path, with_options(axum::routing::get(stream::of_all), READS))
        .route(PARTNER_STREAM.path, with_options(axum::routing::get(stream::of_partner), READS));
    router = router.merge(page::router());
    let writing = Writing { shared: Arc::clone(&shared), appends, imports: Imports::default() };
    let record = Router::new()
        .route(EVENTS.path, with_options(axum::routing::post(writes::events), WRITES))
        .route(REPORTS.path, with_options(axum::routing::post(writes::reports), WRITES))
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
pub(crate) const READS: &str = "GET,HEAD,OPTIONS";

/// What an address that only records has.
const WRITES: &str = "POST,OPTIONS";

/// The methods of an address, and `OPTIONS`, which says what they are.
pub(crate) fn with_options<S: Clone + Send + Sync + 'static>(
    methods: MethodRouter<S>,
    allowed: &'static str,
) -> MethodRouter<S> {
    methods.on(MethodFilter::OPTIONS, move || async move {
        (StatusCode::NO_CONTENT, [(header::ALLOW, HeaderValue::from_static(allowed))])
    })
}

/// What an address has that only answers, and takes no parameters.
pub(crate) fn alone<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    with_options(methods, READS).layer(middleware::from_fn(without_parameters))
}

async fn without_parameters(request: Request, next: Next) -> Response {
    let mut pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    match pairs.next().map(|pair| pair.split('=').next().unwrap_or_default()) {
        Some(name) => {
            Problem::parameter("unknown_field", name, "there is no such parameter here; there are none").into_response()
        }
        None => next.run(request).await,
    }
}

/// Answers a question.
async fn asked_by(route: &'static Route, shared: Arc<Shared>, request: Request) -> Result<Response, Problem> {
    let access = guard::access(&shared, request.headers(), route.scope).await?;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let body = if parts.method == Method::POST {
        Some(read_bytes(&shared, &parts.headers, body, Some(&["application/jsonl"])).await?)
    } else {
        None
    };
    let parameters = route.parameters(parts.uri.query(), (shared.today(), body.is_some()))?;
    let exchange = Exchange { shared, path, headers: parts.headers, access, body };
    let question = (route.read)(&exchange, &parameters)?;
    answer(exchange, route, question, parameters).await
}

/// Bytes that are looked through at once: handing them to another thread takes longer.
pub(crate) const SMALL: usize = 8 << 10;
/// The most bytes of the form that opens a session: it comes before anybody is known.
const SIGN_IN: usize = 32 << 10;

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
    let limits = shared.settings.limits;
    let bytes = read_body(shared, body, limits.body).await?;
    let longest = (media_type == "application/jsonl").then_some(limits.line);
    if !is_packed && (longest.is_none() || bytes.len() <= SMALL) {
        return checked(bytes, longest);
    }
    let unpack = move || {
        let bytes = if is_packed { unpacked(&bytes, limits.body)? } else { bytes };
        checked(bytes, longest)
    };
    shared.work.run(limits.request, unpack).await?
}

/// Bytes whose lines are no longer than they may be, where they are lines.
fn checked(bytes: Vec<u8>, longest: Option<usize>) -> Result<Vec<u8>, Problem> {
    let mut lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    match longest.and_then(|longest| lines.find(|(_, line)| line.len() > longest).zip(Some(longest))) {
        Some(((number, line), longest)) => Err(too_long(number, line.len(), longest)),
        None => Ok(bytes),
    }
}

fn too_large(most: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("a body has at most {most} bytes"))
}

fn too_long(line: u64, length: usize, most: usize) -> Problem {
    let detail = format!("line {line} has {length} bytes, and a line has at most {most}");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).on_line(line)
}

async fn read_body(shared: &Shared, body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    let collected = tokio::time::timeout(shared.settings.limits.request, Limited::new(body, most).collect()).await;
    match collected {
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "malformed", "the body takes too long")),
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large(most)),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", "the body cannot be read")),
    }
}

/// The document of the API.
async fn document(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let (text, tag) = shared.document.get_or_init(|| {
        let text = openapi::document(&shared.settings.base_path).to_string();
        let tag = tag_of(Sha256::digest(&text));
        (text.into(), tag)
    });
    let kept = HeaderValue::from_static("no-cache");
    let known = known_tag(&headers, tag).or_else(|| knows_any(&headers).then(|| tag.clone()));
    let tag = HeaderValue::try_from(known.as_ref().unwrap_or(tag)).map_err(|_| Problem::failed());
    match tag {
        Ok(tag) if known.is_some() => {
            (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, kept)]).into_response()
        }
        Ok(tag) => {
            let media_type = HeaderValue::from_static("application/json");
            let headers = [(header::CONTENT_TYPE, media_type), (header::ETAG, tag), (header::CACHE_CONTROL, kept)];
            (headers, text.clone()).into_response()
        }
        Err(problem) => problem.into_response(),
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
        Some(code) => Problem::of_ledger(StatusCode::SERVICE_UNAVAILABLE, code).into_response(),
    }
}

/// The microseconds since an instant; none if the clock was set back behind it.
fn age(at: Timestamp, now: Timestamp) -> i64 {
    now.micros().saturating_sub(at.micros()).max(0)
}

/// The figures of the service, for those on this machine, or with a token.
async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let is_here = shared.settings.listen.is_local() && !shared.settings.behind_proxy;
    if !is_here && let Err(problem) = guard::access(&shared, &headers, Scope::Metrics).await {
        return problem.into_response();
    }
    let reader = shared.ledger.reader();
    #[expect(clippy::cast_precision_loss, reason = "seconds to the microsecond are few")]
    let seconds = reader.newest.map(|at| age(at, shared.now()) as f64 / 1e6);
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
    // A header that shows a token goes before a form, which many clients say to send whatever they send.
    let is_form = page::is_form(&headers) && !headers.contains_key(header::AUTHORIZATION);
    let mut to = None;
    if is_form {
        // A form of the page has the token among its fields.
        let body = match read_body(&shared, body, SIGN_IN).await {
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
        headers.extend(shown.ok().map(|shown| (header::AUTHORIZATION, shown)));
    }
    if !headers.contains_key(header::AUTHORIZATION) {
        return Problem::unauthenticated("a token is needed").into_response();
    }
    // From before it is known what the token lets do: what is taken back later ends the session.
    let reloads = shared.reloads.subscribe();
    let opened = guard::access(&shared, &headers, Scope::Read)
        .await
        .and_then(|access| shared.sessions.open(&access, &reloads, shared.settings.is_encrypted()));
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
    use ledger::Timestamp;

    use super::age;

    #[test]
    fn nothing_is_newer_than_now() {
        let at = Timestamp::from_micros;
        assert_eq!((age(at(3), at(5)), age(at(5), at(3))), (2, 0));
    }
}
