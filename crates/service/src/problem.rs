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
            "locked" => ("another process has the ledger", None),
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

/// The status of a code of the library.
fn status_of(error: &Error) -> StatusCode {
    match error.code() {
        "usage" | "malformed" | "unknown_type" | "unknown_field" | "missing_field" | "bad_value" => {
            StatusCode::BAD_REQUEST
        }
        "unknown_partner" | "out_of_range" | "not_found" => StatusCode::NOT_FOUND,
        // Without its key, the ledger is in no state to sign.
        "ahead_of_ledger" | "wrong_build" | "no_key" => StatusCode::CONFLICT,
        "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "before_program" | "unknown_event" | "id_reused" | "unknown_report" | "no_report" => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        "locked" | "no_ledger" => StatusCode::SERVICE_UNAVAILABLE,
        "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
        // What is refused of a request has a code of its own; whatever else fails is no fault of it.
        _ if error.exit_code() == 2 || error.is_refusal() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
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
        let told: Value = serde_json::from_str(&error.to_json()).unwrap_or_default();
        let told = &told["error"];
        let code = if error.code() == "usage" { "bad_value" } else { error.code() };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let place = |line: &Value, code: &Value, detail: &Value| {
            let mut place = Map::new();
            if !line.is_null() {
                place.insert("line".to_owned(), line.clone());
            }
            place.insert("code".to_owned(), code.clone());
            place.insert("detail".to_owned(), detail.clone());
            Value::from(place)
        };
        let refused = told["first"].as_array().into_iter().flatten().take(PLACES);
        let mut errors: Vec<Value> = refused.map(|one| place(&one["line"], &one["code"], &one["message"])).collect();
        if errors.is_empty() && !told["line"].is_null() {
            errors.push(place(&told["line"], &json!(code), &told["message"]));
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

    use super::Problem;

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
