//! What is recorded, told as it comes: server-sent events.
//!
//! Every entry is told once, in the order of the log, past and new alike; whoever comes back says with `Last-Event-ID`
//! where it was. An event `at` says up to where all was looked at, so that a stream of one partner comes back near its end.
#![allow(clippy::indexing_slicing, reason = "a value of JSON has null for what it lacks")]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use app::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Frame;
use ledger::{EntryLine, PartnerId, Reader, named};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::access::Access;
use crate::exchange::Exchange;
use crate::guard;
use crate::ledger_watch::OpenLedger;
use crate::parameters::{header_once, whole_number};
use crate::problem::Problem;
use crate::route_table::STREAM;
use crate::shared::Shared;
use crate::token::Scope;
use crate::work::aside;

/// The header with the seq up to which a client knows what was told.
const LAST: &str = "Last-Event-ID";
/// Pieces that may wait for a client that reads slowly.
const WAITING: usize = 4;
/// Bytes after which a piece ends: some 256 KiB wait for a client, unless lines are long.
const PIECE: usize = 64 << 10;
/// Entries that are looked at for a piece.
const AT_ONCE: u64 = 1_024;
/// How often something is told, though nothing is new.
const EVERY: Duration = Duration::from_secs(15);
/// The header by which nginx hands events on as they come.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

named! {
    /// What an entry is told in.
    pub(crate) enum Envelope {
        /// An event of `CloudEvents` 1.0.
        CloudEvents = "cloudevents",
    }
}

/// What is told, and to whom.
#[derive(Clone)]
struct Told {
    partner: Option<PartnerId>,
    /// Whether entries are told, and not only that there are some.
    entries: bool,
    /// The origin of the ledger, where entries are told as `CloudEvents`.
    cloud_events: Option<String>,
}

/// The events of some entries.
struct Piece {
    text: String,
    /// The entry behind those that were looked at.
    end_exclusive: u64,
}

