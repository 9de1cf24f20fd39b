//! What is recorded, told as it comes: server-sent events.
//!
//! Every entry is told once, in the order of the log, past and new alike; whoever comes back says with `Last-Event-ID`
//! where it was. An event `at` says up to where all was looked at, so that a stream of one partner comes back near its end.
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

use std::sync::Arc;
use std::time::Duration;

use app::Error;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{Channel, Sender};
use ledger::{EntryLine, PartnerId, Reader, named};
use serde_json::{Value, json};

use crate::access::Access;
use crate::exchange::Exchange;
use crate::guard;
use crate::parameters::{header_once, whole_number};
use crate::problem::Problem;
use crate::route_table::STREAM;
use crate::shared::Shared;
use crate::token::Scope;

/// The header with the seq up to which a client knows what was told.
const LAST: &str = "Last-Event-ID";
/// Entries that may wait for a client that reads slowly.
const WAITING: usize = 1_024;
/// Entries that are read at once.
const AT_ONCE: u64 = 256;
/// How often something is told, though nothing is new.
const EVERY: Duration = Duration::from_secs(15);

named! {
    /// What an entry is told in.
    pub(crate) enum Envelope {
        /// An event of `CloudEvents` 1.0.
        CloudEvents = "cloudevents",
    }
}

/// What is told, and to whom.
struct Told {
    partner: Option<PartnerId>,
    /// Whether entries are told, and not only that there are some.
    entries: bool,
    /// The origin of the ledger, where entries are told as `CloudEvents`.
    cloud_events: Option<String>,
    next: u64,
}

/// `/v1/stream`
pub(crate) async fn of_all(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    open(shared, request, false).unwrap_or_else(Problem::into_response)
}

/// `/v1/partners/{p}/stream`
pub(crate) async fn of_partner(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    open(shared, request, true).unwrap_or_else(Problem::into_response)
}

