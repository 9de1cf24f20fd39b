//! An answer in the form that was asked for, and how long it may be kept.

use std::sync::Arc;
use std::time::Instant;

use app::Error;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::exchange::Exchange;
use crate::kept::KeptAnswer;
use crate::ledger_watch::{OpenLedger, Prefix};
use crate::packing::weak;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::questions::Question;
use crate::route_table::Route;
use crate::work::aside;

/// What a question comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Produced {
    /// The lines that the command prints.
    pub(crate) lines: Vec<String>,
    /// The table that the command prints.
    pub(crate) csv: Option<String>,
    /// The picture that the command draws.
    pub(crate) svg: Option<String>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
    /// The answer in a sentence, where the chart has one.
    pub(crate) summary: Option<String>,
    /// The bytes of a file.
    pub(crate) file: Option<Vec<u8>>,
    /// The name under which a file is saved.
    pub(crate) file_name: Option<String>,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One object.
    Json,
    /// The lines of the command.
    JsonLines,
    /// A table.
    Csv,
    /// A picture.
    Svg,
    /// A file of a media type, in which there is nothing else.
    File(&'static str),
}

impl Form {
    /// The forms that a view of the page has of its own.
    pub(crate) const NAMES: [&str; 3] = ["json", "jsonl", "csv"];

    /// A form by its name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Json, Self::JsonLines, Self::Csv, Self::Svg].into_iter().find(|form| form.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::File(_) => "file",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::Csv => "text/csv",
            Self::Svg => "image/svg+xml",
            Self::File(media_type) => media_type,
        }
    }

    /// The form that a request asks for: by the parameter `format`, else by its header, else one object.
    ///
    /// # Errors
    /// 406 when it asks for no form that there is.
    pub(crate) fn of(parameters: &Parameters, headers: &HeaderMap, forms: &[Self]) -> Result<Self, Problem> {
        let first = *forms.first().ok_or_else(Problem::failed)?;
        let names: Vec<&str> = forms.iter().map(|form| form.name()).collect();
        let from_name = |name: &str| forms.iter().copied().find(|form| form.name() == name);
        if let Some(form) = parameters.named("format", &names, from_name)? {
            return Ok(form);
        }
        let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<Accepted> = accepted.flat_map(|value| value.split(',')).filter_map(Accepted::read).collect();
        if ranges.is_empty() {
            return Ok(first);
        }
        // By what is liked best; of what is liked alike, by the order in which it stands there.
        let liked = |form: &Self| {
            let fitting =
                ranges.iter().enumerate().filter_map(|(place, range)| Some((range.fits(*form)?, place, range)));
            let (_, place, range) = fitting.min_by_key(|(width, place, _)| (*width, *place))?;
            (range.quality > 0.0).then_some((range.quality, place))
        };
        let liked = forms.iter().filter_map(|form| Some((liked(form)?, *form)));
        let best = liked.reduce(|best, next| {
            let ((quality, place), (other, behind)) = (next.0, best.0);
            if quality > other || (quality.total_cmp(&other).is_eq() && place < behind) { next } else { best }
        });
        best.map(|(_, form)| form).ok_or_else(|| {
            let types: Vec<&str> = forms.iter().map(|form| form.media_type()).collect();
            let detail = format!("there is {} here", types.join(", "));
            Problem::new(StatusCode::NOT_ACCEPTABLE, "bad_value", detail)
        })
    }
}

/// Media types that a request takes, and how much it likes them (RFC 9110, 12.5.1).
struct Accepted {
    range: String,
    quality: f32,
}

impl Accepted {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
        let range = parts.next().filter(|range| !range.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").map(str::to_owned));
        let quality = quality.and_then(|text| text.parse().ok()).unwrap_or(1.0);
        Some(Self { range, quality })
    }

    /// How wide the range is that a form fits into, from 0 on.
    fn fits(&self, form: Form) -> Option<usize> {
        let own = form.media_type().split(';').next().unwrap_or_default();
        let group = own.split_once('/').map(|(group, _)| format!("{group}/*"));
        [Some(own), group.as_deref(), Some("*/*")].iter().position(|range| *range == Some(self.range.as_str()))
    }
}

