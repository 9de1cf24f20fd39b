//! What stands before every request, and what every response has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::access::Access;
use crate::packing::{self, Coding};
use crate::page::{self, IsPage, OfPage};
use crate::problem::Problem;
use crate::route_table;
use crate::session;
use crate::settings::{Listen, Settings};
use crate::shared::Shared;
use crate::token::Scope;

/// What every response has.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types pcs",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What is told somebody without a token, and somebody whose session is none any more.
const NEEDED: &str = "a token is needed";
const SESSION_OVER: &str = "the session is over: it lasts 12 hours, and ends with its token";

/// For a year, a browser that was here asks in no other way than encrypted.
const ENCRYPTED: &str = "max-age=31536000";
/// The header with the id of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header with the trace that the request is a part of (W3C).
const TRACE: HeaderName = HeaderName::from_static("traceparent");
/// Hexadecimal digits of a trace, and of a span.
const TRACE_DIGITS: (usize, usize) = (32, 16);

/// Lets a request through that is meant for this service, and finishes its response.
pub(crate) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (begun, instance) = (Instant::now(), (shared.settings.new_id)());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map_or("none", |path| route_table::pattern(path.as_str()));
    let trace = trace_of(request.headers(), instance);
    let is_for_people = page::is_for_people(&shared, &path, request.headers());
    let address = request.uri().path_and_query().filter(|_| method == Method::GET);
    let address = address.map_or_else(String::new, ToString::to_string);
    let (response, coding) = match check(&shared, &request) {
        Ok(coding) => (caught(next.run(request)).await.unwrap_or_else(Problem::into_response), coding),
        Err(problem) => (problem.into_response(), Coding::Identity),
    };
    let response = finished(&shared, response, instance, (&address, is_for_people));
    let mut response = packing::packed(&shared, response, coding).await;
    let status = response.status();
    let took = begun.elapsed();
    shared.metrics.request(route, &method, status, took);
    tracing::info!(%method, path, status = status.as_u16(), micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), trace, request = %instance, "answered");
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if shared.settings.tls.is_some() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ENCRYPTED));
    }
    headers.extend(HeaderValue::try_from(instance.to_string()).ok().map(|value| (REQUEST_ID, value)));
    response
}

/// Waits for a response; a panic on the way is a failure like any other, and tells nothing of itself.
async fn caught(response: impl Future<Output = Response>) -> Result<Response, Problem> {
    let mut response = std::pin::pin!(response);
    std::future::poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| response.as_mut().poll(context)));
        poll.map_or_else(|_| Poll::Ready(Err(Problem::failed())), |poll| poll.map(Ok))
    })
    .await
}

/// Refuses a request that was not meant for this service, or is out of bounds; returns how its response is coded.
fn check(shared: &Shared, request: &Request) -> Result<Coding, Problem> {
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > shared.settings.limits.address {
        return Err(Problem::of_status(StatusCode::URI_TOO_LONG, None));
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if headers.sum::<usize>() > shared.settings.limits.headers {
        return Err(Problem::of_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, None));
    }
    let named = uri.authority().map(|authority| authority.as_str().to_owned());
    let hosts: Vec<&str> =
        request.headers().get_all(header::HOST).into_iter().map(|host| host.to_str().unwrap_or_default()).collect();
    let host = match (named, &hosts[..]) {
        (Some(named), _) => named,
        (None, [host]) => (*host).to_owned(),
        (None, _) => String::new(),
    };
    if !is_own(shared, &host) {
        let detail = "the request is for another host";
        let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, "forbidden", detail);
        return Err(problem.hint("`--host NAME` names the hosts under which the service is asked"));
    }
    // A page of another origin may send forms here, in the name of whoever looks at it.
    let origin = request.headers().get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if origin.is_some_and(|origin| !is_own_origin(&shared.settings, origin, &host)) && request.method() == Method::POST
    {
        let problem = Problem::forbidden("the request comes from a page of another origin");
        let hint = "a proxy hands on the `Host` that was asked, with its port; `--behind-proxy` says that it encrypts";
        return Err(if shared.settings.behind_proxy { problem } else { problem.hint(hint) });
    }
    if request.method() == Method::POST
        && !request.headers().contains_key(header::TRANSFER_ENCODING)
        && !request.headers().contains_key(header::CONTENT_LENGTH)
    {
        return Err(Problem::of_status(StatusCode::LENGTH_REQUIRED, None));
    }
    if shared.is_draining() {
        return Err(Problem::busy("the service ends"));
    }
    Coding::of(request.headers())
}

/// Whether a page has the origin of this service, by scheme, host and port: the host that is asked, or one of those that it
/// was given, where a proxy does not hand on the port.
fn is_own_origin(settings: &Settings, origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let usual_port = if scheme == "https" { ":443" } else { ":80" };
    let is_it = |own: &str| {
        let bare = |authority: &str| authority.strip_suffix(usual_port).unwrap_or(authority).to_ascii_lowercase();
        bare(own) == bare(authority)
    };
    // A socket says nothing of how its proxy is asked.
    let is_socket = matches!(settings.listen, Listen::Unix(_));
    let is_scheme = if settings.is_encrypted() { scheme == "https" } else { scheme == "http" || is_socket };
    is_scheme && (is_it(host) || settings.hosts.iter().any(|named| is_it(named)))
}