fn open(shared: Arc<Shared>, request: Request, is_of_partner: bool) -> Result<Response, Problem> {
    let access = guard::access(&shared, request.headers(), Scope::Read)?;
    let (parts, _) = request.into_parts();
    let parameters = STREAM.parameters(parts.uri.query(), shared.today())?;
    let path = parts.uri.path().to_owned();
    let exchange =
        Exchange { shared: Arc::clone(&shared), path, headers: parts.headers, access: access.clone(), body: None };
    let partner = if is_of_partner { Some(exchange.partner()?) } else { None };
    if !is_of_partner {
        access.check_all_partners()?;
    }
    let reader = shared.ledger.reader();
    if let Some(partner) = &partner
        && reader.count(partner.as_str(), reader.size()).map_err(Error::from)? == 0
    {
        return Err(Problem::unknown_partner(partner));
    }
    let seen = header_once(&exchange.headers, LAST)?
        .map(|text| whole_number(text).ok_or_else(|| Problem::parameter("bad_value", LAST, "a seq is wanted")));
    let next = match (seen.transpose()?, parameters.whole("from_seq")?) {
        (Some(seen), _) if seen >= reader.size() => {
            let detail = format!("the ledger has {} entries, and none of the seq {seen} yet", reader.size());
            return Err(Problem::new(StatusCode::CONFLICT, "ahead_of_ledger", detail));
        }
        (Some(seen), _) => seen + 1,
        (None, Some(from)) if from > reader.size() => {
            let detail = format!("the ledger has {} entries: the next one has that seq", reader.size());
            return Err(Problem::new(StatusCode::CONFLICT, "ahead_of_ledger", detail));
        }
        (None, Some(from)) => from,
        (None, None) => reader.size(),
    };
    let envelope = parameters.named("envelope", Envelope::NAMES, Envelope::from_name)?;
    let cloud_events = envelope.map(|Envelope::CloudEvents| shared.origin()).transpose()?;
    let place =
        Arc::clone(&shared.streams).try_acquire_owned().map_err(|_| Problem::busy("too many streams are open"))?;
    let (sender, body) = Channel::<Bytes, std::convert::Infallible>::new(WAITING);
    let told = Told { partner, entries: access.covers(Scope::Audit), cloud_events, next };
    tokio::spawn(async move {
        let _place = place;
        // A client that goes away, or reads too slowly, comes back where it was.
        drop(tell(shared, told, sender, access).await);
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// Why a stream ends before its service does.
struct Ended;

async fn tell(shared: Arc<Shared>, mut told: Told, mut sender: Sender<Bytes>, access: Access) -> Result<(), Ended> {
    let (mut sizes, mut ends) = (shared.ledger.sizes(), shared.ends.subscribe());
    let mut reloads = shared.reloads.subscribe();
    // How long a client may read nothing while entries wait for it.
    let patience = shared.settings.limits.request;
    send(&mut sender, "retry: 2000\n\n".to_owned(), patience).await?;
    let mut is_told = false;
    loop {
        let reader = shared.ledger.reader();
        let size = reader.size();
        sizes.mark_unchanged();
        let before = told.next;
        while told.next < size {
            let (from, to) = (told.next, size.min(told.next + AT_ONCE));
            let (partner, entries, cloud) = (told.partner.clone(), told.entries, told.cloud_events.clone());
            let read = tokio::task::spawn_blocking({
                let reader = Arc::clone(&reader);
                move || texts(&reader, (from, to), partner.as_ref(), entries, cloud.as_deref())
            });
            for text in read.await.map_err(|_| Ended)?.map_err(|_| Ended)? {
                send(&mut sender, text, patience).await?;
            }
            told.next = to;
        }
        if before < told.next || !is_told {
            is_told = true;
            send(&mut sender, at(&reader, &told, told.next.saturating_sub(before)), patience).await?;
        }
        tokio::select! {
            changed = sizes.changed() => changed.map_err(|_| Ended)?,
            _ = ends.wait_for(|ends| *ends) => return Ok(()),
            // Whoever still has a token comes back where it was.
            _ = reloads.changed() => return Err(Ended),
            () = tokio::time::sleep(EVERY) => is_told = false,
        }
        if !access.holds(shared.now()) {
            return Err(Ended);
        }
    }
}

/// Up to where all was looked at.
fn at(reader: &Reader, told: &Told, looked_at: u64) -> String {
    let size = match &told.partner {
        Some(partner) => reader.count(partner.as_str(), reader.size()).unwrap_or_default() as u64,
        None => reader.size(),
    };
    let new = match &told.partner {
        Some(partner) => {
            let before = reader.count(partner.as_str(), told.next - looked_at).unwrap_or_default() as u64;
            size.saturating_sub(before)
        }
        None => looked_at,
    };
    let id = told.next.checked_sub(1).map(|seq| format!("id: {seq}\n")).unwrap_or_default();
    format!("{id}event: at\ndata: {}\n\n", json!({"size": size, "new": new}))
}

/// The entries from one place to another, as events.
fn texts(
    reader: &Reader,
    (from, to): (u64, u64),
    partner: Option<&PartnerId>,
    entries: bool,
    origin: Option<&str>,
) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    if !entries {
        return Ok(texts);
    }
    for seq in from..to {
        let line = reader.line(seq)?;
        let whose = EntryLine::split(&line).and_then(|line| line.partner());
        if partner.is_some_and(|partner| whose != Some(partner.as_str())) {
            continue;
        }
        let data = origin.map_or_else(|| Ok(line.clone()), |origin| cloud_event(origin, seq, &line))?;
        texts.push(format!("id: {seq}\nevent: entry\ndata: {data}\n\n"));
    }
    Ok(texts)
}

/// An entry as an event of `CloudEvents` 1.0.
fn cloud_event(origin: &str, seq: u64, line: &str) -> Result<String, Error> {
    let broken = |error: serde_json::Error| Error::new("corrupt", format!("entry {seq} is no JSON: {error}"));
    let data: Value = serde_json::from_str(line).map_err(broken)?;
    let mut event = json!({
        "specversion": "1.0", "id": seq.to_string(), "source": origin,
        "type": format!("pcs.{}", data["event"]["type"].as_str().unwrap_or_default()),
        "time": data["recorded_at"], "datacontenttype": "application/json",
    });
    if let Some(fields) = event.as_object_mut() {
        let partner = &data["event"]["partner"];
        if !partner.is_null() {
            fields.insert("subject".to_owned(), partner.clone());
        }
        fields.insert("data".to_owned(), data);
    }
    Ok(event.to_string())
}

async fn send(sender: &mut Sender<Bytes>, text: String, patience: Duration) -> Result<(), Ended> {
    match tokio::time::timeout(patience, sender.send_data(text.into())).await {
        Ok(sent) => sent.map_err(|_| Ended),
        Err(_) => Err(Ended),
    }
}
