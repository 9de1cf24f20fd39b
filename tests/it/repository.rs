//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// The top of the repository.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}

/// A path as it is said.
pub fn relative(path: &Path) -> String {
    let path = path.strip_prefix(top()).expect("a file of the repository");
    path.to_str().expect("file names are UTF-8").to_owned()
}

/// The files below some directories of the repository, in order, as they are said.
pub fn files(directories: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    for directory in directories {
        collect(&top().join(directory), &mut files);
    }
    files.sort();
    files
}

fn collect(path: &Path, files: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            collect(&entry.expect("an entry").path(), files);
        }
    } else if path.is_file() {
        files.push(relative(path));
    }
}

/// The files of those with an ending.
pub fn files_ending(directories: &[&str], ending: &str) -> Vec<String> {
    files(directories).into_iter().filter(|file| file.ends_with(ending)).collect()
}

/// The text of a file.
pub fn text(file: &str) -> String {
    fs::read_to_string(top().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
