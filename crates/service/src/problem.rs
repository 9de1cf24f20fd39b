//! What is told of a request that fails: `application/problem+json` (RFC 9457).
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

use std::ops::Deref;

use app::Error;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::PartnerId;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::codes::Code;

/// What to do about a ledger that another process has.
const LOCKED: &str = "ask again in a moment: another process writes to the ledger";
/// Places that are told at most.
const PLACES: usize = 20;
/// Seconds after which it is worth trying again.
const SOON: u32 = 1;

/// A request that failed.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Failure>);

/// What is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    detail: String,
    hint: Option<String>,
    errors: Vec<Value>,
    retry_after: Option<u32>,
    allow: Option<HeaderValue>,
}

impl Deref for Problem {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        debug_assert!(Code::named(code).is_some(), "{code} is explained");
        let detail = detail.into();
        let code = code.to_owned();
        Self(Box::new(Failure { status, code, detail, hint: None, errors: Vec::new(), retry_after: None, allow: None }))
    }

    /// A parameter that is wrong.
    pub(crate) fn parameter(code: &str, parameter: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let place = json!({"parameter": parameter, "code": code, "detail": detail});
        let mut problem = Self::new(StatusCode::BAD_REQUEST, code, format!("{parameter}: {detail}"));
        problem.0.errors.push(place);
        problem
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub(crate) fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            .hint("a token goes into the header `Authorization: Bearer pcs_...`")
    }

    /// A partner that does not exist for whoever asks, whether the ledger knows it or not.
    pub(crate) fn unknown_partner(partner: &PartnerId) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_partner", format!("the ledger knows no partner {partner}"))
    }

    pub(crate) fn busy(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).soon()
    }

    pub(crate) fn too_many(detail: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail).soon()
    }

    /// A token that cannot be checked before its issuer was asked, after so many seconds.
    pub(crate) fn issuer_unreachable(seconds: u32) -> Self {
        let detail = "the issuer of the token cannot be reached";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unreachable", detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    /// Something that is not meant to happen. What it was, the log says.
    pub(crate) fn failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the request failed: the log of the service says why")
    }

    /// A ledger that cannot be used, by the code of the failure. What it was, the log says.
    pub(crate) fn of_ledger(status: StatusCode, code: &'static str) -> Self {
        let (detail, hint) = match code {
            "interrupted" => return Self::busy("it took too long, and nothing was recorded"),
            "locked" => ("another process has the ledger", Some(LOCKED)),
            "no_ledger" => ("there is no ledger at its place any more", None),
            "corrupt" => ("the ledger is damaged", Some("`pcs verify` names the first broken thing")),
            "disk_full" => ("there is no room left for the ledger", Some("make room and try again")),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => ("the ledger cannot be read", None),
            _ => return Self::failed(),
        };
        let mut problem = Self::new(status, code, format!("{detail}: the log of the service says more"));
        problem.0.hint = hint.map(str::to_owned);
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.soon() } else { problem }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same, of a line of the body.
    pub(crate) fn on_line(mut self, line: u64) -> Self {
        let place = json!({"line": line, "code": self.code, "detail": self.detail});
        self.0.errors.push(place);
        self
    }

    /// The same, which is worth trying again soon.
    fn soon(mut self) -> Self {
        self.0.retry_after = Some(SOON);
        self
    }

    /// What went wrong, in a sentence.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do about it, where something is known.
    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The problem of a response that something else than this service made: a path that there is not, a method.
    pub(crate) fn of_status(status: StatusCode, allow: Option<HeaderValue>) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("out_of_range", "there is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => ("malformed", "the address does not have this method"),
            StatusCode::LENGTH_REQUIRED => ("malformed", "the length of the body is needed: `Content-Length`"),
            StatusCode::URI_TOO_LONG => ("too_large", "the address is too long"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ("too_large", "the headers are too large"),
            _ => ("malformed", "the request cannot be read"),
        };
        let mut problem = Self::new(status, code, detail);
        problem.0.allow = allow;
        problem
    }

    /// The response to the request of an id.
    pub(crate) fn response(self, instance: Uuid, base_path: &str) -> Response {
        let Failure { status, code, detail, hint, errors, retry_after, allow } = *self.0;
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("{base_path}/problems/{code}")));
        body.insert("title".to_owned(), json!(status.canonical_reason().unwrap_or("Failed")));
        body.insert("status".to_owned(), json!(status.as_u16()));
        body.insert("detail".to_owned(), json!(detail));
        body.insert("instance".to_owned(), json!(format!("urn:uuid:{instance}")));
        body.insert("code".to_owned(), json!(code));
        body.extend(hint.map(|hint| ("hint".to_owned(), json!(hint))));
        if !errors.is_empty() {
            body.insert("errors".to_owned(), Value::from(errors));
        }
        let mut response = (status, Value::from(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        headers.extend(allow.map(|allow| (header::ALLOW, allow)));
        response
    }
}

