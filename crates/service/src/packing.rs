//! Responses as they are packed: by gzip, for those who take it.

use std::io::Write as _;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt as _;

use crate::kept::KeptAnswer;
use crate::problem::Problem;
use crate::shared::Shared;

/// Bytes from which on it is worth packing a response.
const LEAST: u64 = 1 << 10;
/// Bytes that are packed in no time; more take a thread of their own.
const FEW: usize = 64 << 10;
/// What is packed already.
const PACKED: &str = "application/gzip";

/// How a response goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// Packed by gzip where that is worth it.
    Gzip,
    /// Packed by gzip, however short it is.
    GzipAlone,
}

impl Coding {
    /// The coding that a request asks for (RFC 9110, 12.5.3).
    ///
    /// # Errors
    /// 406 when it takes neither.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
        let (mut gzip, mut identity, mut any) = (None, None, None);
        for range in values.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse().ok());
            let quality: f32 = quality.unwrap_or(0.0);
            match name.as_str() {
                "gzip" | "x-gzip" => gzip = Some(quality),
                "identity" => identity = Some(quality),
                "*" => any = Some(quality),
                _ => {}
            }
        }
        // What nobody names is taken as it is, unless everything else is refused.
        let takes_identity = identity.or(any).is_none_or(|quality| quality > 0.0);
        let gzip = gzip.or(any).unwrap_or(0.0);
        match (gzip > 0.0, takes_identity) {
            (true, false) => Ok(Self::GzipAlone),
            (true, true) if gzip >= identity.unwrap_or(0.0) => Ok(Self::Gzip),
            (_, true) => Ok(Self::Identity),
            (false, false) => {
                let detail = "a response is packed by gzip or not at all, and the request takes neither";
                Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "bad_value", detail))
            }
        }
    }
}

/// A response in a coding. What was kept once it was packed is not packed again; streams are never packed.
pub(crate) async fn packed(shared: &Shared, mut response: Response, coding: Coding) -> Response {
    let length = response.body().size_hint().exact();
    // The length of a stream is not known.
    let Some(length) = length.filter(|length| *length > 0 || response.status() == StatusCode::NOT_MODIFIED) else {
        return response;
    };
    let headers = response.headers_mut();
    let vary = headers.get(header::VARY).and_then(|value| value.to_str().ok()).map(|vary| format!("{vary}, "));
    if let Ok(vary) = HeaderValue::try_from(format!("{}Accept-Encoding", vary.unwrap_or_default())) {
        headers.insert(header::VARY, vary);
    }
    let is_worth_it = match coding {
        Coding::Identity => false,
        Coding::Gzip => length >= LEAST,
        Coding::GzipAlone => length > 0,
    };
    if !is_worth_it || headers.get(header::CONTENT_TYPE).is_some_and(|media_type| media_type == PACKED) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let tag = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let known = tag.as_ref().and_then(|tag| shared.packed.get(tag));
    let bytes = match known {
        Some(known) => known.body,
        None => match pack(body).await {
            Some(bytes) => bytes,
            None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    };
    if let Some(tag) = tag {
        // The bytes are others than those of the answer as it is, and so a tag that stands for both is a weak one.
        if let Ok(weak) = HeaderValue::try_from(weak(&tag)) {
            parts.headers.insert(header::ETAG, weak);
        }
        shared.packed.keep(tag, &KeptAnswer { headers: HeaderMap::new(), body: bytes.clone() });
    }
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

/// A tag that stands for what has another tag, whatever its coding.
pub(crate) fn weak(tag: &str) -> String {
    format!("W/{}", tag.trim_start_matches("W/"))
}

/// Packs what is whole in memory; `None` when that fails, which only the library could.
async fn pack(body: Body) -> Option<Bytes> {
    let bytes = body.collect().await.ok()?.to_bytes();
    let is_short = bytes.len() <= FEW;
    let pack = move || {
        let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::default());
        encoder.write_all(&bytes).and_then(|()| encoder.finish())
    };
    let packed = if is_short { pack() } else { tokio::task::spawn_blocking(pack).await.ok()? };
    packed.ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::Coding;

    #[test]
    fn the_coding_follows_from_what_is_taken_and_how_much_it_is_liked() {
        use Coding::{Gzip, GzipAlone, Identity};
        for (said, coding) in [
            (None, Some(Identity)),
            (Some(""), Some(Identity)),
            (Some("gzip"), Some(Gzip)),
            (Some("br, x-gzip;q=0.5"), Some(Gzip)),
            (Some("GZIP ; q=1.0, deflate"), Some(Gzip)),
            (Some("*"), Some(Gzip)),
            (Some("br"), Some(Identity)),
            (Some("gzip;q=0"), Some(Identity)),
            (Some("gzip;q=0, *"), Some(Identity)),
            (Some("gzip;q=x"), Some(Identity)),
            (Some("gzip;q=0.2, identity;q=0.7"), Some(Identity)),
            (Some("gzip, identity;q=0"), Some(GzipAlone)),
            (Some("gzip, *;q=0"), Some(GzipAlone)),
            (Some("identity;q=0"), None),
            (Some("*;q=0"), None),
            (Some("gzip;q=0, identity;q=0"), None),
            (Some("*;q=0, identity"), Some(Identity)),
        ] {
            let value = said.map(|said| (header::ACCEPT_ENCODING, HeaderValue::from_static(said)));
            assert_eq!(Coding::of(&HeaderMap::from_iter(value)).ok(), coding, "{said:?}");
        }
    }
}