/// What a client reads of a stream.
struct Pieces(mpsc::Receiver<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// `/v1/stream`
pub(crate) async fn of_all(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    open(shared, request, false).await.unwrap_or_else(Problem::into_response)
}

/// `/v1/partners/{p}/stream`
pub(crate) async fn of_partner(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    open(shared, request, true).await.unwrap_or_else(Problem::into_response)
}

async fn open(shared: Arc<Shared>, request: Request, is_of_partner: bool) -> Result<Response, Problem> {
    // From before it is known what the token lets do: what is taken back later ends the stream.
    let reloads = shared.reloads.subscribe();
    let access = guard::access(&shared, request.headers(), Scope::Read).await?;
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
    if let Some(partner) = partner.clone() {
        let reader = Arc::clone(&reader);
        if aside(move || count(&reader, Some(&partner), reader.size())).await?? == 0 {
            return Err(Problem::unknown_partner(&exchange.partner()?));
        }
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
    let cloud_events = match envelope {
        None => None,
        Some(Envelope::CloudEvents) => Some(
            aside({
                let shared = Arc::clone(&shared);
                move || shared.origin()
            })
            .await??,
        ),
    };
    let place =
        Arc::clone(&shared.streams).try_acquire_owned().map_err(|_| Problem::busy("too many streams are open"))?;
    let (sender, pieces) = mpsc::channel(WAITING);
    let told = Told { partner, entries: access.covers(Scope::Audit), cloud_events };
    let teller = Teller { readers: shared.ledger.readers(), shared, access, told, next, sender };
    tokio::spawn(async move {
        let _place = place;
        teller.tell(reloads).await;
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (UNBUFFERED, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::new(Pieces(pieces))).into_response())
}

/// What tells a client, as long as that may read.
struct Teller {
    shared: Arc<Shared>,
    readers: watch::Receiver<Arc<OpenLedger>>,
    access: Access,
    told: Told,
    /// The entry that is looked at next.
    next: u64,
    sender: mpsc::Sender<Bytes>,
}

/// Why a stream ends before its service does.
struct Ended;

impl Teller {
    /// Tells what there is and what comes, until the service ends, other tokens are taken, or the client goes away or reads
    /// too slowly: it comes back where it was, if it still may.
    async fn tell(self, mut reloads: watch::Receiver<()>) {
        let mut ends = self.shared.ends.subscribe();
        let sender = self.sender.clone();
        tokio::select! {
            biased;
            _ = ends.wait_for(|ends| *ends) => {}
            _ = reloads.changed() => {}
            () = sender.closed() => {}
            told = self.tell_all() => drop(told),
        }
    }

    async fn tell_all(mut self) -> Result<(), Ended> {
        self.send("retry: 2000\n\n".to_owned()).await?;
        // Up to where was looked when that was said last.
        let mut said = self.next;
        loop {
            let reader = Arc::clone(&self.readers.borrow_and_update());
            let mut quiet_since = Instant::now();
            while self.next < reader.size() {
                let Piece { text, end_exclusive } =
                    self.read(&reader, |reader, told, next| told.piece(reader, next)).await?;
                if !text.is_empty() {
                    self.send(text).await?;
                }
                self.next = end_exclusive;
                if quiet_since.elapsed() >= EVERY {
                    self.say(&reader, &mut said).await?;
                    quiet_since = Instant::now();
                }
            }
            self.say(&reader, &mut said).await?;
            tokio::select! {
                changed = self.readers.changed() => changed.map_err(|_| Ended)?,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Says up to where all was looked at.
    async fn say(&mut self, reader: &Arc<OpenLedger>, said: &mut u64) -> Result<(), Ended> {
        let before = std::mem::replace(said, self.next);
        let text = self.read(reader, move |reader, told, next| told.at(reader, before, next)).await?;
        self.send(text).await
    }

    /// Reads something of the ledger from the next entry on.
    async fn read<T: Send + 'static>(
        &self,
        reader: &Arc<OpenLedger>,
        read: impl FnOnce(&Reader, &Told, u64) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Ended> {
        if !self.access.holds(self.shared.now()) {
            return Err(Ended);
        }
        let (reader, told, next) = (Arc::clone(reader), self.told.clone(), self.next);
        let read = aside(move || read(&reader, &told, next)).await.map_err(|_| Ended)?;
        read.map_err(|error| {
            tracing::error!("a stream ended: {}", error.to_text().trim_end());
            Ended
        })
    }

    /// Sends something, unless the client reads nothing for as long as a request may take.
    async fn send(&self, text: String) -> Result<(), Ended> {
        let patience = self.shared.settings.limits.request;
        let sent = tokio::time::timeout(patience, self.sender.send(text.into())).await;
        sent.map_err(|_| Ended)?.map_err(|_| Ended)
    }
}

/// The entries of a partner, or of all, among the first ones.
fn count(reader: &Reader, partner: Option<&PartnerId>, end_exclusive: u64) -> Result<u64, Error> {
    match partner {
        Some(partner) => Ok(reader.count(partner.as_str(), end_exclusive)? as u64),
        None => Ok(end_exclusive),
    }
}

impl Told {
    /// Up to where all was looked at, and how many entries are new since that was said before.
    fn at(&self, reader: &Reader, before: u64, next: u64) -> Result<String, Error> {
        let count = |end| count(reader, self.partner.as_ref(), end);
        let (size, new) = (count(reader.size())?, count(next)?.saturating_sub(count(before)?));
        let id = next.checked_sub(1).map(|seq| format!("id: {seq}\n")).unwrap_or_default();
        Ok(format!("{id}event: at\ndata: {}\n\n", json!({"size": size, "new": new})))
    }

    /// The events of the next entries, up to the length of a piece.
    fn piece(&self, reader: &Reader, next: u64) -> Result<Piece, Error> {
        let end = if self.entries { reader.size().min(next + AT_ONCE) } else { reader.size() };
        let mut piece = Piece { text: String::new(), end_exclusive: if self.entries { next } else { end } };
        while piece.end_exclusive < end && piece.text.len() < PIECE {
            let seq = piece.end_exclusive;
            piece.end_exclusive += 1;
            let line = reader.line(seq)?;
            let whose = EntryLine::split(&line).and_then(|line| line.partner());
            if self.partner.as_ref().is_some_and(|partner| whose != Some(partner.as_str())) {
                continue;
            }
            let data = match &self.cloud_events {
                Some(origin) => cloud_event(origin, seq, &line)?,
                None => line,
            };
            for part in [&format!("id: {seq}\nevent: entry\ndata: "), &data, "\n\n"] {
                piece.text.push_str(part);
            }
        }
        Ok(piece)
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::Bytes;
    use ledger::{PartnerId, Timestamp};
    use tokio::sync::mpsc;

    use super::{PIECE, Teller, Told, WAITING};
    use crate::access::Access;
    use crate::shared::Shared;
    use crate::testing::{Events as _, PARTNER, new_ledger, now, settings, shared};
    use crate::token::{Scope, Tokens};

    const ENTRIES: u64 = 3_000;

    /// A service with entries, and a stream of all of them that nobody has read of yet.
    fn stream(access: impl FnOnce(Access) -> Access) -> (tempfile::TempDir, Teller, mpsc::Receiver<Bytes>) {
        let dir = tempfile::tempdir().unwrap();
        new_ledger(dir.path()).append_some(0, ENTRIES);
        let shared = shared(settings(dir.path()), Tokens::default());
        let (sender, pieces) = mpsc::channel(WAITING);
        let all = Access { name: "one".to_owned(), scopes: vec![Scope::Audit], partners: [].into(), expires: None };
        let told = Told { partner: None, entries: true, cloud_events: None };
        let readers = shared.ledger.readers();
        (dir, Teller { shared, readers, access: access(all), told, next: 0, sender }, pieces)
    }

    /// What is told from a change on that happens while much waits for the client.
    async fn told_after(change: impl FnOnce(&Shared)) -> String {
        let (_dir, teller, mut pieces) = stream(|all| all);
        let (shared, reloads) = (Arc::clone(&teller.shared), teller.shared.reloads.subscribe());
        let task = tokio::spawn(teller.tell(reloads));
        while pieces.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        change(&shared);
        task.await.unwrap();
        let mut told = Vec::new();
        while let Some(piece) = pieces.recv().await {
            told.extend(piece);
        }
        String::from_utf8(told).unwrap()
    }

    #[tokio::test]
    async fn whoever_is_behind_reads_no_further_once_other_tokens_are_taken_or_the_service_ends() {
        for told in [told_after(|shared| shared.reloads.send_replace(())).await, told_after(Shared::drain).await] {
            // What waits for a client has a bound in bytes.
            assert!(told.len() <= WAITING * (PIECE + 1_024), "{}", told.len());
            assert!(!told.contains("event: at"));
        }
    }

    #[tokio::test]
    async fn whoever_is_behind_reads_no_further_once_the_token_is_not_taken_any_more() {
        let (_dir, teller, mut pieces) =
            stream(|all| Access { expires: Some(Timestamp::from_micros(now().micros() - 1)), ..all });
        let reloads = teller.shared.reloads.subscribe();
        teller.tell(reloads).await;
        assert_eq!(pieces.recv().await.as_deref(), Some(&b"retry: 2000\n\n"[..]));
        assert_eq!(pieces.recv().await, None);
    }

    #[tokio::test]
    async fn a_stream_ends_when_its_client_goes_away() {
        let (_dir, mut teller, mut pieces) = stream(|all| all);
        teller.next = ENTRIES;
        let reloads = teller.shared.reloads.subscribe();
        let task = tokio::spawn(teller.tell(reloads));
        // It has told all that there is, and waits.
        while pieces.recv().await.is_none_or(|piece| !piece.starts_with(b"id: ")) {}
        drop(pieces);
        tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn how_far_it_looked_is_said_while_much_is_told() {
        let (_dir, teller, _pieces) = stream(|all| all);
        let reader = teller.readers.borrow().clone();
        let told = Told { partner: Some(PartnerId::new(PARTNER).unwrap()), ..teller.told };
        let (first, at) = (told.piece(&reader, 0).unwrap(), told.at(&reader, 100, 150).unwrap());
        assert!(first.text.len() < PIECE + 1_024 && first.end_exclusive < ENTRIES, "{}", first.end_exclusive);
        assert_eq!(at, "id: 149\nevent: at\ndata: {\"size\":3000,\"new\":50}\n\n");
    }
}