/// The status of a failure of the library.
fn status_of(error: &Error) -> StatusCode {
    Code::named(error.code()).and_then(Code::status).unwrap_or_else(|| {
        // What is refused of a request is its fault; whatever else fails is not.
        let is_refused = error.exit_code() == 2 || error.is_refusal();
        if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR }
    })
}

/// A hint that names parameters in the place of the options of a command: `--carry-from M` is `carry_from=M`.
fn in_parameters(hint: &str) -> String {
    let parts = hint.split('`').enumerate().map(|(nth, part)| {
        let is_quoted = nth % 2 == 1;
        let Some(options) = part.strip_prefix("--").filter(|_| is_quoted) else { return part.to_owned() };
        let parameter = |option: &str| {
            let (name, value) = option.split_once(' ').unwrap_or((option, ""));
            let and = if value.is_empty() { "" } else { "=" };
            format!("{}{and}{value}", name.replace('-', "_"))
        };
        options.split(" --").map(parameter).collect::<Vec<_>>().join("&")
    });
    parts.collect::<Vec<_>>().join("`")
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = status_of(&error);
        if status.is_server_error() {
            // Paths and what the operating system says are for the operator.
            let text = error.to_text();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                // It passes by itself.
                tracing::warn!("{}", text.trim_end());
            } else {
                tracing::error!("{}", text.trim_end());
            }
            return Self::of_ledger(status, error.code());
        }
        let code = if error.code() == "usage" { "bad_value" } else { error.code() };
        let error = error.map_hints(in_parameters);
        let told: Value = serde_json::from_str(&error.to_json()).unwrap_or_default();
        let told = &told["error"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let place = |one: &Value, code: &Value| {
            let fields =
                [("line", &one["line"]), ("column", &one["column"]), ("code", code), ("detail", &one["message"])];
            let said = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::from(said.map(|(name, value)| (name.to_owned(), value.clone())).collect::<Map<_, _>>())
        };
        let refused = told["first"].as_array().into_iter().flatten().take(PLACES);
        let mut errors: Vec<Value> = refused.map(|one| place(one, &one["code"])).collect();
        if errors.is_empty() && !told["line"].is_null() {
            errors.push(place(told, &json!(code)));
        }
        let detail = text(&told["message"]).unwrap_or_else(|| error.to_string());
        let mut problem = Self::new(status, code, detail);
        problem.0.hint = told["hints"].as_array().and_then(|hints| hints.first()).and_then(text);
        problem.0.errors = errors;
        problem
    }
}

impl IntoResponse for Problem {
    /// A response without a body: the guard writes it, which knows the id of the request.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use app::Error;
    use app::append::{Handed, ReadChoice};
    use serde_json::json;

    use super::{LOCKED, Problem, in_parameters};

    #[test]
    fn a_refused_line_is_told_with_its_column() {
        let choice = ReadChoice { key: None, dry_run: false, longest: 100 };
        let problem = Problem::from(Handed::read(b"\n{\"type\" x}\n", choice).unwrap_err());
        let place = &problem.errors[0];
        assert_eq!((&place["line"], &place["column"], &place["code"]), (&json!(2), &json!(9), &json!("malformed")));
    }

    #[test]
    fn hints_name_parameters_in_the_place_of_options() {
        for (hint, told) in [
            ("`--from D --to D`, or `--as-of D --known-from K`", "`from=D&to=D`, or `as_of=D&known_from=K`"),
            ("`--carry-from` names a month up to that one", "`carry_from` names a month up to that one"),
            ("`pcs import --kind X` names it -- so", "`pcs import --kind X` names it -- so"),
        ] {
            assert_eq!(in_parameters(hint), told);
        }
        let locked = Problem::from(Error::new("locked", "another process has it").hint("`--wait SECONDS` waits"));
        assert_eq!(locked.hint_text(), Some(LOCKED));
    }

    #[test]
    fn what_fails_by_no_fault_of_a_request_has_its_own_status() {
        let failed = |kind: io::ErrorKind| Problem::from(Error::file("write", "log")(kind.into()));
        let full = failed(io::ErrorKind::StorageFull);
        assert_eq!((full.status.as_u16(), full.code.as_str()), (507, "disk_full"));
        assert!(full.hint_text().is_some() && !full.detail().contains("log\""), "{}", full.detail());
        // What the operating system says of a file is for the operator.
        let denied = failed(io::ErrorKind::PermissionDenied);
        assert_eq!((denied.status.as_u16(), denied.code.as_str()), (500, "failed"));
        assert!(!denied.detail().contains("log\""), "{}", denied.detail());
        let locked = Problem::from(Error::new("locked", "another process has the ledger at /srv/ledger"));
        assert_eq!((locked.status.as_u16(), locked.retry_after), (503, Some(1)));
        assert!(!locked.detail().contains("/srv"), "{}", locked.detail());
    }
}