impl Produced {
    /// Lines, of which the command prints any number.
    pub(crate) fn lines(lines: Vec<String>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// The bytes of a form.
    ///
    /// # Errors
    /// `failed` for a form that there is not.
    pub(crate) fn written(&self, form: Form, is_list: bool) -> Result<Vec<u8>, Problem> {
        let lines = || self.lines.iter().flat_map(|line| line.split('\n')).filter(|line| !line.is_empty());
        match form {
            Form::JsonLines => Ok(lines().flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()),
            Form::Csv => self.csv.clone().map(String::into_bytes).ok_or_else(Problem::failed),
            Form::Svg => self.svg.clone().map(String::into_bytes).ok_or_else(Problem::failed),
            Form::File(_) => self.file.clone().ok_or_else(Problem::failed),
            Form::Json if is_list => {
                let items: Vec<&str> = lines().collect();
                let next =
                    self.next.as_ref().map(|next| format!(",\"next\":{}", serde_json::Value::from(next.as_str())));
                Ok(format!("{{\"items\":[{}]{}}}", items.join(","), next.unwrap_or_default()).into_bytes())
            }
            Form::Json => Ok(lines().collect::<String>().into_bytes()),
        }
    }
}

/// Answers a question, or says that its answer is the one that was given before.
pub(crate) async fn answer(
    exchange: Exchange,
    route: &'static Route,
    question: Question,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let shared = Arc::clone(&exchange.shared);
    let form = Form::of(&parameters, &exchange.headers, route.forms)?;
    if let Some(build) = parameters.text("build").filter(|build| *build != shared.settings.build) {
        let detail = format!("the build of this service is {:?}, and not {build:?}", shared.settings.build);
        let hint = "leave `build` out: the built-in rules of another build may answer otherwise";
        return Err(Problem::new(StatusCode::CONFLICT, "wrong_build", detail).hint(hint));
    }
    let reader = shared.ledger.reader();
    let is_get = exchange.body.is_none();
    let asked_at = AskedAt::of(&parameters, &question)?;
    let (size, root) = known(&reader, asked_at.prefix(&reader)).await?;
    let path = format!("{}{}", shared.settings.base_path, exchange.path);
    let seen: Vec<&str> = exchange.access.partners.iter().map(ledger::PartnerId::as_str).collect();
    let (build, seen) = (&shared.settings.build, seen.join("\n"));
    let today = if question.begins_today { parameters.today().to_string() } else { String::new() };
    let asked = format!("{build}\n{path}\n{}\n{}\n{today}\n{seen}\n", parameters.canonical(), form.name());
    let digest = Sha256::new().chain_update(asked).chain_update(size.to_le_bytes()).chain_update(root).finalize();
    let tag = tag_of(digest);
    let mut headers = HeaderMap::new();
    let text = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::failed());
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Authorization, Cookie"));
    if is_get {
        headers.insert(header::ETAG, text(tag.clone())?);
        let lasting = asked_at.kept(&reader, parameters.text("build").is_some());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
        if let Some(at) = reader.newest.filter(|_| asked_at.can_be_set) {
            let query = parameters.pinned(question.instants, at);
            headers.insert(header::CONTENT_LOCATION, text(format!("{path}?{query}"))?);
        }
        if let Some(known) = known_tag(&exchange.headers, &tag) {
            shared.metrics.kept(true);
            headers.insert(header::ETAG, text(known)?);
            return Ok(with_headers(StatusCode::NOT_MODIFIED, headers, Body::empty()));
        }
        let kept = shared.kept.get(&tag);
        shared.metrics.kept(kept.is_some());
        if let Some(kept) = kept {
            return Ok(answered(&exchange.headers, headers, kept));
        }
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let mut own = HeaderMap::new();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    let (body, ask, is_list, limited) =
        (exchange.body.unwrap_or_default(), question.ask, route.is_list, exchange.access);
    let begun = Instant::now();
    let produced = shared.work.ask(shared.settings.limits.request, {
        let (shared, partners) = (Arc::clone(&shared), limited.partners.clone());
        move |interrupt| {
            shared.with_session(&reader, body, interrupt, |session, stdin| {
                session.limit_to(partners);
                ask(session, stdin, form)
            })
        }
    });
    let produced = produced.await;
    shared.metrics.scored(route.kind(), begun.elapsed());
    let produced = produced?.map_err(|error| told_to(error, &limited))?;
    if let Some(name) = &produced.file_name {
        own.insert(header::CONTENT_DISPOSITION, text(format!("attachment; filename=\"{name}\""))?);
    }
    if let Some(next) = &produced.next {
        own.insert(header::LINK, text(format!("<{path}?{}>; rel=\"next\"", parameters.continued(next)))?);
    }
    let kept = KeptAnswer { headers: own, body: produced.written(form, is_list)?.into() };
    if !is_get {
        headers.extend(kept.headers);
        return Ok(with_headers(StatusCode::OK, headers, Body::from(kept.body)));
    }
    shared.kept.keep(tag, &kept);
    Ok(answered(&exchange.headers, headers, kept))
}

/// An answer that there is, with the headers of its address; whoever knows any gets these alone.
fn answered(asked: &HeaderMap, mut headers: HeaderMap, kept: KeptAnswer) -> Response {
    if knows_any(asked) {
        return with_headers(StatusCode::NOT_MODIFIED, headers, Body::empty());
    }
    headers.extend(kept.headers);
    with_headers(StatusCode::OK, headers, Body::from(kept.body))
}

/// How many the first entries are, and the root of their tree.
async fn known(ledger: &Arc<OpenLedger>, prefix: Prefix) -> Result<(u64, [u8; 32]), Problem> {
    if let Some(known) = ledger.known(prefix) {
        return Ok(known);
    }
    let ledger = Arc::clone(ledger);
    Ok(aside(move || ledger.read(prefix)).await??)
}

/// The tag of what has a digest.
pub(crate) fn tag_of(digest: impl AsRef<[u8]>) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest))
}

