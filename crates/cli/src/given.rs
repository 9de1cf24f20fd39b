//! Secrets that a command line or its environment gives.

use std::ffi::OsString;

use reports::secrets::holds_one;

use crate::env::Env;

/// Variables whose text an error may quote. No error quotes the text of a key.
const NAMED_VARIABLES: [&str; 2] = ["PCS_LEDGER", "PCS_MAP"];

/// Where a command line or its environment gives a secret: the option or the variable.
pub(crate) fn secret_place(args: &[OsString], env: &Env) -> Option<String> {
    let mut before = None;
    for arg in args {
        let arg = arg.to_string_lossy();
        let option = arg.split_once('=').map_or(&*arg, |(option, _)| option);
        let is_option = option.starts_with("--") && !holds_one(option);
        if holds_one(&arg) {
            return Some(if is_option {
                option.to_owned()
            } else {
                before.unwrap_or_else(|| "an argument".to_owned())
            });
        }
        before = is_option.then(|| option.to_owned());
    }
    let holds = |name: &str| env.variable(name).is_some_and(|text| holds_one(&text.to_string_lossy()));
    NAMED_VARIABLES.into_iter().find(|name| holds(name)).map(str::to_owned)
}
