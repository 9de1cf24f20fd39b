//! Bodies that come packed by gzip.

use std::io::Read as _;

use axum::http::StatusCode;
use flate2::bufread::GzDecoder;

use crate::problem::Problem;

/// The parts of a packed body at most: each takes time, even if nothing is in it.
const PARTS: usize = 1_000;

/// What was packed, up to so many bytes.
///
/// # Errors
/// `malformed`, `too_large`.
pub(crate) fn unpacked(mut packed: &[u8], most: usize) -> Result<Vec<u8>, Problem> {
    let malformed =
        |why: String| Problem::new(StatusCode::BAD_REQUEST, "malformed", format!("the body cannot be unpacked: {why}"));
    let mut all = Vec::new();
    for _ in 0..PARTS {
        let room = (most - all.len()) as u64;
        let part = GzDecoder::new(&mut packed).take(room + 1).read_to_end(&mut all);
        part.map_err(|error| malformed(error.to_string()))?;
        if all.len() > most {
            let detail = format!("a body has at most {most} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
        }
        if packed.is_empty() {
            return Ok(all);
        }
    }
    Err(malformed(format!("it has more than {PARTS} parts")))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{PARTS, unpacked};

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_has_so_many_parts_and_so_many_bytes_at_most() {
        let code = |packed: &[u8], most| unpacked(packed, most).map_err(|problem| problem.code.clone());
        assert_eq!(code(&[packed("ab"), packed(""), packed("c")].concat(), 3), Ok(b"abc".to_vec()));
        assert_eq!(code(&[packed("ab"), packed("cd")].concat(), 3), Err("too_large".to_owned()));
        assert_eq!(code(&packed("").repeat(PARTS), 3), Ok(Vec::new()));
        assert_eq!(code(&packed("").repeat(PARTS + 1), 3), Err("malformed".to_owned()));
        for broken in [&b""[..], b"nothing", &packed("abc")[..12], &[packed("a"), vec![0]].concat()] {
            assert_eq!(code(broken, 3), Err("malformed".to_owned()));
        }
    }
}