/// Whether a request knows whatever is answered, if anything is.
pub(crate) fn knows_any(headers: &HeaderMap) -> bool {
    known_tags(headers).any(|known| known == "*")
}

/// What a request says that it knows.
fn known_tags(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).map(str::trim)
}

/// The tag by which a request knows what has a tag, if it does: what was packed has a weak one.
pub(crate) fn known_tag(headers: &HeaderMap, tag: &str) -> Option<String> {
    let known = known_tags(headers).find(|known| known.trim_start_matches("W/") == tag)?;
    Some(if known.starts_with("W/") { weak(tag) } else { tag.to_owned() })
}

/// A failure as it is told to somebody who may see some partners alone.
pub(crate) fn told_to(error: Error, access: &crate::access::Access) -> Problem {
    if error.code() == "unknown_partner" && !access.partners.is_empty() && error.line().is_none() {
        return Problem::new(StatusCode::NOT_FOUND, "unknown_partner", "nothing of the partner is known then");
    }
    error.into()
}

fn with_headers(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// As known when a question is asked.
#[derive(Clone, Copy)]
struct AskedAt {
    /// Whether the request leaves out an instant of its question.
    can_be_set: bool,
    /// The instant up to which entries are known; none for all that there are.
    latest: Option<Timestamp>,
    /// Whether the answer depends on the day on which it is asked, so that nobody keeps it.
    is_of_today: bool,
    /// The entries from which the answer follows, whatever is recorded later.
    follows_from: Option<u64>,
}

impl AskedAt {
    fn of(parameters: &Parameters, question: &Question) -> Result<Self, Problem> {
        let mut latest = None;
        let mut is_set = !question.instants.is_empty();
        let mut can_be_set = is_set && !question.begins_today;
        for name in question.instants {
            match parameters.text(name) {
                // Each day as known at its own end.
                Some("then") => (is_set, can_be_set) = (false, false),
                None => is_set = false,
                Some(_) => latest = latest.max(parameters.instant(name)?),
            }
        }
        Ok(Self {
            can_be_set: can_be_set && !is_set,
            latest: latest.filter(|_| is_set),
            is_of_today: question.begins_today || parameters.says_today(),
            follows_from: question.follows_from,
        })
    }

    /// Which entries are known.
    fn prefix(&self, ledger: &OpenLedger) -> Prefix {
        match (self.follows_from, self.latest) {
            (Some(size), _) => Prefix::Size(size),
            (None, Some(at)) if Some(at) < ledger.newest => Prefix::RecordedUpTo(at),
            (None, _) => Prefix::Size(ledger.size()),
        }
    }

    /// Whether nothing can be recorded any more of what was known then.
    fn is_past(&self, ledger: &OpenLedger) -> bool {
        let is_set = self.latest.is_some() && self.latest <= ledger.newest;
        (is_set && !self.is_of_today) || self.follows_from.is_some()
    }

    /// How long the answer may be kept.
    fn kept(&self, ledger: &OpenLedger, says_build: bool) -> &'static str {
        match (self.is_past(ledger), says_build) {
            (true, true) => "private, max-age=31536000, immutable",
            (true, false) => "private, max-age=3600",
            (false, _) => "private, no-cache",
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use ledger::parse_date;

    use super::Form;
    use crate::parameters::Parameters;

    #[test]
    fn the_form_is_the_one_that_is_liked_best_by_the_narrowest_range() {
        let forms = [Form::Json, Form::JsonLines, Form::Csv];
        for (said, form) in [
            (None, Some("json")),
            (Some(""), Some("json")),
            (Some("*/*"), Some("json")),
            (Some("text/*"), Some("csv")),
            (Some("text/csv, application/json"), Some("csv")),
            (Some("application/json;q=0.5, application/jsonl"), Some("jsonl")),
            (Some("application/json;q=0, */*"), Some("jsonl")),
            (Some("Application/JSON; charset=utf-8"), Some("json")),
            (Some("text/html, application/xml;q=0.9, */*;q=0.8"), Some("json")),
            (Some("*/*;q=0.1, text/csv;q=0.2"), Some("csv")),
            (Some("text/csv;q=nan, application/json;q=0.1"), Some("json")),
            (Some("image/png"), None),
            (Some("*/*;q=0"), None),
            (Some("json"), None),
        ] {
            let value = said.map(|said| (header::ACCEPT, HeaderValue::from_static(said)));
            let today = parse_date("2025-03-01").unwrap();
            let parameters = Parameters::read(None, &[], (today, false)).unwrap();
            let chosen = Form::of(&parameters, &HeaderMap::from_iter(value), &forms);
            assert_eq!(chosen.ok().map(Form::name), form, "{said:?}");
        }
    }
}
