//! Signals of the operating system that interrupt an import.
//!
//! The import sees that it is interrupted before it takes the next lines, takes back what it has staged, and says so. One
//! that sees it not, since it waits for its input or for the lock, is ended from here after a moment. Then the next writer
//! takes back what was staged, as after a kill. Every other command ends at once, as programs usually do.

use std::process;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use app::{Error, Session};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::Format;
use crate::env::Stream;
use crate::run::write_error;

/// How long an import has to end by itself.
const GRACE: Duration = Duration::from_millis(500);

/// Lets signals interrupt the import from here on. Where the operating system does not allow that, they end it as they end
/// other programs.
pub(crate) fn heed(session: &Session<'_>, format: Format, mut stderr: Stream) {
    let interrupt = session.world.interrupt.clone();
    let (is_heeding, begun) = channel();
    let watch = move || {
        let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        drop(is_heeding);
        for signal in signals.forever() {
            let signal = u8::try_from(signal).unwrap_or(u8::MAX - 1);
            if interrupt.raise(signal) {
                thread::sleep(GRACE);
                end(&Error::interrupted(signal), format, &mut stderr);
            }
        }
    };
    // Where there is no thread, nothing is heeded, and the channel ends at once.
    drop(thread::Builder::new().name("signals".to_owned()).spawn(watch));
    // An end of the channel is what is waited for.
    let _: Result<(), _> = begun.recv();
}

/// Ends the process with an error.
#[expect(clippy::exit, reason = "the thread that runs the import waits and cannot return")]
fn end(error: &Error, format: Format, stderr: &mut Stream) {
    write_error(error, format, stderr);
    process::exit(error.exit_code().into())
}
