//! What the operating system knows of this process, under the names that Prometheus has for it.

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

/// What the operating system knows of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessFigures {
    /// Seconds of a processor that it took.
    pub(crate) cpu_seconds: f64,
    /// Bytes of memory that it has.
    pub(crate) resident_bytes: u64,
    /// Bytes of addresses that it has.
    pub(crate) virtual_bytes: u64,
    /// Files and connections that it has open.
    pub(crate) open_files: usize,
    /// Files and connections that it may have open.
    pub(crate) most_files: Option<u64>,
    /// When it began, in seconds since 1970.
    pub(crate) began_at: f64,
}

impl ProcessFigures {
    /// Reads the figures from `/proc`; nothing where there is none.
    pub(crate) fn read() -> Option<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The name of the program stands in parentheses, and may have any character.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // The first of them is the third field by the manual.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        #[expect(clippy::cast_precision_loss, reason = "ticks of a process are far fewer than 2 to the 53rd")]
        let seconds = |ticks: u64| ticks as f64 / clock_ticks_per_second() as f64;
        let system = std::fs::read_to_string("/proc/stat").ok()?;
        let booted_at: f64 = system.lines().find_map(|line| line.strip_prefix("btime "))?.parse().ok()?;
        Some(Self {
            cpu_seconds: seconds(field(14)? + field(15)?),
            resident_bytes: field(24)? * page_size() as u64,
            virtual_bytes: field(23)?,
            open_files: std::fs::read_dir("/proc/self/fd").ok()?.count(),
            most_files: getrlimit(Resource::Nofile).current,
            began_at: booted_at + seconds(field(22)?),
        })
    }
}