/// Whether the service is asked under this name: an address of its own, localhost, or one of those that it was given.
fn is_own(shared: &Shared, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            (name, Some(port))
        }
        _ => (host, None),
    };
    let settings = &shared.settings;
    let is_named = |known: &String| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(host);
    if settings.hosts.iter().any(is_named) {
        return true;
    }
    let Listen::Address(address) = &settings.listen else { return name.eq_ignore_ascii_case("localhost") };
    if port.is_some_and(|port| port.parse() != Ok(shared.port().unwrap_or(address.port()))) {
        return false;
    }
    let ip: Option<IpAddr> = name.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let is_here = ip == Some(address.ip())
        || (address.ip().is_loopback()
            && (ip == Some(Ipv4Addr::LOCALHOST.into()) || ip == Some(Ipv6Addr::LOCALHOST.into())));
    is_here || name.eq_ignore_ascii_case("localhost")
}

/// The response as it goes out: a problem with its text, and nothing of what others say of theirs.
fn finished(
    shared: &Shared,
    mut response: Response,
    instance: Uuid,
    (address, is_for_people): (&str, bool),
) -> Response {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    let is_page = is_for_people || response.extensions().get::<OfPage>().is_some();
    if response.extensions().get::<IsPage>().is_some() {
        return response;
    }
    if problem.is_none() && !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let problem = problem.unwrap_or_else(|| Problem::of_status(status, allow));
    shared.metrics.refused(&problem.code);
    let told = problem.clone().response(instance, &shared.settings.base_path);
    if is_page { page::refused(shared, &problem, (address, told)) } else { told }
}

/// The trace that a request is a part of; one of its own where it says none.
fn trace_of(headers: &HeaderMap, instance: Uuid) -> String {
    let said = headers.get(&TRACE).and_then(|value| value.to_str().ok());
    let trace = said.and_then(|text| {
        let mut parts = text.split('-');
        let (_, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_set = |text: &str| text.bytes().any(|digit| digit != b'0');
        let is_trace = is_hex(trace, TRACE_DIGITS.0) && is_hex(span, TRACE_DIGITS.1) && is_set(trace) && is_set(span);
        is_trace.then(|| trace.to_owned())
    });
    trace.unwrap_or_else(|| instance.simple().to_string())
}

/// The token of a header.
fn bearer(shown: &HeaderValue) -> Option<&str> {
    let (scheme, token) = shown.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What whoever asks may do: by a token, or else by the session of the page. The issuer of a token is asked for its key
/// before, if need be.
///
/// # Errors
/// `unauthenticated`, `forbidden`, `too_many`, `issuer_unreachable`.
pub(crate) async fn access(shared: &Shared, headers: &HeaderMap, asked: Scope) -> Result<Access, Problem> {
    let access = match headers.get(header::AUTHORIZATION) {
        Some(shown) => {
            let token = bearer(shown).ok_or_else(|| Problem::unauthenticated("the token is not taken"))?;
            shared.access(token).await?
        }
        // A session comes with every request of a browser, so that it writes nothing.
        None if asked == Scope::Write => return Err(Problem::unauthenticated(NEEDED)),
        None => {
            let is_encrypted = shared.settings.is_encrypted();
            let why = if session::has_cookie(headers, is_encrypted) { SESSION_OVER } else { NEEDED };
            let access = shared.sessions.access(headers, shared.now(), is_encrypted);
            access.ok_or_else(|| Problem::unauthenticated(why))?
        }
    };
    access.check(asked)?;
    shared.check_rate(&access)?;
    Ok(access)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use axum::http::StatusCode;
    use axum::response::IntoResponse as _;

    use super::{caught, is_own_origin};
    use crate::settings::{Listen, Settings};
    use crate::testing::settings;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        let plain = settings(Path::new("ledger"));
        let proxied = Settings {
            behind_proxy: true,
            hosts: vec!["pcs.example".to_owned(), "a.example:8443".to_owned()],
            ..plain.clone()
        };
        let socket = Settings { listen: Listen::parse("unix:pcs.sock").unwrap(), ..plain.clone() };
        for (settings, origin, host, is_own) in [
            (&plain, "http://localhost:8462", "localhost:8462", true),
            (&plain, "http://LocalHost:8462", "localhost:8462", true),
            (&plain, "https://localhost:8462", "localhost:8462", false),
            (&plain, "http://localhost", "localhost:8462", false),
            (&plain, "http://localhost:3000", "localhost:8462", false),
            (&plain, "http://127.0.0.1:8462", "localhost:8462", false),
            (&plain, "http://localhost:80", "localhost", true),
            (&proxied, "https://pcs.example", "pcs.example", true),
            (&proxied, "https://pcs.example:443", "pcs.example", true),
            (&proxied, "https://pcs.example", "127.0.0.1:8462", true),
            (&proxied, "http://pcs.example", "pcs.example", false),
            (&proxied, "https://pcs.example:8443", "pcs.example", false),
            (&proxied, "https://a.example:8443", "a.example", true),
            (&proxied, "https://evil.example", "pcs.example", false),
            (&proxied, "null", "pcs.example", false),
            (&socket, "https://localhost", "localhost", true),
            (&socket, "http://localhost", "localhost", true),
        ] {
            assert_eq!(is_own_origin(settings, origin, host), is_own, "{origin} at {host}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_that_tells_nothing() {
        assert_eq!(caught(async { "fine".into_response() }).await.unwrap().status(), StatusCode::OK);
        let problem = caught(async { panic!("a secret") }).await.unwrap_err();
        assert_eq!((problem.status, problem.code.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "failed"));
        assert!(!format!("{problem:?}").contains("secret"));
    }
}
