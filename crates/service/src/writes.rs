//! What is recorded over HTTP: events, and reports as they come.

use std::sync::Arc;
use std::time::Instant;

use app::Error;
use app::append::Handed;
use app::import::{AskedKind, Request as Import};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ledger::PartnerId;
use reports::Kind;
use uuid::Uuid;

use crate::appends::Appends;
use crate::guard;
use crate::parameter_table::{AUTO, kinds};
use crate::problem::Problem;
use crate::route_table::{EVENTS, REPORTS};
use crate::routes::read_bytes;
use crate::shared::Shared;
use crate::token::Scope;

/// The header with the key under which the same request is the same.
const KEY: &str = "idempotency-key";
/// Bytes of events that are read at once: handing them to another thread takes longer.
const SMALL: usize = 8 << 10;
/// What a report is called that has no name.
const UNNAMED: &str = "report";

/// What records.
#[derive(Clone)]
pub(crate) struct Writing {
    pub(crate) shared: Arc<Shared>,
    /// Where events go; nothing where the service only reads.
    pub(crate) appends: Option<Arc<Appends>>,
}

impl Writing {
    /// Lets whoever shows a token for it record something.
    async fn check(&self, headers: &HeaderMap) -> Result<&Arc<Appends>, Problem> {
        let access = guard::access(&self.shared, headers, Scope::Write).await?;
        access.check_all_partners()?;
        let only_reads = || Problem::forbidden("this service only reads").hint("`pcs serve --write` records, too");
        self.appends.as_ref().ok_or_else(only_reads)
    }
}

/// `POST /v1/events`
pub(crate) async fn events(State(writing): State<Writing>, request: Request) -> Response {
    record(writing, request).await.unwrap_or_else(Problem::into_response)
}

async fn record(writing: Writing, request: Request) -> Result<Response, Problem> {
    let appends = writing.check(request.headers()).await?;
    let (parts, body) = request.into_parts();
    let parameters = EVENTS.parameters(parts.uri.query(), writing.shared.today())?;
    let dry_run = parameters.is_set("dry_run")?;
    let key = match parts.headers.get(KEY) {
        None => None,
        Some(key) => {
            let key = key.to_str().ok().and_then(|text| Uuid::parse_str(text.trim_matches('"')).ok());
            Some(key.ok_or_else(|| Problem::parameter("bad_value", "Idempotency-Key", "a UUID is wanted"))?)
        }
    };
    let body = read_bytes(&writing.shared, &parts.headers, body, Some(EVENTS.bodies)).await?;
    let limit = writing.shared.settings.limits.request;
    let handed = if body.len() <= SMALL {
        Handed::read(&body, key, dry_run)?
    } else {
        writing.shared.work.run(limit, move || Handed::read(&body, key, dry_run)).await??
    };
    let begun = Instant::now();
    let appended = appends.append(handed).await?;
    writing.shared.metrics.appended(begun.elapsed());
    Ok(json(appended.to_json()))
}

/// `POST /v1/reports`
pub(crate) async fn reports(State(writing): State<Writing>, request: Request) -> Response {
    import(writing, request).await.unwrap_or_else(Problem::into_response)
}

async fn import(writing: Writing, request: Request) -> Result<Response, Problem> {
    writing.check(request.headers()).await?;
    let shared = Arc::clone(&writing.shared);
    let (parts, body) = request.into_parts();
    let parameters = REPORTS.parameters(parts.uri.query(), shared.today())?;
    let from_name = |name: &str| match name {
        AUTO => Some(AskedKind::Auto),
        name => Kind::ALL.iter().find(|kind| kind.name() == name).map(|kind| AskedKind::Report(*kind)),
    };
    let name = parameters.text("name").unwrap_or(UNNAMED);
    let request = Import {
        kind: Some(parameters.named("kind", &kinds(), from_name)?.unwrap_or(AskedKind::Auto)),
        partner: parameters.optional("partner", PartnerId::new)?,
        downloaded: parameters.day("downloaded")?,
        snapshot: parameters.is_set("snapshot")?,
        dry_run: parameters.is_set("dry_run")?,
        ..Import::default()
    };
    let name = name.to_owned();
    let body = read_bytes(&shared, &parts.headers, body, None).await?;
    let work = {
        let shared = Arc::clone(&shared);
        move || import_file(&shared, request, &name, &body)
    };
    let answer = shared.work.run(shared.settings.limits.report, work).await?;
    shared.ledger.refresh();
    Ok(json(answer?))
}

/// Imports a file from a directory of its own: what is recorded of it names the file as it was called.
fn import_file(shared: &Shared, request: Import, name: &str, body: &[u8]) -> Result<String, Error> {
    let dir = tempfile::tempdir().map_err(Error::file("make", std::env::temp_dir()))?;
    let path = dir.path().join(name);
    std::fs::write(&path, body).map_err(Error::file("write", name))?;
    let request = Import { files: vec![path], ..request };
    shared.with_own_session(|session| {
        let mut nothing: Box<dyn std::io::Read + Send> = Box::new(std::io::empty());
        request.run(session, &mut nothing).map(|counts| counts.to_json())
    })
}

fn json(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, text).into_response()
}
