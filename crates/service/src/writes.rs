//! What is recorded over HTTP: events, and reports as they come.

use std::sync::Arc;
use std::time::Instant;

use app::Error;
use app::append::{Handed, ReadChoice};
use app::import::{AskedKind, Request as Import};
use app::interrupt::Interrupt;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ledger::PartnerId;
use reports::Kind;
use tokio::sync::Semaphore;

use crate::appends::Appends;
use crate::guard;
use crate::parameter_table::{AUTO, kinds};
use crate::parameters::header_once;
use crate::problem::Problem;
use crate::route_table::{EVENTS, REPORTS};
use crate::routes::{SMALL, read_bytes};
use crate::shared::Shared;
use crate::token::Scope;

/// The header with the key under which the same request is the same.
const KEY: &str = "Idempotency-Key";
/// Imports that are under way at a time.
const IMPORTS: usize = 8;
/// The signal by which an import is interrupted.
const TERM: u8 = 15;
/// What a report is called that has no name.
const UNNAMED: &str = "report";

/// What records.
#[derive(Clone)]
pub(crate) struct Writing {
    pub(crate) shared: Arc<Shared>,
    /// Where events go; nothing where the service only reads.
    pub(crate) appends: Option<Arc<Appends>>,
    /// The places of imports, which take none of questions.
    pub(crate) imports: Imports,
}

/// Imports that are under way: one has the ledger, and few wait for it with their files.
#[derive(Clone)]
pub(crate) struct Imports {
    under_way: Arc<Semaphore>,
    place: Arc<Semaphore>,
}

impl Default for Imports {
    fn default() -> Self {
        Self { under_way: Arc::new(Semaphore::new(IMPORTS)), place: Arc::new(Semaphore::new(1)) }
    }
}

/// Interrupts an import for which nobody waits any more, unless it is too late for that.
struct Interrupts(Interrupt);

impl Drop for Interrupts {
    fn drop(&mut self) {
        let _ = self.0.raise(TERM);
    }
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
    let key = header_once(&parts.headers, KEY)?.map(|text| {
        // A text of a structured header stands between quotation marks.
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let wanted = || Problem::parameter("bad_value", KEY, "a UUID in the hyphenated form is wanted");
        ledger::parse_uuid(text).ok_or_else(wanted)
    });
    let key = key.transpose()?;
    let body = read_bytes(&writing.shared, &parts.headers, body, Some(EVENTS.bodies)).await?;
    let limits = writing.shared.settings.limits;
    let choice = ReadChoice { key, dry_run, longest: limits.line };
    let handed = if body.len() <= SMALL {
        Handed::read(&body, choice)?
    } else {
        writing.shared.work.run(limits.request, move || Handed::read(&body, choice)).await??
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
    let _under_way = writing.imports.under_way.try_acquire().map_err(|_| Problem::busy("too many imports wait"))?;
    let body = read_bytes(&shared, &parts.headers, body, None).await?;
    let limit = shared.settings.limits.report;
    let waited = tokio::time::timeout(limit, Arc::clone(&writing.imports.place).acquire_owned()).await;
    let place = waited.map_err(|_| Problem::busy("other imports take too long"))?.map_err(|_| Problem::failed())?;
    let (interrupt, is_tried) = (Interrupt::default(), request.dry_run);
    let mut imported = tokio::task::spawn_blocking({
        let (shared, interrupt) = (Arc::clone(&shared), interrupt.clone());
        move || {
            let _place = place;
            let imported = import_file(&shared, interrupt, request, (&name, &body));
            shared.ledger.refresh();
            imported.map_err(Problem::from).inspect_err(|problem| {
                if matches!(problem.status, StatusCode::INTERNAL_SERVER_ERROR | StatusCode::INSUFFICIENT_STORAGE) {
                    shared.last_append.note(true);
                }
            })
        }
    });
    let interrupts = Interrupts(interrupt);
    let answer = if let Ok(answer) = tokio::time::timeout(limit, &mut imported).await {
        answer
    } else {
        // What it has begun to commit is recorded, and its answer is waited for.
        drop(interrupts);
        imported.await
    };
    let answer = answer.map_err(|error| {
        tracing::error!("an import ended in a panic: {error}");
        Problem::failed()
    })??;
    if !is_tried {
        shared.last_append.note(false);
    }
    Ok(json(answer))
}

/// Imports a file from a directory of its own: what is recorded of it names the file as it was called.
fn import_file(
    shared: &Shared,
    interrupt: Interrupt,
    request: Import,
    (name, body): (&str, &[u8]),
) -> Result<String, Error> {
    let dir = tempfile::tempdir().map_err(Error::file("make", std::env::temp_dir()))?;
    let path = dir.path().join(name);
    std::fs::write(&path, body).map_err(Error::file("write", name))?;
    let request = Import { files: vec![path], ..request };
    shared.with_own_session(|session| {
        session.world.interrupt = interrupt;
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
