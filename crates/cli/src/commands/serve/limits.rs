//! The limits of the service, each an option.

use std::time::Duration;

use service::Limits;

/// Questions that are answered at a time, for each core.
const SCORING_A_CORE: usize = 2;
/// The most of anything that is counted.
const MOST: usize = 1_000_000;
/// Bytes of a line of events, which the ledger takes at most.
const LONGEST_LINE: usize = ledger::MAX_LINE_BYTES;

/// What is asked of the service at most.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// Bytes of a body, as it comes and unpacked
    #[arg(long = "limit-body", value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    body: usize,
    /// Bytes of a line of a body, up to 1MiB
    #[arg(long = "limit-line", value_name = "SIZE", default_value = "1MiB", value_parser = line)]
    line: usize,
    /// Bytes of an address, with its query
    #[arg(long = "limit-address", value_name = "SIZE", default_value = "8KiB", value_parser = size)]
    address: usize,
    /// Bytes of all headers of a request
    #[arg(long = "limit-headers", value_name = "SIZE", default_value = "32KiB", value_parser = size)]
    headers: usize,
    /// How long the headers of a request may take, and the beginning of an encrypted connection
    #[arg(long = "limit-header-wait", value_name = "TIME", default_value = "10s", value_parser = time)]
    header_wait: Duration,
    /// How long a body may take to arrive, and an answer to be made
    #[arg(long = "limit-request", value_name = "TIME", default_value = "30s", value_parser = time)]
    request: Duration,
    /// How long the import of a report may take
    #[arg(long = "limit-reports", value_name = "TIME", default_value = "300s", value_parser = time)]
    reports: Duration,
    /// Connections at a time; more wait until one ends
    #[arg(long = "limit-connections", value_name = "N", default_value = "512", value_parser = count)]
    connections: usize,
    /// Streams at a time
    #[arg(long = "limit-streams", value_name = "N", default_value = "256", value_parser = count)]
    streams: usize,
    /// Questions that are answered at a time [default: 2 a core]
    #[arg(long = "limit-scoring", value_name = "N", value_parser = count)]
    scoring: Option<usize>,
    /// Questions that wait for their answer to be begun
    #[arg(long = "limit-waiting", value_name = "N", default_value = "256", value_parser = count)]
    waiting: usize,
    /// Requests of a token in a second, in the long run, from other machines
    #[arg(long = "limit-rate", value_name = "N", default_value = "50", value_parser = count)]
    rate: usize,
    /// Requests of a token at once, from other machines
    #[arg(long = "limit-burst", value_name = "N", default_value = "200", value_parser = count)]
    burst: usize,
    /// How long requests may take that are under way when the service ends
    #[arg(long = "limit-drain", value_name = "TIME", default_value = "30s", value_parser = time)]
    drain: Duration,
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        #[expect(clippy::cast_precision_loss, reason = "counts are bounded")]
        let rate = (args.rate as f64, args.burst as f64);
        Self {
            body: args.body,
            line: args.line,
            address: args.address,
            headers: args.headers,
            header_wait: args.header_wait,
            request: args.request,
            report: args.reports,
            connections: args.connections,
            streams: args.streams,
            scoring: args.scoring.unwrap_or(SCORING_A_CORE * cores),
            waiting: args.waiting,
            rate,
            drain: args.drain,
        }
    }
}

/// Reads a number, and what stands behind it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    digits.parse().ok().filter(|number| *number > 0).map(|number| (number, unit))
}

/// Reads a number of bytes: up to 1 GiB, with `KiB` or `MiB` behind it, or nothing.
fn size(text: &str) -> Result<usize, &'static str> {
    let wanted = "a size such as 64MiB, 8KiB or 4096 is wanted, from 1 to 1024MiB";
    let (number, unit) = number(text).ok_or(wanted)?;
    let unit = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return Err(wanted),
    };
    usize::try_from(u64::from(number) * unit).ok().filter(|size| *size <= 1 << 30).ok_or(wanted)
}

/// Reads a number of bytes that a line may have.
fn line(text: &str) -> Result<usize, &'static str> {
    let size = size(text)?;
    if size <= LONGEST_LINE { Ok(size) } else { Err("a line has at most 1MiB") }
}

/// Reads a time: up to an hour, with `s` or `m` behind it.
fn time(text: &str) -> Result<Duration, &'static str> {
    let wanted = "a time such as 30s or 5m is wanted, from 1s to 60m";
    let (number, unit) = number(text).ok_or(wanted)?;
    let seconds = match unit {
        "s" => u64::from(number),
        "m" => 60 * u64::from(number),
        _ => return Err(wanted),
    };
    if seconds <= 60 * 60 { Ok(Duration::from_secs(seconds)) } else { Err(wanted) }
}

/// Reads a number of things.
fn count(text: &str) -> Result<usize, &'static str> {
    let wanted = "a whole number from 1 to 1000000 is wanted";
    text.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or(wanted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{count, line, size, time};

    #[test]
    fn a_limit_has_its_unit_and_its_bounds() {
        for (text, bytes) in [("1", 1), ("512B", 512), ("8KiB", 8_192), ("1024MiB", 1 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "0", "-1", "8kb", "1.5MiB", "1025MiB", "9999999999", "MiB", "8 KiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!((line("1MiB"), line("1025KiB")), (Ok(1 << 20), Err("a line has at most 1MiB")));
        assert_eq!((time("1s"), time("5m")), (Ok(Duration::from_secs(1)), Ok(Duration::from_mins(5))));
        for text in ["", "0s", "30", "61m", "3601s", "1h", "s"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert_eq!((count("1"), count("1000000")), (Ok(1), Ok(1_000_000)));
        for text in ["0", "1000001", "x", ""] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
